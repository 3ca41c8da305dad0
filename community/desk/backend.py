"""How the desk knows who asks: by name and password, and only while the account is switched on."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from community.models import Staff


class StaffBackend(BaseBackend):
    """Finds staff; what they may do, Staff itself and its grants say."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> Staff | None:
        """Return who this is; somebody unknown takes as long as a wrong password."""
        if username is None or password is None:
            return None
        try:
            staff: Staff = Staff.objects.get_by_natural_key(username)
        except Staff.DoesNotExist:
            Staff().set_password(password)
            return None
        return staff if staff.check_password(password) and staff.is_active else None

    def get_user(self, user_id: int) -> Staff | None:
        """Return who a session belongs to, unless the account was switched off since."""
        found: Staff | None = Staff.objects.filter(pk=user_id, is_active=True).first()
        return found
