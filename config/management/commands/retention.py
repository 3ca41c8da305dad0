"""`manage.py retention`: let go of what is past its time, or say what that would be."""

from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandParser

from community.services.retention import look_ahead, work_off
from config.processes import obey_parent


class Command(BaseCommand):
    help = "Let go of what is past its time, slice by slice, or only say what that would be."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "Say what would leave, table by table; nothing is changed."
        parser.add_argument("--dry-run", action="store_true", help=told)
        parser.add_argument("--guild", type=int, metavar="ID", help="One server only.")

    def handle(self, *, dry_run: bool, guild: int | None, **_: object) -> None:
        obey_parent()
        lines = list(would_leave(guild)) if dry_run else list(has_left(guild))
        self.stdout.write("\n".join(lines or ["Nothing is past its time."]))


def would_leave(guild: int | None) -> Iterator[str]:
    """Say what a run would take, a line for each table."""
    for each in look_ahead(guild_id=guild):
        if each.count and each.oldest:
            count = f"{'about ' if each.due.is_estimate else ''}{each.count:,}"
            yield f"{count} {each.name.lower()}, the oldest of {each.oldest:%Y-%m-%d %H:%M}"


def has_left(guild: int | None) -> Iterator[str]:
    """Run once, and say what left."""
    for name, count in work_off(guild_id=guild).most_common():
        yield f"{count:,} {name} left."
