"""Where the event loop meets the database."""

import asyncio
import threading

import pytest
from django.db import connection

from community.bridge import Hints, call
from community.models import Role
from community.scope import NoScope, guild_scope
from tests.factories import RoleFactory

pytestmark = pytest.mark.django_db(transaction=True)


def names():
    return list(Role.objects.values_list("name", flat=True))


def test_the_scope_of_the_one_who_asks_goes_with_the_question():
    mine, _ = RoleFactory(name="mine"), RoleFactory(name="theirs")

    with guild_scope(mine.guild_id):
        assert asyncio.run(call(names)) == ["mine"]


def test_without_a_scope_there_is_no_answer():
    with pytest.raises(NoScope):
        asyncio.run(call(names))


def test_a_hint_for_a_loop_that_is_gone_ends_the_listening():
    async def begin():
        return await Hints("gone", print).__aenter__()

    asyncio.run(begin())
    (listening,) = [each for each in threading.enumerate() if each.name == "hints"]

    # The listener may not be there yet when the first hints are given.
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("NOTIFY gone")
        listening.join(0.1)
        if not listening.is_alive():
            break

    assert not listening.is_alive()
