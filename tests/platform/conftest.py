"""A state folder of its own for each test, and looking at processes from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from consilium.embedded import socket_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No servers named elsewhere; programs started here find the packages."""
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "CONSILIUM_STATE", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "platform")]), os.pathsep)


@pytest.fixture(scope="session")
def used_folder() -> Iterator[Path]:
    """A state folder that tests use one after another: making a database takes longer than starting it."""
    with open_folder() as folder:
        yield folder


@pytest.fixture
def used_state(used_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONSILIUM_STATE", str(used_folder))
    return used_folder


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder not yet made."""
    with open_folder() as folder:
        monkeypatch.setenv("CONSILIUM_STATE", str(folder))
        yield folder


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A folder name inside a folder that all may enter (pytest's own are closed to all but their owner)."""
    parent = Path(tempfile.mkdtemp(prefix="consilium-test-"))
    parent.chmod(0o711)
    yield parent / "state"
    shutil.rmtree(parent)
    shutil.rmtree(socket_folder(parent / "state"), ignore_errors=True)


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait for a condition, a minute at most: machines that run tests are busy."""

    def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "it did not come about within a minute"
            time.sleep(0.02)

    return wait


@pytest.fixture
def is_gone() -> Callable[[int], bool]:
    """Whether a process has ended; a dead one that nobody collected has ended too."""

    def gone(pid: int) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        return True

    return gone
