"""Who is told of a case: the server's log at each change, the person once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from community.models import Guild, GuildSettings
from community.services.errands import send_errand, write_line
from community.services.orders import hurry_order
from moderation.models import Case, Punishment
from moderation.services.checks import is_present
from moderation.words import log_message, message_to_person

# What puts somebody out of reach waits so long for what they are told.
WORDS_FIRST = timedelta(seconds=3)


def show_case(case: Case) -> None:
    """Have the case stand in the server's log as it is now; the same line is edited in place."""
    settings = GuildSettings.objects.get(guild_id=case.guild_id)
    if settings.moderation_log_id is None:
        return
    punishment = Punishment.objects.of(case.guild_id).filter(case=case).first()
    until = punishment.ends_at if punishment else None
    write_line(
        guild_id=case.guild_id,
        channel_id=settings.moderation_log_id,
        subject=f"case:{case.number}",
        message=log_message(case, until=until, state=_state_of(case, punishment)),
    )


def tell_person(case: Case, *, until: datetime | None = None) -> bool:
    """Have the person told, once; False when they are not here to be told."""
    assert case.user_id is not None  # noqa: S101 - for the type
    if not is_present(case.guild_id, case.user_id):
        return False
    server = Guild.objects.get(pk=case.guild_id).name
    message = message_to_person(case, server=server, until=until)
    send_errand(
        guild_id=case.guild_id,
        kind="tell_person",
        dedupe_key=f"tell:{case.number}",
        payload={"case": case.number, "message": message},
        user_id=case.user_id,
    )
    case.message = Case.Message.WAITING
    case.save(update_fields=["message"])
    return True


def words_first() -> datetime:
    """Return until when a ban or a kick waits for what the person is told."""
    return timezone.now() + WORDS_FIRST


@transaction.atomic
def note_told(*, guild_id: int, number: int, outcome: str) -> None:
    """Write down what became of the message, and let what waited for it go on."""
    cases = Case.objects.of(guild_id).filter(number=number)
    user_id = cases.values_list("user_id", flat=True).first()
    hurry_order(guild_id=guild_id, user_id=user_id or 0, kind="ban")
    cases.update(message=outcome)


def _state_of(case: Case, punishment: Punishment | None) -> str:
    if case.overruled_at is not None:
        return "Overruled"
    return punishment.get_state_display() if punishment else ""
