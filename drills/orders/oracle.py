"""Who judges the end: by what was wanted and what really stands, never by the engine's own code."""

from collections.abc import Iterator
from itertools import pairwise

from community.models import Errand, StandingOrder
from community.scope import guild_scope
from drills.orders.schedule import DAY
from drills.orders.story import Intent, Key, Story
from drills.orders.town import Town

INVALID = (401, 403, 429)
MOST_INVALID, TEN_MINUTES = 1_000, 600.0
LEAST_LEFT = 20 * DAY  # of a timeout that is longer than Discord allows
A_SECOND = 1.0

SETTLED_BEFORE_END = """a settled order that is wanted looks again before its end"""


def judge(town: Town, story: Story) -> Iterator[str]:
    """Say what is wrong now that the dust has settled."""
    yield from story.wrongs
    with guild_scope(town.guild_id):
        orders = {(each.user_id, each.kind): each for each in StandingOrder.objects.all()}
        errands = list(Errand.objects.all())
    for key in sorted({*story.intents, *orders}):
        yield from _judge_state(town, story, key, orders.get(key))
    for order in orders.values():
        yield from _judge_row(town, story, order)
    yield from _judge_errands(town, errands)
    yield from _judge_invalid(town)


def _judge_state(town: Town, story: Story, key: Key, order: StandingOrder | None) -> Iterator[str]:
    intent, deeds, now = story.last_intent(key), story.deeds_since_intent(key), story.passed()
    if order is None:
        if any(each.wanted for each in story.intents[key]):
            yield f"lost: nothing was written down of {key}"
    elif deeds:
        yield from _judge_contested(town, story, key, order)
    elif not intent.holds(now):
        yield from _judge_ended(town, key, intent)
    elif not order.wanted:
        yield f"adopted_without_cause: {key} is no longer wanted, and nobody did anything"
    else:
        yield from _judge_wanted(town, key, intent.until, now)


def _judge_wanted(town: Town, key: Key, until: float | None, now: float) -> Iterator[str]:
    user_id, kind = key
    if kind != "ban" and not town.is_member(user_id):
        return
    if not town.stands(*key):
        yield f"lost_on_discord: {key} is wanted until {until}, and does not stand"
    elif kind == "ban" and town.is_member(user_id) and not town.is_by_hand(*key):
        yield f"still_inside: {user_id} is banned, and still a member"
    elif kind == "timeout" and not town.is_by_hand(*key):
        ends = town.timed_out_until(user_id) or 0.0
        least = min(until or ends, now + LEAST_LEFT)
        if not least - A_SECOND <= ends <= (until or ends) + A_SECOND:
            yield f"wrong_end: {key} ends at {ends:.1f}, wanted until {until}"


def _judge_ended(town: Town, key: Key, intent: Intent) -> Iterator[str]:
    if town.stands(*key) and not town.is_by_hand(*key):
        rule = "never_expired" if intent.wanted else "zombie"
        yield f"{rule}: {key} still stands"
    elif town.stands(*key) and intent.lifts_all:
        yield f"left_standing: {key} was set by hand, and stands though staff lifted it"


def _judge_contested(town: Town, story: Story, key: Key, order: StandingOrder) -> Iterator[str]:
    """Somebody acted by hand after the last decision: who came last may depend on the moment."""
    stands_by_us = town.stands(*key) and not town.is_by_hand(*key)
    last = story.deeds_since_intent(key)[-1]
    intent, is_role = story.last_intent(key), key[1] == "role"
    if stands_by_us and not intent.holds(story.passed()) and not (is_role and last.is_there):
        yield f"zombie: {key} still stands, and was not set by hand"
    elif order.wanted and not town.stands(*key) and _could_stand(town, key):
        yield f"lost_on_discord: {key} is wanted by its row, and does not stand"
    elif stands_by_us and not order.wanted and not last.is_there:
        yield f"zombie: {key} is wanted by nobody, and stands"
    elif stands_by_us and last.was_settled and not last.is_there and not is_role:
        # A role that is kept true is given again: it is changed in the house alone.
        yield f"overruled: {key} was lifted by hand, and set again"


def _could_stand(town: Town, key: Key) -> bool:
    return key[1] == "ban" or town.is_member(key[0])


def _judge_row(town: Town, story: Story, order: StandingOrder) -> Iterator[str]:
    key = order.user_id, order.kind
    is_settled = order.applied_rev == order.wanted_rev
    if order.applied_rev > order.wanted_rev:
        yield f"I2: {key} was carried out more often than decided"
    if not is_settled and order.next_check_at is None:
        yield f"I3: {key} waits for nothing"
    if is_settled and order.wanted and order.until is not None:
        looks_again = order.next_check_at
        if looks_again is None or looks_again > order.until:
            yield f"I4: {key} ends at {order.until} and is looked at again at {looks_again}"
    if not is_settled and _could_stand(town, key):
        yield f"stuck: {key} was never carried out ({order.hold or order.last_error})"


def _judge_errands(town: Town, errands: list[Errand]) -> Iterator[str]:
    for errand in errands:
        if "content" not in errand.payload.get("message", {}) or "case" in errand.payload:
            continue  # of moderation, and judged there
        words = str(errand.payload["message"]["content"])
        said = town.messages_with(words)
        if said > 1:
            yield f"duplicate: {words} was said {said} times"
        if errand.state in {"waiting", "running"}:
            yield f"stuck: {words} is still {errand.state}"
        if errand.state == "done" and not said:
            yield f"unsaid: {words} is done, and nobody has heard it"


def _judge_invalid(town: Town) -> Iterator[str]:
    times = [entry.at for entry in town.discord.journal if entry.status in INVALID]
    for first, last in pairwise(times[::MOST_INVALID]):
        if last - first <= TEN_MINUTES:
            yield f"invalid_replies: more than {MOST_INVALID} within ten minutes"
            return
