"""Who judges the books of moderation, when the dust has settled."""

from collections.abc import Iterator
from datetime import UTC, datetime

from community.models import Errand
from community.scope import guild_scope
from drills.moderation.memory import Memory
from drills.orders.town import Town
from moderation.models import Case, Docket, LadderFire, MemberWarning, Punishment
from moderation.services.verifying import breaches_in
from sandbox.wire import Json, seconds_of, time_of

# What Discord's audit log calls the deeds that are cases, and the field by which it silences.
DEEDS = {20: "kick", 22: "ban", 23: "unban"}
CHANGED, SILENT_UNTIL = 24, "communication_disabled_until"


def judge_moderation(town: Town, memory: Memory) -> Iterator[str]:
    """Say what is wrong with cases, warnings, the ladder, messages and history."""
    with guild_scope(town.guild_id):
        yield from (f"verify: {each}" for each in breaches_in(town.guild_id))
        yield from _judge_numbers(town, memory)
        yield from _judge_warnings(town, memory)
        yield from _judge_punishments(town)
        yield from _judge_words(town)
        yield from _judge_entries(town)


def _judge_numbers(town: Town, memory: Memory) -> Iterator[str]:
    numbers = list(Case.objects.of(town.guild_id).order_by("number").values_list("number"))
    if [number for (number,) in numbers] != list(range(1, len(numbers) + 1)):
        yield f"numbers: {numbers}"
    docket = Docket.objects.filter(guild_id=town.guild_id).first()
    if docket and docket.last_case != len(numbers):
        yield f"numbers: the docket stands at {docket.last_case} of {len(numbers)}"
    for decision, cases in memory.by_decision.items():
        if len(cases) != 1:
            yield f"told_twice: decision {decision} made the cases {sorted(cases)}"


def _judge_warnings(town: Town, memory: Memory) -> Iterator[str]:
    counting = MemberWarning.objects.of(town.guild_id).filter(ended_at=None)
    theirs = {each.case.number for each in counting.select_related("case")}
    ours = {number for number, warned in memory.warnings.items() if warned.counts}
    if theirs != ours:
        yield f"warnings: {sorted(theirs ^ ours)} count in one place only"
    fires = LadderFire.objects.of(town.guild_id).count()
    if fires != memory.fires:
        yield f"ladder: it fired {fires} times, and was climbed {memory.fires} times"


def _judge_punishments(town: Town) -> Iterator[str]:
    """Nothing that is over still holds in the books, as nothing does out there."""
    now = town.now()
    for each in Punishment.objects.of(town.guild_id).served(now):
        if each.kind == "ban" or town.is_member(each.user_id):
            yield f"never_served: {each} ended at {each.ends_at}"


def _judge_words(town: Town) -> Iterator[str]:
    for errand in Errand.objects.filter(
        guild_id=town.guild_id, kind__in=["tell_person", "log_line"]
    ):
        title = _title(errand)
        said = town.messages_with(title)
        if said > 1:
            yield f"duplicate: {title} was said {said} times"
        if errand.state in {"waiting", "running"}:
            yield f"stuck: {title} is still {errand.state}"
        if errand.state == "done" and not said:
            yield f"unsaid: {title} is done, and nobody has heard it"


def _title(errand: Errand) -> str:
    """Return the words of a message that no other message has."""
    message = errand.payload["message"]
    if "embeds" in message:
        return f"'title': '{message['embeds'][0]['title']}'"
    return f"Case #{errand.payload['case']}'"


def _judge_entries(town: Town) -> Iterator[str]:
    """Each deed by hand is one case, under whoever did it; what the bot did is none."""
    written = Case.objects.of(town.guild_id).filter(source=Case.Source.DISCORD)
    for entry in town.guild.audit:
        cases = written.filter(source_id__startswith=entry["id"])
        kind = _deed_in(entry)
        if kind is None or int(entry["user_id"]) == town.bot_id:
            if cases.exists():
                yield f"echo: {entry} is a case"
            continue
        about = {"kind": kind, "user_id": int(entry["target_id"])}
        theirs = [*cases] or [*written.filter(**about, **_found(entry, kind))]
        if [each.moderator_id for each in theirs] != [int(entry["user_id"])]:
            yield f"by_hand: {entry} became {theirs}"
        elif (theirs[0].kind, theirs[0].user_id) != (kind, int(entry["target_id"])):
            yield f"by_hand: {entry} became a {theirs[0].kind}"


def _deed_in(entry: Json) -> str | None:
    if entry["action_type"] != CHANGED:
        return DEEDS.get(entry["action_type"])
    told = [each for each in entry["changes"] if each["key"] == SILENT_UNTIL]
    if not told:
        return None
    until = told[0].get("new_value")
    return "mute" if until and seconds_of(until) > time_of(entry["id"]) else "unmute"


def _found(entry: Json, kind: str) -> dict[str, object]:
    """Tell how a case is known that was found when the bot came, before it heard of the deed."""
    since = datetime.fromtimestamp(time_of(entry["id"]), UTC)
    return {"source_id": f"found:{kind}:{entry['target_id']}", "created_at__gte": since}
