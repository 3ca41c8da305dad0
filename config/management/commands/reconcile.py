"""`manage.py reconcile`: what differs since a backup was put back, and the word it waits for."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.errors import HouseError
from community.services.restorations import Comparison, approve_restoration, compare


class Command(BaseCommand):
    help = "Show how Discord differs from the backup that was put back; let the house go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--approve", action="store_true", help="Let the house go on.")
        told = "Carry out what the backup says, in the place of taking over what Discord shows."
        parser.add_argument("--as-in-backup", action="store_true", help=told)

    def handle(self, *, approve: bool, as_in_backup: bool, **_: object) -> None:
        try:
            self.stdout.write("\n".join(in_words(compare())))
            if approve:
                differed = approve_restoration(by=None, as_in_backup=as_in_backup)
                follows = "the backup" if as_in_backup else "Discord"
                self.stdout.write(f"Approved: in {differed} matters {follows} is followed.")
        except HouseError as trouble:
            raise CommandError(str(trouble)) from None


def in_words(comparison: Comparison) -> list[str]:
    """Say what differs, a line each, after how much is alike."""
    restored = comparison.restoration
    head = (
        f"{restored.backup} was put back; it shows {restored.shows_at:%Y-%m-%d %H:%M:%S} UTC. "
        f"{comparison.alike} orders stand as it says, {len(comparison.differences)} differ, "
        f"{comparison.unseen} were not looked at yet."
    )
    lines = [
        f"{each.server}: {each.label} of {each.person}: {each.words}"
        for each in comparison.differences
    ]
    unread = [f"Discord's log of {name} is still to be read." for name in comparison.unread]
    return [head, *comparison.missing, *comparison.unknown, *unread, *comparison.gifts, *lines]
