"""What other apps hang at the desk appears there, to those who may see it."""

import dataclasses

import pytest

from community.desk import registry
from community.desk.registry import PersonDeed, PersonTab, TimelineRow, TimelineSource
from tests.factories import GrantFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def hung():
    """A registry that a test may fill."""
    names = [field.name for field in dataclasses.fields(registry.Registry)]
    lists = {name: list(getattr(registry.REGISTRY, name)) for name in names}
    yield
    for name, each in lists.items():
        getattr(registry.REGISTRY, name)[:] = each


@pytest.fixture
def member(client):
    grant = GrantFactory(capabilities=["see", "moderate"])
    client.force_login(grant.staff)
    return MemberFactory(guild=grant.guild)


def page_of(client, member, **asked):
    return client.get(f"/person/{member.pk}/", asked).content.decode()


@pytest.mark.parametrize(("needs", "is_there"), [("moderate", True), ("punish", False)])
def test_a_tab_of_another_app(client, member, hung, needs, is_there):
    told = {"template": "desk/tab_roles.html", "context": lambda *_: {"assignments": []}}
    registry.person_tab(PersonTab(name="other", label="All cases", needs=needs, **told))

    assert ("All cases" in page_of(client, member)) is is_there
    assert ("Never held a role here." in page_of(client, member, tab="other")) is is_there


@pytest.mark.parametrize(("needs", "is_there"), [("moderate", True), ("punish", False)])
def test_events_of_another_app(client, member, hung, needs, is_there):
    def rows(one, before, _):
        row = TimelineRow(at=one.joined_at, number=1, icon="case", words="Was warned")
        return [row] if (row.at, 1) < before else []

    registry.timeline_source(TimelineSource(name="cases", label="Cases", needs=needs, rows=rows))

    assert ("Was warned" in page_of(client, member)) is is_there
    assert ("Was warned" in page_of(client, member, show="Cases")) is is_there


@pytest.mark.parametrize(("needs", "is_there"), [("moderate", True), ("punish", False)])
def test_a_button_of_another_app(client, member, hung, needs, is_there):
    registry.person_deed(PersonDeed(label="Warn", needs=needs, url=lambda one: f"/warn/{one.pk}/"))

    assert (f'href="/warn/{member.pk}/"' in page_of(client, member)) is is_there
