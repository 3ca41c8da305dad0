"""The form to sign in with."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from community.errors import TooManyTries
from community.services.sign_in import client_network, forget_tries, note_try


class SignInForm(AdminAuthenticationForm):
    """Django's own, with a pause for those who try too often."""

    error_messages = {
        "invalid_login": "This name and this password do not belong together.",
        "inactive": "This name and this password do not belong together.",
    }
    request: HttpRequest

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Look at the password, unless it is too early for that."""
        if not self.cleaned_data.get("username") or not self.cleaned_data.get("password"):
            return self.cleaned_data
        tried = {
            "username": self.cleaned_data["username"],
            "network": client_network(self.request.META["REMOTE_ADDR"]),
        }
        try:
            note_try(**tried)
        except TooManyTries as refusal:
            raise ValidationError(str(refusal), code="too_many_tries") from None
        super().clean()
        forget_tries(**tried)
        # Signing in begins with nothing: a session that somebody else has prepared ends here.
        self.request.session.flush()
        return self.cleaned_data
