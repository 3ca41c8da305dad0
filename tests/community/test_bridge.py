"""Where the event loop meets the database."""

import asyncio

import pytest

from community.bridge import call
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
