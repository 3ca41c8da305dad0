"""What the pages of the desk have in common."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from community.desk.current_guild import may
from community.models import Grant, Staff


class SeeOnlyAdmin(admin.ModelAdmin):
    """Shows rows that only services may write, to those who may see the server they belong to."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Grant.Capability.SEE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class HouseAdmin(SeeOnlyAdmin):
    """Shows the house's own rows to its keepers."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        person = request.user
        return isinstance(person, Staff) and person.is_active and person.is_superuser
