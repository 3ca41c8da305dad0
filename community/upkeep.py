"""How the database keeps busy tables in order: said beside each model, set after migrating."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Upkeep:
    """PostgreSQL's storage parameters of a table, where its own are not the best, and why."""

    why: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def clause(self) -> str:
        """The parameters as a statement names them."""
        return ", ".join(f"{name} = {value}" for name, value in self.settings.items())


def counted(why: str) -> Upkeep:
    """Rows that are raised again and again where they lie: each page has room for a new version."""
    early = {"autovacuum_vacuum_scale_factor": "0.05", "autovacuum_analyze_scale_factor": "0.05"}
    return Upkeep(why, {"fillfactor": "75", **early})


def taken_up(why: str) -> Upkeep:
    """Rows that are found by when they are due: each that is done leaves a dead entry behind there.

    Everybody steps over those until they are cleaned away, so it is done early.
    """
    early = {"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.05"}
    return Upkeep(why, early)


def appended(why: str) -> Upkeep:
    """Rows that are only added: what is known of the newest follows a twentieth of growth."""
    early = {
        "autovacuum_vacuum_insert_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.05",
    }
    return Upkeep(why, early)
