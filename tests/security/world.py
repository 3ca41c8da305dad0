"""A world of two servers: a row of every model in each, and a mark in every column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import connection, models
from factory.django import DjangoModelFactory

from community.fields import InScope
from community.models import AuditEntry, Grant, Guild, Member, MemberRole, Preference, Staff, User
from community.scope import cross_guild
from tests import factories
from tests.activity import factories as activity
from tests.community import factories as community
from tests.economy import factories as economy

# What belongs to no server. A new model stands here for a reason, or it is scoped.
HOUSE_OWN = {
    "User": "a person is on Discord, whatever the server",
    "Preference": "what a person wishes everywhere",
    "GlobalProgress": "what a person earned everywhere; only their own rank tells of it",
    "Staff": "who works here, whatever the server",
    "LoginTry": "signing in comes before any server",
    "CommandSync": "which commands Discord knows",
    "Lease": "which process leads",
    "Heartbeat": "which process lives",
    "Job": "what the clock does",
    "JobRun": "what the clock did",
    "PrivacyRequest": "about a person everywhere; for keepers and that person alone",
    "CheckResult": "what was found when the house was looked at",
    "Restoration": "which backup was put back; the whole house is",
    "TableSize": "how much of the disk each table takes, whoever's rows",
    "Backup": "all servers at once, for the keepers alone",
    "Archive": "files of all servers, for the keepers alone",
}
# Zones, languages and rhythms are looked up by name, so those of our own server stay what they are.
LOOKED_UP = {"tz", "locale", "language", "repeat"}
# What nobody sees, whoever's it is.
SECRET = {"password"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A letter nobody types and a number nobody has: where they turn up, so did the row."""

    letter: str
    digits: str
    word: str

    def pattern(self, more_digits: str = "") -> str:
        """Return what matches the mark in HTML, JSON, addresses and headers."""
        coded = "".join(f"%(?:25)*{byte:02x}" for byte in self.letter.encode())
        entity = f"&#(?:{ord(self.letter)}|x{ord(self.letter):x});"
        spaced = r"[,.\s\u00a0\u202f]?".join(re.findall("...", self.digits))
        number = spaced + more_digits
        return "|".join(
            [self.letter, rf"\\u{ord(self.letter):04x}", coded, entity, number, self.word]
        )


# Syllables of Yi: letters without upper case, of the same length in every spelling.
OURS = Mark("\ua101", "550550550", "zqxours")
THEIRS = Mark("\ua202", "660660660", "zqxtheirs")
HOUSE = Mark("\ua303", "770770770", "zqxhouse")
COLLEAGUES = Mark("\ua018", "440440440", "zqxcolleague")
NOBODYS = Mark("\ua404", "880880880", "zqxnobodys")

Texts = Callable[[Mark, int, models.Field], str]


def marked_text(mark: Mark, number: int, column: models.Field) -> str:
    """Return a text that says which column it stands in, as far as there is room."""
    name = f"{mark.letter}{number} {column.model.__name__}.{column.name}"
    return name[: column.max_length or 200].rstrip()


def house_models() -> list[type[models.Model]]:
    return [
        model
        for app in settings.HOUSE_APPS
        for model in apps.get_app_config(app).get_models()
        if app != "config"
    ]


def factory_of(model: type[models.Model]) -> type[DjangoModelFactory] | None:
    rooms = (factories, community, activity, economy)
    known = [each for room in rooms for each in vars(room).values()]
    made = {each._meta.model: each for each in known if _makes_rows(each)}
    return made.get(model)


def _makes_rows(thing: object) -> bool:
    return (
        isinstance(thing, type)
        and issubclass(thing, DjangoModelFactory)
        and not thing._meta.abstract
    )


@dataclass
class Furniture:
    """One row of every model for one server, with a text of one's choice in every column."""

    mark: Mark
    house: Mark
    texts: Texts = marked_text
    first: int = 0
    rows: dict[type[models.Model], Any] = field(default_factory=dict)
    in_hand: set[type[models.Model]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.numbers = count(self.first)

    def all(self) -> dict[type[models.Model], Any]:
        """Make a row of every model that has a factory."""
        for model in house_models():
            if factory_of(model):
                self.row(model)
        return self.rows

    def row(self, model: type[models.Model]) -> Any:
        """Return the row of a model, and make it and what it needs when there is none."""
        if model not in self.rows:
            self.in_hand.add(model)
            self.rows[model] = self.build(model)
            with cross_guild("a test makes its world"):
                self.rows[model].save(force_insert=True)
            self.in_hand.discard(model)
        return self.rows[model]

    def build(self, model: type[models.Model], **given: Any) -> Any:
        """Return a row with a mark in every column that its rules let have one."""
        keys = [each for each in model._meta.local_fields if each.is_relation]
        needed = [each for each in keys if not each.null or each.name == "guild"]
        told: dict[str, Any] = {}
        for each in needed:
            told[each.name] = given.get(each.name) or self._other(each.related_model, told)
        told |= given
        row = factory_of(model).build(**told)
        for column in model._meta.local_fields:
            if column.name not in told and not column.generated:
                self._mark(row, column)
        return row

    def _other(self, model: type[models.Model], told: dict[str, Any]) -> Any:
        """Return the row of a model, or one more when the first is told of already."""
        if not any(type(each) is model for each in told.values()):
            return self.row(model)
        row = self.build(model)
        with cross_guild("a test makes its world"):
            row.save(force_insert=True)
        return row

    def mark_of(self, model: type[models.Model]) -> Mark:
        is_theirs = issubclass(model, (InScope, User, Preference))
        return self.mark if is_theirs else self.house

    def _mark(self, row: Any, column: models.Field) -> None:
        before = getattr(row, column.name)
        for value in self._values(type(row), column):
            setattr(row, column.name, value)
            if keeps_the_rules(row, column.name):
                return
        setattr(row, column.name, before)

    def _values(self, model: type[models.Model], column: models.Field) -> Iterator[Any]:
        mark, number = self.mark_of(model), next(self.numbers)
        if column.name in SECRET:
            mark = HOUSE
        if column.is_relation:
            if column.related_model not in self.in_hand:
                yield self.row(column.related_model)
        elif not (column.choices or (column.name in LOOKED_UP and mark != THEIRS)):
            yield from self._plain_values(mark, number, column)

    def _plain_values(self, mark: Mark, number: int, column: models.Field) -> Iterator[Any]:
        text = self.texts(mark, number, column)
        if isinstance(column, (models.CharField, models.TextField)):
            yield from (text, f"{mark.word}.{mark.word}", (mark.digits * 8)[:64])
        elif isinstance(column, models.BigIntegerField):
            yield int(f"{mark.digits}{number:09d}")
        elif isinstance(column, models.IntegerField) and not is_small(column):
            yield int(mark.digits)
        elif isinstance(column, models.JSONField):
            yield self._plain_json(text, column)
        elif isinstance(column, ArrayField) and not column.base_field.choices:
            yield list(self._plain_values(mark, number, column.base_field))[:1]

    def _plain_json(self, text: str, column: models.Field) -> Any:
        if column.name == "buttons":
            return [{"label": text, "url": text}]
        return [text] if column.default is list else {text: text}


def is_small(column: models.Field) -> bool:
    """Tell whether a column has no room for a mark."""
    return connection.ops.integer_field_range(column.get_internal_type())[1] < 10**9


def keeps_the_rules(row: Any, name: str) -> bool:
    """Tell whether every check of the table that mentions a column holds."""
    for rule in row._meta.constraints:
        if isinstance(rule, models.CheckConstraint):
            if name not in rule.condition.referenced_base_fields:
                continue
            try:
                rule.validate(type(row), row)
            except ValidationError:
                return False
    return True


@dataclass
class World:
    """Server A, which somebody moderates, and server B, of which nothing may ever be seen."""

    a: dict[type[models.Model], Any]
    b: dict[type[models.Model], Any]


def make_world() -> World:
    """Furnish both servers, and let them share a person and a member of staff."""
    a = Furniture(OURS, COLLEAGUES, first=100)
    b = Furniture(THEIRS, HOUSE, first=100)
    world = World(a.all(), b.all())
    user, member = world.a[User], b.build(Member, user=world.a[User])
    about = [("user", user.pk), ("member", world.a[Member].pk), ("member", user.pk)]
    extra = [
        member,
        b.build(MemberRole, member=member),
        b.build(Grant, staff=world.a[Staff]),
        *(b.build(AuditEntry, subject_kind=kind, subject_id=str(key)) for kind, key in about),
        # The house's own history is for its keepers.
        Furniture(HOUSE, HOUSE, rows=dict(b.rows), first=500).build(AuditEntry, guild=None),
    ]
    with cross_guild("a test makes its world"):
        for row in extra:
            row.save(force_insert=True)
    return world


def hire(world: World, *capabilities: str, **grant: Any) -> Staff:
    """Return an account that was granted capabilities in server A; none, when none are named."""
    staff: Staff = factories.StaffFactory()
    if capabilities:
        given = {"staff": staff, "capabilities": list(capabilities), **grant}
        factories.GrantFactory(guild=world.a[Guild], **given)
    return staff


def hire_through_a_role(world: World) -> tuple[Staff, MemberRole]:
    """Return an account that may see server A only as long as it holds a Discord role there."""
    guild = world.a[Guild]
    member = factories.MemberFactory(guild=guild)
    role = factories.RoleFactory(guild=guild, name="Moderator")
    held: MemberRole = factories.MemberRoleFactory(guild=guild, member=member, role=role)
    factories.GrantFactory(guild=guild, staff=None, role=role, capabilities=["moderate"])
    return factories.StaffFactory(discord_id=member.user_id), held


class Watch:
    """Knows how every row looked that a person has no business with, and tells which changed."""

    def __init__(self, person: Staff, *servers: dict[type[models.Model], Any]) -> None:
        guilds = ", ".join(str(rows[Guild].pk) for rows in servers)
        self.sql = " UNION ALL ".join(
            f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
            f" FROM {table} t WHERE {not_theirs_to_change(model, guilds, person)}"
            for model in house_models()
            if (table := model._meta.db_table)
        )
        self.before = self.look()

    def look(self) -> dict[str, tuple[int, str]]:
        with cross_guild("a test looks for changes"), connection.cursor() as cursor:
            cursor.execute(self.sql)
            return {table: (rows, digest) for table, rows, digest in cursor.fetchall()}

    def changed(self) -> list[str]:
        """Name the tables in which such a row was added, changed or removed."""
        now = self.look()
        return [table for table in now if now[table] != self.before[table]]


def not_theirs_to_change(model: type[models.Model], guilds: str, person: Staff) -> str:
    """Return which rows of a table somebody may not change, as SQL says it."""
    if issubclass(model, InScope):
        return f"{model.guild_column} IN ({guilds})"
    if person.is_superuser and model not in (User, Preference):
        return "false"
    if model is Staff:
        return f"id <> {person.pk or 0}"
    # Anybody may try to sign in.
    return "false" if model.__name__ == "LoginTry" else "true"
