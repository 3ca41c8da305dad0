"""Who is told of a case: the server's log at each change, the person once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from community.models import Guild, GuildSettings
from community.services.errands import hurry_errand, send_errand, write_line
from community.services.orders import hurry_order
from community.words import plain
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.services.checks import is_present
from moderation.words import log_message, message_to_person

Held = MemberWarning | Punishment
# What puts somebody out of reach waits so long for what they are told.
WORDS_FIRST = timedelta(seconds=3)
# Of these it is told what Discord showed when they were done.
TELLING = (Case.Kind.PURGE, Case.Kind.UNMUTE, Case.Kind.UNBAN)


def show_case(case: Case) -> None:
    """Have the case stand in the server's log as it is now; the same line is edited in place."""
    settings = GuildSettings.objects.get(guild_id=case.guild_id)
    if settings.moderation_log_id is None:
        return
    held = what_it_holds(case)
    write_line(
        guild_id=case.guild_id,
        channel_id=settings.moderation_log_id,
        subject=f"case:{case.number}",
        message=log_message(case, until=end_of(held), state=_state_of(case, held)),
    )


def what_it_holds(case: Case) -> Held | None:
    """Return the warning or the punishment of a case, whether it holds or has ended."""
    if case.kind == Case.Kind.WARN:
        return MemberWarning.objects.of(case.guild_id).filter(case=case).first()
    if case.kind in (Case.Kind.MUTE, Case.Kind.BAN):
        return Punishment.objects.of(case.guild_id).filter(case=case).first()
    return None


def end_of(held: Held | None) -> datetime | None:
    """Return until when a warning counts, or a punishment holds."""
    if held is None:
        return None
    return held.expires_at if isinstance(held, MemberWarning) else held.ends_at


def tell_person(case: Case, *, until: datetime | None = None) -> bool:
    """Have the person told, once; False when they are not here to be told."""
    assert case.user_id is not None  # noqa: S101 - for the type
    if not is_present(case.guild_id, case.user_id):
        return False
    server = Guild.objects.get(pk=case.guild_id).name
    appeal = GuildSettings.objects.values_list("appeal_text", flat=True).get(guild_id=case.guild_id)
    message = message_to_person(case, server=server, until=until, appeal=appeal)
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
    case = Case.objects.of(guild_id).filter(number=number).first()
    if case is None:
        return
    hurry_order(guild_id=guild_id, user_id=case.user_id or 0, kind="ban")
    hurry_errand(guild_id=guild_id, dedupe_key=key_of(case))
    case.message = outcome
    case.save(update_fields=["message"])
    if refusal_of(case):
        show_case(case)


def key_of(case: Case) -> str:
    """Return by what the errand that puts somebody out for a case is found."""
    return f"{case.kind}:{case.number}"


def refusal_of(case: Case) -> str:
    """Return why Discord refused what a case decided; empty when it did not, or has done it."""
    said = _outcomes(case)
    is_refused = CaseEvent.Verb.FAILED in said and CaseEvent.Verb.DELIVERED not in said
    return str(said[CaseEvent.Verb.FAILED].facts.get("why", "")) if is_refused else ""


def what_was_found(done: CaseEvent) -> str:
    """Return what came of a case besides what was decided, as Discord showed it."""
    if "deleted" in done.facts:
        return f"{done.facts['deleted']} messages deleted"
    return str(done.facts.get("found", ""))


def _outcomes(case: Case) -> dict[str, CaseEvent]:
    ends = [CaseEvent.Verb.DELIVERED, CaseEvent.Verb.FAILED]
    outcomes = CaseEvent.objects.of(case.guild_id).filter(case=case, verb__in=ends)
    return {event.verb: event for event in outcomes}


def _state_of(case: Case, held: Held | None) -> str:
    if case.overruled_at is not None:
        return "Overruled"
    if case.kind in TELLING and (done := _outcomes(case).get(CaseEvent.Verb.DELIVERED)):
        return what_was_found(done)
    if isinstance(held, MemberWarning):
        return held.get_ending_display()
    if why := refusal_of(case):
        told = " They were told of it all the same." if case.message == Case.Message.SENT else ""
        return f"Not done: {plain(why)}{told}"
    return held.get_state_display() if held else ""
