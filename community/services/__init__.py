"""What we can do in communities. Only what other apps find here by convention is named here."""

from community.services.gifts import roles_given
from community.services.privacy import export_member, forget_member
from community.services.settings import setting_sections

__all__ = ["export_member", "forget_member", "roles_given", "setting_sections"]
