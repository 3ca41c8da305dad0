"""Where the bot speaks to somebody alone: remembered, opened ahead, forgotten when it is gone."""

from django.utils import timezone

from community.models import Errand, User
from community.services.errands import NOT_WANTED, send_errand

MEETING = "meeting"


def conversation_with(*, user_id: int) -> int | None:
    """Return the channel of the conversation with somebody; None when it must be opened."""
    known = User.objects.filter(pk=user_id).values_list("direct_channel_id", flat=True)
    return known.first()


def remember_conversation(*, user_id: int, channel_id: int) -> bool:
    """Remember where somebody is spoken to alone; of who was erased, nothing is remembered."""
    person = User.objects.filter(pk=user_id, erased_at=None)
    return person.update(direct_channel_id=channel_id) == 1


def forget_conversation(*, user_id: int, channel_id: int) -> bool:
    """Forget a conversation that is gone; False when another one was opened meanwhile."""
    person = User.objects.filter(pk=user_id, direct_channel_id=channel_id)
    return person.update(direct_channel_id=None) == 1


def meet_ahead(*, guild_id: int, user_id: int) -> None:
    """Have the conversation with somebody opened, who will be told something in it later.

    Of all who are to be met one at a time is: whoever is told something now goes before.
    """
    if conversation_with(user_id=user_id) is None:
        send_errand(
            guild_id=guild_id,
            kind=MEETING,
            dedupe_key=f"{MEETING}:{user_id}",
            payload={"lane": MEETING},
            user_id=user_id,
        )


def forget_meetings(*, user_id: int) -> int:
    """Meet nobody who was erased before they were met."""
    theirs = Errand.objects.filter(user_id=user_id, kind=MEETING, state=Errand.State.WAITING)
    over = {"state": Errand.State.SKIPPED, "ended_at": timezone.now(), "last_error": NOT_WANTED}
    return theirs.update(**over)
