"""What drills need of a test: one connection that lasts, and rows that are really committed."""

import pytest


@pytest.fixture
def stage(transactional_db, monkeypatch):
    """Let a story's services commit, all on one connection."""
    from django.db import connection

    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)
    connection.close()
    yield
    connection.close()
