"""Rows of a server are touched within its scope, or not at all."""

import inspect

import pytest
from django.db import IntegrityError, models, transaction

from community.models import Channel, Guild, Member, MemberRole, Overwrite, Role
from community.querysets.scoped import GuildQuerySet
from community.scope import NoScope, OutOfScope, cross_guild, current_scope, guild_scope, keep_scope
from tests.factories import (
    AuditEntryFactory,
    ChannelFactory,
    GuildFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

# Arguments for the questions that need some; any other is asked without.
ARGUMENTS = {
    "aggregate": [models.Count("pk")],
    "bulk_create": [[]],
    "bulk_update": [[], ["name"]],
    "contains": [Role(pk=1)],
    "dates": ["deleted_at", "day"],
    "datetimes": ["deleted_at", "day"],
    "extra": [],
    "in_bulk": [[1]],
    "of": [1],
    "raw": ["SELECT 1"],
    "union": [],
    "using": ["default"],
    "within": [None],
}
QUESTIONS = sorted(
    name
    for name, member in inspect.getmembers(GuildQuerySet, inspect.isfunction)
    if (not name.startswith("_") and not name.startswith("a"))
    or name in {"aggregate", "alias", "all"}
)


@pytest.mark.parametrize("question", [name for name in QUESTIONS if hasattr(Role.objects, name)])
def test_outside_every_scope_no_question_reaches_the_database(question, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(NoScope):
        getattr(Role.objects, question)(*ARGUMENTS.get(question, []))


def test_outside_every_scope_nothing_is_saved_updated_read_again_or_deleted():
    role = RoleFactory()

    for deed in (
        role.save,
        role.delete,
        role.refresh_from_db,
        Role(guild_id=role.guild_id, pk=7, name="new").save,
        role.holders.all,
        lambda: Role.unscoped.bulk_create([Role(guild_id=role.guild_id, pk=8)]),
    ):
        with pytest.raises(NoScope):
            deed()


def test_a_scope_shows_its_own_server_only():
    mine, theirs = RoleFactory(), RoleFactory()

    with guild_scope(mine.guild_id):
        assert list(Role.objects.all()) == [mine]
        assert list(Guild.objects.all()) == [mine.guild]
        assert not Role.objects.filter(pk=theirs.pk).exists()
        assert not Role.objects.exclude(pk=mine.pk).exists()
        assert Role.objects.filter(pk=theirs.pk).update(name="stolen") == 0
        assert Role.objects.filter(pk=theirs.pk).delete()[0] == 0


@pytest.mark.parametrize(
    "deed",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: row.refresh_from_db(),
        lambda row: Role.objects.create(guild=row.guild, pk=7, name="new"),
        lambda row: Role.objects.bulk_create([Role(guild=row.guild, pk=7, name="new")]),
        lambda row: Role.objects.get_or_create(guild=row.guild, pk=row.pk),
        lambda row: Role.objects.update_or_create(guild=row.guild, pk=row.pk),
        lambda row: row.guild.save(),
        lambda row: row.guild.delete(),
        lambda row: Guild.objects.create(pk=9, name="new"),
    ],
)
def test_within_a_scope_no_row_of_another_server_is_written(deed):
    row = RoleFactory()

    with guild_scope(GuildFactory().pk), pytest.raises(OutOfScope):
        deed(row)


def test_a_queryset_made_in_one_scope_writes_nothing_in_another():
    theirs, mine = RoleFactory(), RoleFactory()
    with guild_scope(theirs.guild_id):
        stale = Role.objects.all()

    with guild_scope(mine.guild_id):
        assert (stale.update(name="stolen"), stale.delete()[0]) == (0, 0)
    with pytest.raises(NoScope):
        stale.update(name="stolen")

    with guild_scope(theirs.guild_id):
        assert Role.objects.get().name == theirs.name


def test_a_row_of_another_server_is_not_taken_over_by_its_parent():
    member, other = MemberFactory(), UserFactory()
    before = member.user_id

    with pytest.raises(NoScope):
        other.members.add(member)
    with guild_scope(GuildFactory().pk):
        other.members.add(member)

    with guild_scope(member.guild_id):
        assert Member.objects.get().user_id == before


@pytest.mark.parametrize("written", [["name"], ["name", "guild"]])
def test_an_upsert_must_match_the_server_too(written):
    theirs, mine = RoleFactory(name="theirs"), GuildFactory()

    with guild_scope(mine.pk), pytest.raises(OutOfScope):
        Role.objects.bulk_create(
            [Role(pk=theirs.pk, guild=mine, name="stolen")],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=written,
        )


def test_bulk_update_leaves_rows_of_another_server_alone():
    row = RoleFactory(name="theirs")
    row.name = "stolen"

    with guild_scope(GuildFactory().pk):
        assert Role.objects.bulk_update([row], ["name"]) == 0

    with guild_scope(row.guild_id):
        assert Role.objects.get().name == "theirs"


def test_a_row_never_moves_to_another_server():
    row, other = RoleFactory(), GuildFactory()

    with cross_guild("the widest scope there is"), pytest.raises(OutOfScope):
        Role.objects.filter(pk=row.pk).update(guild=other)

    row.guild = other
    with (
        cross_guild("the widest scope there is"),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        row.save()


def test_a_scope_cannot_be_left_for_another_server_without_a_reason():
    with guild_scope(1), pytest.raises(OutOfScope), guild_scope(2):
        pass

    with pytest.raises(ValueError, match="reason"), cross_guild(""):
        pass


def test_several_servers_are_seen_among_those_named():
    first, second, third = RoleFactory.create_batch(3)

    with cross_guild("a test", among=[first.guild_id, second.guild_id]):
        seen = set(Role.objects.all())
        with pytest.raises(OutOfScope):
            third.save()

    assert seen == {first, second}


def test_a_scope_ends_with_its_block_even_when_it_fails():
    with pytest.raises(ZeroDivisionError), guild_scope(1):
        raise ZeroDivisionError

    with pytest.raises(NoScope):
        current_scope()


def test_a_streamed_answer_keeps_the_scope_of_its_request():
    role = RoleFactory()

    def rows():
        yield from Role.objects.values_list("pk", flat=True)

    with guild_scope(role.guild_id):
        stream = keep_scope(rows())

    # Between two steps the scope is not in force for anybody else.
    assert next(stream) == role.pk
    with pytest.raises(NoScope):
        current_scope()
    assert list(stream) == []


def test_joins_match_the_server_as_well_as_the_key():
    held = MemberRoleFactory()

    with guild_scope(held.guild_id):
        sql = str(MemberRole.objects.filter(member__nickname="", role__name="x").query)

    for parent in ("community_member", "community_role"):
        assert f'"{parent}"."guild_id" = ("community_memberrole"."guild_id")' in sql


def test_a_parent_is_fetched_by_server_and_key(django_assert_num_queries):
    held = MemberRoleFactory()
    with guild_scope(held.guild_id):
        again = MemberRole.objects.get()

    with django_assert_num_queries(1) as seen:
        assert again.member == held.member
    assert f'"guild_id" = {held.guild_id}' in seen.captured_queries[0]["sql"]


@pytest.mark.engine
@pytest.mark.parametrize(
    "build",
    [
        lambda a, b: MemberRole(guild=a, member=MemberFactory(guild=a), role=RoleFactory(guild=b)),
        lambda a, b: MemberRole(guild=a, member=MemberFactory(guild=b), role=RoleFactory(guild=a)),
        lambda a, b: Overwrite(
            guild=a, channel=ChannelFactory(guild=b), target="role", target_id=1
        ),
        lambda a, b: Channel(guild=a, pk=1, kind="text", name="x", parent=ChannelFactory(guild=b)),
        lambda a, b: MemberRole(guild=a, member_id=999_999, role=RoleFactory(guild=a)),
    ],
)
def test_the_database_refuses_a_row_that_points_into_another_server(build):
    row = build(GuildFactory(), GuildFactory())

    with (
        cross_guild("the widest scope there is"),
        pytest.raises(IntegrityError, match="in_same_guild"),
        transaction.atomic(),
    ):
        row.save()


def test_a_person_may_be_in_many_servers_but_once_in_each():
    user = UserFactory()
    member = MemberFactory(user=user)
    MemberFactory(user=user)

    with pytest.raises(IntegrityError, match="once_per_guild"):
        MemberFactory(guild=member.guild, user=user)


def test_every_scoped_model_goes_through_the_scope_by_default_and_names_its_guild():
    from django.apps import apps

    from community.fields import GuildForeignKey, GuildScoped, GuildTally, SameGuildFK
    from community.models import AuditEntry

    scoped = [model for model in apps.get_models() if issubclass(model, GuildScoped)]
    assert len(scoped) >= 10
    for model in scoped:
        names = {c.name for c in model._meta.constraints}
        guarded = {c.field for c in model._meta.constraints if isinstance(c, SameGuildFK)}
        pointing = {f.name for f in model._meta.local_fields if isinstance(f, GuildForeignKey)}
        assert model._base_manager.name == "unscoped", model
        assert isinstance(model._base_manager.all(), GuildQuerySet), model
        with pytest.raises(NoScope):
            model._default_manager.all()
        assert (f"{model._meta.db_table}_guild_key" in names) != issubclass(model, GuildTally), (
            model
        )
        assert pointing == guarded, model
        for field in model._meta.local_fields:
            target = field.remote_field and field.remote_field.model
            if target and issubclass(target, GuildScoped):
                assert not issubclass(target, GuildTally), (model, field.name)
                assert isinstance(field, GuildForeignKey), (model, field.name)
        assert not model._meta.local_many_to_many, model
    assert issubclass(AuditEntry, GuildScoped)


def test_the_houses_own_history_belongs_to_no_server():
    AuditEntryFactory(guild=None)

    with guild_scope(1):
        from community.models import AuditEntry

        assert not AuditEntry.objects.exists()
        with pytest.raises(OutOfScope):
            AuditEntry(guild=None, actor="x", verb="a.b", subject_kind="x", subject_id="1").save()


def test_a_member_is_deleted_by_server_and_key_together_with_its_roles():
    held = MemberRoleFactory()

    with guild_scope(held.guild_id):
        held.member.delete()

        assert not MemberRole.objects.exists()
        assert not Member.objects.exists()
