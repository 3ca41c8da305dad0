"""What every question about a server's rows has in common: it names the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from community.scope import OutOfScope, Scope, current_scope

if TYPE_CHECKING:
    from collections.abc import Iterable

M = TypeVar("M", bound=models.Model)


class GuildQuerySet(models.QuerySet[M]):
    """Rows of servers; what is written must lie within the scope in force."""

    # The column that names the server; the table of servers names itself.
    guild_column = "guild_id"

    def of(self, guild_id: int) -> Self:
        """Rows of one server."""
        return self.filter(**{self.guild_column: guild_id})

    def within(self, scope: Scope) -> Self:
        """Rows that the scope lets us touch."""
        if scope.guild_ids is None:
            return self.all()
        if len(scope.guild_ids) == 1:
            (only,) = scope.guild_ids
            return self.of(only)
        return self.filter(**{f"{self.guild_column}__in": sorted(scope.guild_ids)})

    def update(self, **changes: Any) -> int:
        """Change rows; a row never moves to another server."""
        if {"guild", "guild_id"} & changes.keys():
            raise OutOfScope("A row never moves to another server.")
        return super(GuildQuerySet, self._writable()).update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete rows, those of the scope in force."""
        return super(GuildQuerySet, self._writable()).delete()

    # A manager shall not offer to delete everything.
    delete.alters_data = delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> Any:
        """Make rows; one that is there already is changed only where the server is matched."""
        names_guild = "guild" in (options.get("unique_fields") or ())
        moves = {"guild", "guild_id"} & set(options.get("update_fields") or ())
        if options.get("update_conflicts") and (moves or not names_guild):
            raise OutOfScope("Another server's row may be in the way: match the server, too.")
        return super().bulk_create(objs, *args, **options)

    def _writable(self) -> Self:
        # A queryset may be older than the scope in which it is used.
        return self.within(current_scope())

    def _insert(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        # save(), create() and bulk_create() all end here.
        scope = current_scope()
        for each in objs:
            if not scope.holds(getattr(each, self.guild_column)):
                raise OutOfScope(f"{each!r} belongs to a server outside the scope in force.")
        return super()._insert(objs, *args, **kwargs)  # type: ignore[misc]


class InScopeManager(models.Manager[M]):
    """The only road of the house to a server's rows: within the scope in force, or not at all."""

    def get_queryset(self) -> models.QuerySet[M]:
        """Return the rows within the scope; raise NoScope before there is a queryset."""
        scope = current_scope()
        rows: GuildQuerySet[M] = super().get_queryset()  # type: ignore[assignment]
        return rows.within(scope)


GuildManager = InScopeManager.from_queryset(GuildQuerySet)
# Django's own road to rows it already holds the key of: foreign keys, refresh, cascades.
UnscopedManager = models.Manager.from_queryset(GuildQuerySet)
