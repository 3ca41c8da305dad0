"""The runner: takes up what is due out there, carries it out, and has it written down."""

from community.runner.runner import Runner

__all__ = ["Runner"]
