"""Django's door to the embedded PostgreSQL (`ENGINE: config.postgres`)."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import base, client

from config.postgres.engine import engine_in
from config.postgres.programs import packaged_programs


class DatabaseClient(client.DatabaseClient):
    """`manage.py dbshell` with the psql that came with the server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return psql's command line, by its full name."""
        arguments, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        return [str(packaged_programs() / "psql"), *arguments[1:]], env

    def runshell(self, parameters: Iterable[str]) -> None:
        """Open psql, with the server running as long as it is open."""
        self.connection.get_connection_params()
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL that is found or started in the moment when a connection is wanted."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Return where the server answers, once it does."""
        server = engine_in(self.settings_dict["FOLDER"]).open()
        # Django's own settings, because dbshell and the test runner read the address there.
        self.settings_dict.update(server.address)
        return super().get_connection_params()
