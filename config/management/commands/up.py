"""`manage.py up`: the whole house with one command."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import household
from config.processes import Household


class Command(BaseCommand):
    help = "Prepare the house, then run web, clock and bot until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        port = settings.PUBLIC_URL.port or 8000
        parser.add_argument("--host", default="127.0.0.1", help="Where to listen.")
        parser.add_argument("--port", type=int, default=port, help=f"Usually {port}.")
        parser.add_argument(
            "--no-demo", action="store_true", help="Pretend nothing: no demo, no Discord to try."
        )
        parser.add_argument("--check", action="store_true", help="Start, ask all parts, stop.")

    def handle(self, *, host: str, port: int, no_demo: bool, check: bool, **_: Any) -> None:
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, signal.default_int_handler)
        address = household.Address(host, port)
        address.refuse_if_taken()
        people = self._open(address, pretend=not no_demo)
        try:
            people.start()
            if check:
                self._report(household.wait_until_well(people, address))
            else:
                people.watch()
        except KeyboardInterrupt:
            self.stdout.write("Closing ...")
        finally:
            # A second Ctrl-C must not leave anybody behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            people.stop(household.GRACE)

    def _open(self, address: household.Address, *, pretend: bool) -> Household:
        self.stdout.write("Opening Guildhall ...")
        password = household.prepare(with_demo=pretend and not settings.DISCORD_TOKEN)
        self.check(databases=["default"])
        discord = household.find_discord() if pretend else None
        self.stdout.write(household.welcome(address, password, discord))
        return household.household_at(address, discord)

    def _report(self, healths: list[household.Health]) -> None:
        for health in healths:
            self.stdout.write(str(health))
        if ill := [health.part for health in healths if not health.is_well]:
            raise CommandError(f"Not well after a minute: {', '.join(ill)}.")
