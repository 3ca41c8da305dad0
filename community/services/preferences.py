"""What somebody wants from Guildhall in every server."""

from django.db import transaction

from community.errors import HouseError
from community.models import Preference, User


@transaction.atomic
def choose_to_be_shown(*, user_id: int, is_shown: bool) -> None:
    """Let leaderboards and ranks show somebody to others, or not."""
    if not User.objects.filter(pk=user_id).exists():
        raise HouseError("We have only just met; try again in a moment.")
    Preference.objects.update_or_create(user_id=user_id, defaults={"on_leaderboards": is_shown})
