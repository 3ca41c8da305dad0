"""Many bans at once: what would happen, and then each by itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from community.errors import HouseError
from moderation.models import Case
from moderation.services.checks import BAN, refuse_out_of_reach, refuse_unless_may
from moderation.services.deeds import ban_member
from moderation.services.docket import Decision, Deed

MOST = 200


@dataclass(frozen=True, slots=True)
class Bulk:
    """Who was, or would be, banned; and who not, with the reason why."""

    banned: tuple[int, ...]
    refused: dict[int, str]
    cases: tuple[Case, ...] = ()


def preview_bulk_ban(*, decision: Decision, user_ids: Iterable[int]) -> Bulk:
    """Tell who would be banned and who is out of reach; nothing is done."""
    refuse_unless_may(decision, BAN)
    refused = {}
    people = _bounded(user_ids)
    for user_id in people:
        try:
            refuse_out_of_reach(decision, user_id)
        except HouseError as refusal:
            refused[user_id] = str(refusal)
    return Bulk(tuple(each for each in people if each not in refused), refused)


def bulk_ban(*, decision: Decision, user_ids: Iterable[int], reason: str) -> Bulk:
    """Ban people, each by a decision of its own; who is out of reach stops nobody else's."""
    cases, refused = [], {}
    people = _bounded(user_ids)
    for user_id in people:
        source_id = decision.source_id and f"{decision.source_id}:{user_id}"
        one = replace(decision, source_id=source_id, is_sure=True)
        deed = Deed(kind=Case.Kind.BAN, user_id=user_id, reason=reason)
        try:
            cases.append(ban_member(decision=one, deed=deed))
        except HouseError as refusal:
            refused[user_id] = str(refusal)
    return Bulk(tuple(case.user_id or 0 for case in cases), refused, tuple(cases))


def _bounded(user_ids: Iterable[int]) -> list[int]:
    people = sorted(set(user_ids))
    if not 1 <= len(people) <= MOST:
        raise HouseError(f"Between 1 and {MOST} people are banned at once.")
    return people
