"""What we can ask about cases and their history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from moderation.models import Case, CaseEvent


FEW = 1_000
# The words of a reason as they are found: an index holds just this, and nothing stems them.
REASON_WORDS = SearchVector("reason", config="simple")


class CaseQuerySet(GuildQuerySet["Case"]):
    """Questions about cases."""

    def about(self, user_id: int) -> Self:
        """Cases about one person."""
        return self.filter(user_id=user_id)

    def about_or_saying(self, user_ids: set[int], text: str) -> Self:
        """Cases about one of these people, or whose reason has words that begin like these."""
        begins = " & ".join(f"'{word}':*" for word in re.findall(r"\w+", text))
        query = SearchQuery(begins, config="simple", search_type="raw")
        saying = self.alias(said=REASON_WORDS)
        # The planner takes rare words for common ones, and walks through all cases for them.
        rare = saying.filter(said=query).order_by().values_list("pk", flat=True)
        keys = list(rare[: FEW + 1]) if begins else []
        if len(keys) <= FEW:
            return self.filter(Q(user_id__in=user_ids) | Q(pk__in=keys))
        return saying.filter(Q(user_id__in=user_ids) | Q(said=query))

    def latest_first(self) -> Self:
        """Cases, the newest first."""
        return self.order_by("-id")


class CaseEventQuerySet(GuildQuerySet["CaseEvent"]):
    """Questions about what happened to cases."""

    def in_order(self) -> Self:
        """Events in the order of the server's history."""
        return self.order_by("seq")


CaseManager = InScopeManager.from_queryset(CaseQuerySet)
CaseEventManager = InScopeManager.from_queryset(CaseEventQuerySet)
