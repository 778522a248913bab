"""SHA-256 of what a model was loaded from, computed once for a file that has not changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

_known: dict[tuple[str, int, int, int], str] = {}  # path, inode, size, time of change → digest


def hashes(files: Mapping[str, Path], log: Callable[[str], None]) -> dict[str, str]:
    """File name → SHA-256 in hexadecimal; large files are named as they are read."""
    return {name: _digest(path, log) for name, path in sorted(files.items())}


def _digest(path: Path, log: Callable[[str], None]) -> str:
    state = path.stat()
    key = (str(path.resolve()), state.st_ino, state.st_size, state.st_mtime_ns)
    if key not in _known:
        if state.st_size > 2**30:
            log(f"Hashing {path.name}, {state.st_size / 2**30:.1f} GB")
        with path.open("rb") as file:
            _known[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _known[key]
