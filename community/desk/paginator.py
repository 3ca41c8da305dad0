"""A paginator that never counts further than anybody turns pages."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts up to a cap; what lies beyond it is found by narrowing the list, not by paging."""

    cap = 10_000

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        # Sorted rows would have to be sorted before the first of them could be counted.
        some = rows.order_by() if isinstance(rows, QuerySet) else rows
        few = some[: self.cap + 1]
        return few.count() if isinstance(few, QuerySet) else len(few)

    @cached_property
    def count(self) -> int:
        """How many rows can be turned to."""
        return min(self._counted, self.cap)

    @property
    def is_capped(self) -> bool:
        """Tell whether there are more rows than that."""
        return self._counted > self.cap
