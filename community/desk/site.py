"""The desk: the admin site of the house."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, URLResolver

from community.desk.forms import SignInForm


class Desk(AdminSite):
    """Shows what the admin.py of each app of the house registers, and nothing else."""

    site_title = site_header = "Guildhall"
    index_title = "Desk"
    site_url = None
    login_form = SignInForm

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the redirect to any row of any table, which tells whether there is one."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
