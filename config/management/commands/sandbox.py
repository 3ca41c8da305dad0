"""`manage.py sandbox`: the pretend Discord alone."""

from argparse import Namespace
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sandbox.command import add_options, run_as_chosen


class Command(BaseCommand):
    help = "Run a pretend Discord on a port of this machine."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_options(parser)

    def handle(self, **chosen: Any) -> None:
        run_as_chosen(Namespace(**chosen))
