"""Comings, goings and panels for tests."""

import factory
from django.utils import timezone

from community.models import RoleChoice, RolePanel, RoleReturn, Stay
from tests.factories import ChannelFactory, MemberFactory, OfGuild, RoleFactory, same_guild


class StayFactory(OfGuild):
    class Meta:
        model = Stay

    member = same_guild(MemberFactory)
    joined_at = factory.LazyFunction(timezone.now)


class RoleReturnFactory(OfGuild):
    class Meta:
        model = RoleReturn

    member = same_guild(MemberFactory)
    role = same_guild(RoleFactory)


class RolePanelFactory(OfGuild):
    class Meta:
        model = RolePanel

    title = "Colours"
    channel = same_guild(ChannelFactory)


class RoleChoiceFactory(OfGuild):
    class Meta:
        model = RoleChoice

    panel = same_guild(RolePanelFactory)
    role = same_guild(RoleFactory)
