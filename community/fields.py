"""What a server's rows are made of: they name their server, and the database holds them to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.lookups import Exact
from django.db.models.sql.where import AND, WhereNode

from community.querysets.scoped import GuildManager, UnscopedManager
from community.scope import OutOfScope, current_scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class InScope(models.Model):
    """A row that is read and written within the scope in force, by its server and its key."""

    # Where the row names its server; the row of a server is named by its own key.
    guild_column: ClassVar[str] = "guild_id"

    # A model that names no manager of its own is scoped all the same.
    objects = GuildManager()
    unscoped = UnscopedManager()

    class Meta:
        abstract = True
        base_manager_name = "unscoped"

    def _do_update(self, base_qs: Any, *args: Any) -> Any:
        return super()._do_update(self._hold_to_scope(base_qs), *args)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        """Read the row again, by its server and its key."""
        rows: Any = from_queryset
        if rows is None:
            rows = type(self)._base_manager.using(using)
        super().refresh_from_db(using, fields, self._hold_to_scope(rows))

    def delete(
        self,
        using: str | None = None,
        keep_parents: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> tuple[int, dict[str, int]]:
        """Delete the row, by its server and its key."""
        rows = self._hold_to_scope(type(self)._base_manager.using(using))
        deleted: tuple[int, dict[str, int]] = rows.filter(pk=self.pk).delete()
        return deleted

    def _hold_to_scope(self, rows: Any) -> Any:
        """Narrow a queryset to the row's server; refuse when that lies outside the scope."""
        guild_id = getattr(self, self.guild_column)
        if not current_scope().holds(guild_id):
            raise OutOfScope(f"{self!r} belongs to a server outside the scope in force.")
        return rows.of(guild_id)


class GuildScoped(InScope):
    """A row that belongs to one server, for ever; every statement about it names that server.

    One-column keys for Django, guild-complete SQL for the database: so the same code runs on one
    small PostgreSQL and on tables that are spread over many by server.
    """

    guild = models.ForeignKey(
        "community.Guild",
        on_delete=models.CASCADE,
        db_index=False,
        related_name="+",
        help_text="The server this belongs to.",
    )

    class Meta(InScope.Meta):
        abstract = True


class GuildTally(GuildScoped):
    """A row that is written by the thousand: a raw event, or a counter within a server.

    Nothing points at it, and its own key or a unique one begins with the server; so it goes without
    the second key of other rows, and without a foreign key, which would cost more than the row.
    """

    guild = models.ForeignKey(
        "community.Guild",
        on_delete=models.CASCADE,
        db_index=False,
        db_constraint=False,
        related_name="+",
        help_text="The server this belongs to.",
    )

    class Meta(GuildScoped.Meta):
        abstract = True


class GuildForeignKey(models.ForeignKey[Any, Any]):
    """A foreign key within one server: each join and each fetch matches the server too.

    The database's side of it is a SameGuildFK among the model's constraints.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("db_constraint", False)
        super().__init__(*args, **kwargs)

    def get_extra_restriction(self, alias: str, related_alias: str) -> WhereNode | None:
        """Add `child.guild_id = parent.guild_id` to a join."""
        if alias is None or related_alias is None:
            return None
        child: Any = self.model._meta.get_field("guild")
        parent: Any = self.remote_field.model._meta.get_field("guild")
        same: Any = Exact(child.get_col(alias), parent.get_col(related_alias))
        return WhereNode([same], AND)

    def get_extra_descriptor_filter(self, instance: Any) -> dict[str, int]:
        """Fetch the parent by its server and its key."""
        return {"guild_id": instance.guild_id}


class SameGuildFK(models.BaseConstraint):
    """The database refuses a row that points at a row of another server, or at none."""

    def __init__(self, *, field: str, name: str) -> None:
        super().__init__(name=name)
        self.field = field

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the constraint as a table's definition spells it."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - for the type
        quote = schema_editor.quote_name
        field: Any = model._meta.get_field(self.field)
        parent = field.remote_field.model._meta.db_table
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY (guild_id, {quote(field.column)}) "
            f"REFERENCES {quote(parent)} (guild_id, id)"
        )

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the statement that adds the constraint."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - for the type
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the statement that drops the constraint."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - for the type
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, *_: Any, **__: Any) -> None:
        """Leave it to the database: forms offer only rows of the scope."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Return what a migration needs to make it again."""
        path, args, kwargs = super().deconstruct()
        return path, tuple(args), {**kwargs, "field": self.field}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameGuildFK) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.field))


def guild_key(model: str) -> models.UniqueConstraint:
    """Return the key every server's table has beside its own, which SameGuildFK points at."""
    return models.UniqueConstraint(fields=["guild", "id"], name=f"{model}_guild_key")
