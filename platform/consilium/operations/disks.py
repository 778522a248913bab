"""Room on the disks that the site writes to."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Disk:
    """`free` of `total` bytes where `what` is kept."""

    what: str
    free: int
    total: int

    @property
    def share_free(self) -> float:
        return self.free / self.total if self.total else 0.0


def disks() -> list[Disk]:
    """Of the state folder, and of the folder for bodies that arrive where that is another disk."""
    found: dict[int, Disk] = {}
    for what, folder in (
        ("state", Path(settings.STATE_DIR)),
        ("arriving files", Path(tempfile.gettempdir())),
    ):
        try:
            device, use = folder.stat().st_dev, shutil.disk_usage(folder)
        except OSError:
            continue
        found.setdefault(device, Disk(what, use.free, use.total))
    return list(found.values())
