"""Archive files that no paper names: left by a run that broke off, or written after a backup."""

import time
from datetime import timedelta
from pathlib import Path

from community.models import Archive
from community.services.archives.files import MANIFEST

# Older than every backup: one that is put back may know a file that today's papers do not.
STRAY_FOR = timedelta(days=31)


def sweep_strays(*, folder: Path) -> int:
    """Remove the files, with their manifests, that no paper has named for a month."""
    named = set(Archive.objects.standing().values_list("path", flat=True))
    old = time.time() - STRAY_FOR.total_seconds()
    strays = [
        path
        for path in folder.glob("*.jsonl.gz")
        if str(path) not in named and path.stat().st_mtime < old
    ]
    for path in strays:
        path.unlink(missing_ok=True)
        path.with_suffix(MANIFEST).unlink(missing_ok=True)
    return len(strays)
