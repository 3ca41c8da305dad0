"""Whether every archive file is what left the database."""

from collections.abc import Iterator
from itertools import product

from community.errors import HouseError
from community.models import Archive
from community.services.archives.files import check_archive
from community.services.neighbours import apps_that_answer


def find_archive_damage() -> Iterator[str]:
    """Say of each file that it is not what left the database; other apps add what they know."""
    papers = Archive.objects.standing()
    for archive in papers.order_by("pk").iterator():
        try:
            check_archive(archive=archive)
        except HouseError as damage:
            yield str(damage)
    servers = papers.exclude(guild_id=None).values_list("guild_id", flat=True).distinct()
    for app, guild_id in product(apps_that_answer("find_archive_breaches"), servers):
        yield from app.find_archive_breaches(guild_id=guild_id)
