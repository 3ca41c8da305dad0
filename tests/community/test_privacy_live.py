"""What is kept of somebody, on Discord: told, sent to them as a file, and forgotten."""

import pytest
from django.utils import timezone

from community.models import Member, PrivacyRequest, User
from community.scope import guild_scope
from community.services.requests import answer_requests
from tests.living_bot import becomes

pytestmark = pytest.mark.django_db(transaction=True)


def sent_to(here, user_id):
    def theirs(heart):
        channel = heart.world.dm_of.get(user_id, "")
        return [dict(each) for each in heart.world.messages.get(channel, {}).values()]

    return here.sandbox.do(theirs)


def test_somebody_sees_what_is_kept_has_it_sent_and_is_forgotten(here, settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    human = here.place.human

    kept = here.use("privacy kept", by=human)["embeds"][0]
    coming = here.use("privacy export", by=human)["content"]
    answer_requests(now=timezone.now())
    becomes(lambda: len(sent_to(here, human)), 1)
    becomes(lambda: PrivacyRequest.objects.get().path, "")
    asked = here.use("privacy erase", by=human)
    told = here.press(asked, "Forget me", by=human)["content"]
    answer_requests(now=timezone.now())

    assert any("Wallets" in f["value"] or "wallets" in f["value"] for f in kept["fields"])
    assert coming.startswith("Your copy is being made")
    assert sent_to(here, human)[0]["attachments"][0]["filename"] == "about-you.zip"
    assert not list((tmp_path / "copies").iterdir())
    assert told.startswith("You will be forgotten")
    assert User.objects.get(pk=int(human)).erased_at is not None
    with guild_scope(here.guild_id):
        assert Member.objects.get(user_id=int(human)).nickname == ""
