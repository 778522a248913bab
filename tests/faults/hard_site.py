"""A site of its own whose clock can be set and whose disk can be filled."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running_site import Site

SOURCE = Path(__file__).with_name("moved_clock.c")
DISK = "700m"
PERSON = """
import secrets
from accounts import services
services.ensure_person("submitter", secrets.token_hex(), ["submitter"])
"""


class Clock:
    """The time of day of whoever is started with `surroundings`, moved by so many seconds."""

    def __init__(self, folder: Path, name: str) -> None:
        self._library = _built(folder)
        self._file = folder / name
        self._file.write_bytes((0).to_bytes(8, "little", signed=True))
        self._file.chmod(0o644)

    @property
    def surroundings(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "MOVED_CLOCK": str(self._file)}

    def move(self, seconds: int) -> None:
        """From the real time; at once, for every process."""
        with self._file.open("r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))


class CannotMountError(Exception):
    """A small disk cannot be had here, and why."""


class Disk:
    """A small file system; `full` leaves nothing of it. CannotMountError where mounting is refused."""

    def __init__(self, place: Path, size: str = DISK) -> None:
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(place)]
        mounted = subprocess.run(command, capture_output=True, text=True)
        if mounted.returncode:
            raise CannotMountError(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        filler = self.place / "filler"
        try:
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"\0" * 65536)
            yield
        finally:
            filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", str(self.place)], check=False)


@contextlib.contextmanager
def small_disk(size: str) -> Iterator[Disk]:
    """In no folder that others clear away while it is mounted."""
    parent = Path(tempfile.mkdtemp(prefix="consilium-disk-"))
    try:
        disk = Disk(parent, size)
        try:
            yield disk
        finally:
            disk.unmount()
    finally:
        parent.rmdir()


class HardSite(Site):
    """The site, with its own clock where a C compiler is there to make one, on a small disk."""

    clock: Clock | None
    disk: Disk | None


@contextlib.contextmanager
def hard_site() -> Iterator[Any]:
    parent = Path(tempfile.mkdtemp(prefix="consilium-hard-"))
    parent.chmod(0o711)
    disk = None
    with contextlib.suppress(CannotMountError, FileNotFoundError):
        disk = Disk(parent / "disk")
    clock = Clock(parent, "clock") if shutil.which("cc") else None
    state = (disk.place if disk else parent) / "state"
    state.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        with pytest.MonkeyPatch.context() as only_while_it_starts:
            for name, value in (clock.surroundings if clock else {}).items():
                only_while_it_starts.setenv(name, value)
            site = HardSite(state, port, demo=False)
        site.clock, site.disk = clock, disk
        site.manage("shell", "-v0", "-c", PERSON)
        site.manage("load_benchmark", "sample")
        yield site
        if clock:
            clock.move(0)
        site.stop()
    finally:
        if disk:
            disk.unmount()
        shutil.rmtree(parent, ignore_errors=True)


def _built(folder: Path) -> Path:
    library = folder / "moved_clock.so"
    if not library.exists():
        command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True, env=os.environ | {"LC_ALL": "C"})
        library.chmod(0o755)
    return library
