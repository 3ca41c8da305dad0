"""The control interface: what the page, a script or curl may do."""

from tests.sandbox.asking import ask
from tests.sandbox.places import a_place


def test_somebody_writes_and_reads(sandbox):
    place = a_place(sandbox)
    told = {"deed": "say", "user_id": place.human, "channel_id": place.channel, "content": "hi"}

    status, _ = ask(sandbox.page_url, "people", told)
    _, seen = ask(sandbox.page_url, f"view?user={place.human}&channel={place.channel}")

    assert status == 200
    assert [each["content"] for each in seen["messages"]] == ["hi"]


def test_what_is_not_allowed_is_refused_in_words(sandbox):
    place = a_place(sandbox)
    hidden = sandbox.do(
        lambda heart: next(
            each["id"]
            for each in heart.world.guilds[place.guild].channels.values()
            if each["name"] == "mod-log"
        )
    )
    told = {"deed": "say", "user_id": place.human, "channel_id": hidden, "content": "hi"}

    assert ask(sandbox.page_url, "people", told) == (
        403,
        {"message": "Missing Permissions", "code": 50013},
    )
    assert ask(sandbox.page_url, f"view?user={place.human}&channel={hidden}")[0] == 403
    assert ask(sandbox.page_url, "people", {"deed": "_deed"})[0] == 400
    assert ask(sandbox.page_url, "view?user=1")[1] == {"message": "channel is missing or unknown."}


def test_a_form_of_a_strangers_page_does_nothing(sandbox):
    place = a_place(sandbox)
    told = {"deed": "leave", "guild_id": place.guild, "user_id": place.human}

    status, _ = ask(sandbox.page_url, "people", told, content_type="text/plain")

    assert status == 415
    assert sandbox.do(lambda heart: place.human in heart.world.guilds[place.guild].members)


def test_faults_are_added_listed_and_ended(sandbox):
    _, added = ask(sandbox.page_url, "faults", {"kind": "outage", "lasting": 600})

    assert [each["kind"] for each in ask(sandbox.page_url, "faults")[1]["faults"]] == ["outage"]
    assert ask(sandbox.page_url, f"faults/{added['id']}", method="DELETE")[0] == 200
    assert ask(sandbox.page_url, "faults")[1] == {"faults": []}
    assert ask(sandbox.page_url, "faults/99", method="DELETE")[0] == 404
    assert (
        "There is no fault nonsense"
        in ask(sandbox.page_url, "faults", {"kind": "nonsense"})[1]["message"]
    )


def test_the_clock_moves_for_everybody(sandbox):
    before = ask(sandbox.page_url, "world")[1]["now"]

    ask(sandbox.page_url, "clock", {"move": 86_400})

    assert 86_400 <= ask(sandbox.page_url, "world")[1]["now"] - before < 90_000


def test_the_journal_tells_who_did_what(sandbox):
    place = a_place(sandbox)

    ask(
        sandbox.page_url, "people", {"deed": "ban", "guild_id": place.guild, "user_id": place.human}
    )
    _, journal = ask(sandbox.page_url, "journal?method=PERSON&path=ban")

    assert any(f"{place.human} banned" in each for each in journal["entries"][0]["effects"])
