"""Limits and faults: what goes wrong at Discord goes wrong here, when told to."""

import pytest

from sandbox import Fault
from sandbox.permissions import BAN_MEMBERS
from tests.sandbox.here import BOT, GUILD, MEMBER, NOW, TEXT, Here, ban_path, member_path

SAY = ("POST", f"/channels/{TEXT}/messages", {"content": "x"})
LOOK = ("GET", member_path())


@pytest.fixture
def here():
    return Here()


def test_a_bucket_empties_and_fills_again(here):
    replies = [here.ask(*SAY) for _ in range(6)]
    elsewhere = here.ask(*LOOK)
    here.clock.at += replies[-1].body["retry_after"]

    assert [each.status for each in replies] == [200] * 5 + [429]
    assert replies[0].headers["X-RateLimit-Remaining"] == "4"
    assert replies[-1].headers["X-RateLimit-Scope"] == "user"
    assert replies[-1].headers["Via"]
    assert elsewhere.status == 200
    assert here.ask(*SAY).status == 200


def test_another_channel_is_another_bucket_but_bears_the_same_name(here):
    more = here.world.add_channel(here.guild, "250", 0, "more")
    first = here.ask(*SAY)

    other = here.ask("POST", f"/channels/{more['id']}/messages", {"content": "x"})

    assert other.headers["X-RateLimit-Remaining"] == "4"
    assert other.headers["X-RateLimit-Bucket"] == first.headers["X-RateLimit-Bucket"]


def test_the_whole_bot_has_fifty_calls_a_second(here):
    here.sandbox.limits.usual = (1000, 1.0)

    statuses = [here.ask(*LOOK) for _ in range(51)]
    here.clock.at += 1

    assert [each.status for each in statuses] == [200] * 50 + [429]
    assert statuses[-1].body["global"] is True
    assert statuses[-1].headers["X-RateLimit-Scope"] == "global"
    assert here.ask(*LOOK).status == 200


def test_ten_thousand_invalid_calls_cut_the_address_off(here):
    here.sandbox.limits.is_on = False
    here.people.take_permissions(GUILD, BAN_MEMBERS)
    for _ in range(10_000):
        here.ask("PUT", ban_path())

    page = here.ask(*LOOK)
    here.clock.at += 601

    assert (page.status, "Via" in page.headers) == (403, False)
    assert isinstance(page.body, str)
    assert here.ask(*LOOK).status == 200


def test_a_shared_limit_is_nobodys_fault(here):
    here.sandbox.add_fault(Fault("rate_limit", scope="shared", seconds=3, times=2))

    reply = here.ask(*LOOK)

    assert (reply.status, reply.body["retry_after"]) == (429, 3)
    assert not here.sandbox.limits.invalid


def test_a_lost_reply_had_its_effect_and_a_reset_had_none(here):
    here.sandbox.add_fault(Fault("reset", route="PUT /guilds/*/bans/*", times=1))
    reset = here.ask("PUT", ban_path())
    was_banned = MEMBER in here.guild.bans
    here.sandbox.add_fault(Fault("lost", route="PUT /guilds/*/bans/*", times=1))
    lost = here.ask("PUT", ban_path())

    assert (reset.is_reset, was_banned) == (True, False)
    assert (lost.is_lost, MEMBER in here.guild.bans) == (True, True)
    assert [each.fault for each in here.sandbox.journal.find("PUT")] == ["reset", "lost"]


def test_a_fault_waits_strikes_its_times_and_is_over(here):
    here.sandbox.add_fault(Fault("status", status=502, skip=1, times=2))

    assert [here.ask(*LOOK).status for _ in range(4)] == [200, 502, 502, 200]


def test_a_fault_of_some_seconds_is_over_after_them(here):
    here.sandbox.add_fault(Fault("outage"), lasting=60)
    down = here.ask(*LOOK).status
    here.clock.at += 60

    assert (down, here.ask(*LOOK).status) == (503, 200)
    assert here.names == ["@outage"]


def test_chance_is_the_same_for_the_same_seed():
    def statuses():
        here = Here()
        here.sandbox.limits.is_on = False
        here.sandbox.add_fault(Fault("status", chance=0.3))
        return [here.ask(*LOOK).status for _ in range(50)]

    first = statuses()

    assert 5 < first.count(503) < 30
    assert first == statuses()


def test_latency_is_told_to_whoever_waits(here):
    here.sandbox.add_fault(Fault("latency", seconds=0.4, times=1))

    assert [here.ask(*LOOK).delay for _ in range(2)] == [0.4, 0.0]


def test_permissions_are_taken_away_and_given_back(here):
    here.sandbox.add_fault(Fault("permissions", guild_id=GUILD, permissions=BAN_MEMBERS), lasting=9)
    refused = here.code("PUT", ban_path())
    here.clock.at += 9

    assert refused == (403, 50013)
    assert here.code("PUT", ban_path()) == (204, 0)
    assert here.names.count("GUILD_ROLE_UPDATE") == 2


def test_events_are_lost_doubled_and_late(here):
    for kind in ("event_lost", "event_twice", "event_late"):
        here.sandbox.add_fault(Fault(kind, route="GUILD_MEMBER_UPDATE", times=1, seconds=5))
    seen = []
    for nick in ("a", "b", "c"):
        here.people.rename(GUILD, MEMBER, nick)
        seen.append(here.names.count("GUILD_MEMBER_UPDATE"))
    here.clock.at += 5
    here.sandbox.tick()

    assert seen == [0, 2, 2]
    assert here.heard[-1].data["nick"] == "c"


def test_a_server_goes_away_and_nothing_is_told_of_it_meanwhile(here):
    here.sandbox.add_fault(Fault("guild_outage", guild_id=GUILD), lasting=30)
    status = here.ask(*LOOK).status
    here.people.rename(GUILD, MEMBER, "unheard")
    here.clock.at += 30
    here.sandbox.tick()

    assert status == 503
    assert here.names == ["GUILD_DELETE", "GUILD_CREATE"]
    assert here.heard[0].data == {"id": GUILD, "unavailable": True}


def test_a_ban_may_leave_the_member_where_they_are(here):
    here.sandbox.add_fault(Fault("ban_keeps_member", times=1))

    assert here.ask("PUT", ban_path()).status == 204
    assert MEMBER in here.guild.members
    assert MEMBER in here.guild.bans


def test_no_fault_of_another_name():
    with pytest.raises(ValueError, match="There is no fault comet; there are: outage"):
        Here().sandbox.add_fault(Fault("comet"))


def test_the_audit_log_says_who_and_why_and_forgets_after_45_days(here):
    here.ask("PUT", ban_path(), reason="because")
    path = f"/guilds/{GUILD}/audit-logs"

    entry = here.ask("GET", path, query={"action_type": "22"}).body["audit_log_entries"][0]
    here.clock.at += 46 * 86_400

    assert (entry["user_id"], entry["target_id"], entry["reason"]) == (BOT, MEMBER, "because")
    assert "GUILD_AUDIT_LOG_ENTRY_CREATE" in here.names
    assert here.ask("GET", path).body["audit_log_entries"] == []


def test_the_date_is_this_discords_own(here):
    here.clock.at = NOW + 3600

    assert here.ask(*LOOK).headers["Date"] == "Mon, 21 Sep 2026 15:13:20 GMT"
