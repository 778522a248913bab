"""Servers left on a data folder by a supervisor that was killed, and the files they leave."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import psutil

_GENTLE_SECONDS, _FORCED_SECONDS = 15.0, 5.0
_STEP_SECONDS = 0.05


def end_predecessor(data: Path) -> None:
    """End every server still working in `data`, then remove its pid file.

    The caller holds the lock of the state folder, so whoever works here is nobody's. After a restart of the
    machine or container the number in `postmaster.pid` may belong to any program, and PostgreSQL would take
    that for a living server; hence the file goes too.
    """
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    _ask_to_end(_servers_on(data), postmaster=_number_in(pid_file))
    if not _are_gone(data, _GENTLE_SECONDS):
        for server in _servers_on(data):
            with contextlib.suppress(psutil.NoSuchProcess):
                server.kill()
        _are_gone(data, _FORCED_SECONDS)
    pid_file.unlink(missing_ok=True)


def _ask_to_end(servers: list[psutil.Process], postmaster: int | None) -> None:
    """SIGINT is the postmaster's fast shutdown; SIGQUIT ends a backend that has lost its postmaster."""
    numbers = {server.pid for server in servers}
    for server in servers:
        with contextlib.suppress(psutil.NoSuchProcess):
            if server.ppid() not in numbers:
                server.send_signal(signal.SIGINT if server.pid == postmaster else signal.SIGQUIT)


def _are_gone(data: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _servers_on(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(_STEP_SECONDS)
    return True


def _servers_on(data: Path) -> list[psutil.Process]:
    """PostgreSQL processes work in their data folder. A dead one nobody has collected has no folder."""
    found = psutil.process_iter(["name", "cwd"])
    return [each for each in found if (each.info["name"], each.info["cwd"]) == ("postgres", str(data))]


def _number_in(pid_file: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(pid_file.read_text(encoding="utf-8").splitlines()[0])
    return None
