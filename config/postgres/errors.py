"""Why the embedded PostgreSQL cannot serve, in words for the person at the keyboard."""


class EngineError(Exception):
    """The embedded PostgreSQL cannot run; the message is one sentence that says what to do."""
