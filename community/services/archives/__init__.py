"""Archive files: rows leave for them, are read there, come back, and are emptied of the erased."""

from community.services.archives.erasing import erase_in_archives, lines_about
from community.services.archives.files import (
    Chosen,
    Span,
    check_archive,
    manifest_path,
    read_archive,
    verify_archive,
    write_archive,
)
from community.services.archives.leaving import (
    archive_chosen,
    archive_history,
    drop_archive,
    let_out,
    oldest_span,
)
from community.services.archives.proving import find_archive_damage
from community.services.archives.returning import (
    as_row,
    came_back_lately,
    close_restored,
    hand_out_archive,
    model_of,
    put_back,
    restore_archive,
)
from community.services.archives.sweeping import sweep_strays

__all__ = [
    "Chosen",
    "Span",
    "archive_chosen",
    "archive_history",
    "as_row",
    "came_back_lately",
    "check_archive",
    "close_restored",
    "drop_archive",
    "erase_in_archives",
    "find_archive_damage",
    "hand_out_archive",
    "let_out",
    "lines_about",
    "manifest_path",
    "model_of",
    "oldest_span",
    "put_back",
    "read_archive",
    "restore_archive",
    "sweep_strays",
    "verify_archive",
    "write_archive",
]
