"""Fixtures for every test."""

import pytest


@pytest.fixture(autouse=True)
def _history_gives_way_to_flush(request):
    """Let a transactional test's flush empty append-only tables; it puts the guard back itself."""
    marker = request.node.get_closest_marker("django_db")
    transactional = bool(marker and marker.kwargs.get("transaction"))
    if transactional:
        request.getfixturevalue("transactional_db")
    yield
    if transactional:
        drop_guard()


def drop_guard():
    """Take the triggers away, as only the owner of a table can."""
    from django.db import connection

    from community.append_only import append_only_tables

    with connection.cursor() as cursor:
        for table in append_only_tables():
            cursor.execute(f"DROP TRIGGER guildhall_append_only ON {table}")


@pytest.fixture
def guild():
    """Put a test within one server."""
    from community.scope import guild_scope
    from tests.factories import GuildFactory, GuildSettingsFactory

    guild = GuildFactory()
    GuildSettingsFactory(guild=guild)
    with guild_scope(guild.pk):
        yield guild


@pytest.fixture
def keeper():
    """Somebody who runs the house."""
    from tests.factories import StaffFactory

    return StaffFactory(keeper=True)
