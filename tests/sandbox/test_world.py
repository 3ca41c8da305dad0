"""The world that a seed tells, and that a file remembers."""

from sandbox import make_world
from sandbox.permissions import permissions_of
from sandbox.state import load, save
from tests.sandbox.here import GUILD, MEMBER, NOW, TEXT, Here


def test_the_same_seed_tells_the_same_world():
    assert make_world(7, now=NOW) == make_world(7, now=NOW + 60)
    assert make_world(7, now=NOW).guilds.keys() != make_world(8, now=NOW).guilds.keys()


def test_ids_depend_on_the_seed_alone():
    one, other = make_world(now=NOW), make_world(now=NOW + 400 * 86_400)

    assert one.users == other.users
    assert [list(g.members) for g in one.guilds.values()] == [
        list(g.members) for g in other.guilds.values()
    ]


def test_three_servers_hold_500_members_and_the_bot():
    world = make_world(now=NOW)

    names = [guild.facts["name"] for guild in world.guilds.values()]
    assert names == ["The Reading Room", "Kiln & Clay", "Night Trains"]
    assert sum(len(guild.members) - 1 for guild in world.guilds.values()) == 500
    for guild in world.guilds.values():
        log = next(c for c in guild.channels.values() if c["name"] == "mod-log")
        stranger = next(u for u, m in guild.members.items() if not m["roles"])
        assert permissions_of(guild, world.bot_id, NOW, log)
        assert stranger == guild.facts["owner_id"] or not permissions_of(guild, stranger, NOW, log)


def test_a_world_is_read_as_it_was_written(tmp_path):
    here = Here()
    said = here.people.say(MEMBER, TEXT, "hello")
    here.people.react(MEMBER, TEXT, said["id"], "👍")
    here.people.ban(GUILD, MEMBER, reason="noise")
    here.people.close_dms(MEMBER)
    path = tmp_path / "sandbox.json"

    save(here.world, path)

    assert load(path) == here.world
    assert list(tmp_path.iterdir()) == [path]


def test_only_the_latest_of_what_grows_is_written(tmp_path):
    here = Here()
    for number in range(300):
        here.people.say(MEMBER, TEXT, str(number))

    save(here.world, tmp_path / "sandbox.json")
    kept = load(tmp_path / "sandbox.json").messages[TEXT]

    assert [each["content"] for each in kept.values()][0::199] == ["100", "299"]


def test_no_file_is_no_world(tmp_path):
    assert load(tmp_path / "sandbox.json") is None


def test_ids_never_come_twice_though_the_clock_steps_back():
    here = Here()
    first = here.world.next_id(here.clock.at)
    here.clock.at -= 3600

    assert int(here.world.next_id(here.clock.at)) > int(first)


def test_the_journal_tells_of_people_too():
    here = Here()
    here.people.ban(GUILD, MEMBER, reason="noise")
    here.ask("GET", f"/guilds/{GUILD}/bans/{MEMBER}", reason="")

    by_hand, asked = here.sandbox.journal
    assert (by_hand.method, by_hand.path, by_hand.effects[0][:9]) == ("PERSON", "ban", "22 banned")
    assert (asked.template, asked.status) == ("/guilds/{guild_id}/bans/{user_id}", 200)
    assert here.sandbox.journal.find("GET", "/bans/", status=200) == [asked]
