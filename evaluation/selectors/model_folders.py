"""The models that lie where operators keep them for everybody, as far as this machine sees them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

MOST_SHOWN = 100
DEPTH = 3  # folder/model, or folder/organisation/model


def models_at_hand() -> list[Path]:
    """Folders with a config.json under MODEL_FOLDERS, by name; workers elsewhere may have others."""
    found = (path for folder in settings.MODEL_FOLDERS for path in _models(Path(folder), DEPTH))
    return sorted(path for path, _ in zip(found, range(MOST_SHOWN), strict=False))


def _models(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:  # not there yet, or not to be read: nothing lies in it for us
        return
    if any(entry.name == "config.json" for entry in entries):
        yield folder
    elif depth:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _models(Path(entry.path), depth - 1)
