"""One supervisor to a state folder, by a file lock that the kernel releases whatever way its holder ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_TRIES, _TRY_SECONDS = 5, 0.05  # `holder` takes the lock for a moment, which is no reason to refuse


class Holder(NamedTuple):
    """The process that holds a lock, and the role it gave."""

    pid: int
    role: str


class AlreadyRunningError(RuntimeError):
    """Somebody else holds the lock."""

    def __init__(self, path: Path, somebody: Holder) -> None:
        super().__init__(
            f"Consilium already runs on {path.parent} (process {somebody.pid}). Stop that one first: "
            f"kill {somebody.pid} (or give this one its own folder: CONSILIUM_STATE=/another/folder)"
        )


class FolderLock:
    """An exclusive lock naming its holder. The file stays: a lock on a removed file holds nothing."""

    def __init__(self, path: Path, role: str) -> None:
        self._path, self._role = path, role
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; raises AlreadyRunningError."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _locked(descriptor):
            os.close(descriptor)
            raise AlreadyRunningError(self._path, _written(self._path))
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()} {self._role}\n".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(descriptor: int) -> bool:
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_TRY_SECONDS)
        else:
            return True
    return False


def holder(path: Path) -> Holder | None:
    """Who holds the lock now, or None."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(path)
    return None


def _written(path: Path) -> Holder:
    pid, _, role = path.read_text(encoding="utf-8").strip().partition(" ")
    return Holder(int(pid or 0), role)
