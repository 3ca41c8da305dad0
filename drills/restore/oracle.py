"""Who judges a house that was put back: Discord's picture, and what staff wanted all along."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from community.models import Restoration
from community.scope import guild_scope
from drills.orders.story import Deed, Intent, Key
from drills.restore.schedule import LOST_AT, backup_at
from moderation.models import Case
from moderation.services.punishments import CASE_IN_MARK
from moderation.services.verifying import breaches_in

if TYPE_CHECKING:
    from drills.restore.play import RestorePlay


def judge_restored(play: "RestorePlay") -> Iterator[str]:
    """Say what is wrong now that the house has gone on for hours."""
    yield from play.story.wrongs
    yield from _judge_states(play)
    yield from _judge_waiting(play)
    with guild_scope(play.town.guild_id):
        yield from _judge_numbers(play)
        yield from play.market.judge()
        yield from (f"verify: {each}" for each in breaches_in(play.town.guild_id))
    yield from _judge_words(play)


def _judge_words(play: "RestorePlay") -> Iterator[str]:
    """Judge whether what was lost, and what nobody can know, was said before anybody approved."""
    missing = [words for each in Restoration.objects.all() for words in each.missing]
    if play.decided_since and not missing:
        yield f"silent: {play.decided_since} decisions were lost, and nobody was told"
    if not play.schedule.fate.knows_all and not any("audit log" in words for words in play.said):
        yield "silent: Discord's log does not tell everything, and nobody was told"


def _judge_states(play: "RestorePlay") -> Iterator[str]:
    for key in sorted({*play.story.intents, *play.story.deeds}):
        if key[1] == "role" or _is_nothing_to_take(play, key):
            continue
        if _is_unknowable(play, key):
            if play.town.stands(*key) and key not in play.stood:
                yield f"again: {key} did not stand when the backup was put back, and does"
        elif not _was_left_open(play, key):
            deeds = play.story.deeds_since_intent(key)
            yield from _by_hand(play, key, deeds[-1]) if deeds else _by_staff(play, key)


def _is_nothing_to_take(play: "RestorePlay", key: Key) -> bool:
    """Tell of who is not here, or banned besides, that they have nothing that could be taken."""
    return key[1] != "ban" and not play.town.is_member(key[0])


def _was_left_open(play: "RestorePlay", key: Key) -> bool:
    """Tell whether it was not carried out when the backup was made, and is not: they were told.

    It may have been lifted before it was done, which nobody can know.
    """
    is_anew = any(act.at >= play.schedule.anew_at for act in play.story.intents.get(key, ()))
    is_told = any(words.startswith(f"{key[1].title()} of {key[0]}:") for words in play.said)
    return key in play.open and not play.town.stands(*key) and is_told and not is_anew


def _is_unknowable(play: "RestorePlay", key: Key) -> bool:
    """Tell whether what was decided of it last stands in no book any more."""
    if play.schedule.fate.knows_all:
        return False
    if key[1] == "ban" and key in play.stood:
        return False  # the server's list of bans tells of it, whatever its log does
    lost = backup_at(play.schedule.seed), play.schedule.anew_at
    acts: list[Intent | Deed] = [*play.story.intents.get(key, ()), *play.story.deeds.get(key, ())]
    is_known_since = any(act.at >= lost[1] for act in acts)
    return not is_known_since and any(act.at >= lost[0] for act in acts)


def _by_staff(play: "RestorePlay", key: Key) -> Iterator[str]:
    intent, stands, now = play.story.last_intent(key), play.town.stands(*key), play.loop.time()
    if intent.holds(now) and not stands:
        yield f"undone: {key} is wanted until {intent.until}, and does not stand"
    elif not stands or (play.town.is_by_hand(*key) and not intent.lifts_all):
        return
    elif not intent.wanted:
        yield f"again: {key} was lifted, and stands"
    elif not intent.holds(now):
        yield f"never_expired: {key} was to end at {intent.until}, and stands"


def _by_hand(play: "RestorePlay", key: Key, deed: Deed) -> Iterator[str]:
    """Whoever acted in Discord itself came last: it stays as they left it."""
    stands = play.town.stands(*key)
    if not deed.is_there and stands:
        yield f"again: {key} was lifted by hand, and stands"
    elif deed.is_there and key[1] == "ban" and not stands:
        yield f"undone: {key} was banned by hand, and is not"


def _judge_waiting(play: "RestorePlay") -> Iterator[str]:
    """Nothing is done at Discord between the restore and the word that lets the house go on."""
    calls = [*play.town.discord.journal][play.calls_before : play.calls_at_approval]
    for call in calls:
        if call.method not in ("GET", "HEAD"):
            yield f"hasty: {call.method} {call.path} before anybody approved"


def _judge_numbers(play: "RestorePlay") -> Iterator[str]:
    lost_at = play.clocks.at(LOST_AT)
    cases = Case.objects.of(play.town.guild_id)
    anew = set(cases.filter(created_at__gt=lost_at).values_list("number", flat=True))
    if again := anew & play.known_numbers:
        yield f"numbers: {sorted(again)} were given before, and again"
    if play.schedule.fate.knows_all and (lost := _named_in_log(play) - _numbers(play)):
        yield f"lost: Discord's log names {sorted(lost)}, and they are not here"
    told = Counter(_told_to_people(play))
    if twice := [words for words, count in told.items() if count > 1]:
        yield f"told_twice: {twice[0][:200]}"


def _named_in_log(play: "RestorePlay") -> set[int]:
    """Return the cases that Discord's log names as ours: each of them can be known again."""
    told = play.town.guild.audit
    ours = (
        str(each.get("reason") or "") for each in told if each["user_id"] == str(play.town.bot_id)
    )
    return {int(found[1]) for reason in ours if (found := CASE_IN_MARK.match(reason))}


def _numbers(play: "RestorePlay") -> set[int]:
    return set(Case.objects.of(play.town.guild_id).values_list("number", flat=True))


def _told_to_people(play: "RestorePlay") -> Iterator[str]:
    """Yield what was said in direct messages; of one case, once."""
    channels = play.town.discord.world.messages
    for channel in play.town.discord.world.dm_of.values():
        for message in channels.get(channel, {}).values():
            yield f"{channel}: {message['content']}"
