"""Runs a model server and ends it, with all it started, once its owner is gone. A program, run by path.

    python -I guard.py FOLDER COMMAND …

It tells the server's process id in its first line. The owner holds the other end of its standard input: the
server is ended when that closes, in whatever way the owner ended. Should the guard itself be killed, the
kernel ends the server, and the owner, which sees it, ends the rest of the server's process group.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time

PATIENCE_SECONDS = 10.0
_STEP_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # here: nothing may load between fork and exec


def main(folder: str, command: list[str]) -> int:
    """The server's own exit status, as a shell tells it."""
    owner = os.getppid()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_here)
    server = subprocess.Popen(  # noqa: S603 - what the owner asked for
        command, stdin=subprocess.DEVNULL, cwd=folder, process_group=0, preexec_fn=_with_death_signal
    )
    os.write(1, f"{server.pid}\n".encode())
    try:
        while server.poll() is None and _is_there(owner):
            pass
    finally:
        _end(server)
        shutil.rmtree(folder, ignore_errors=True)
    return server.returncode if server.returncode >= 0 else 128 - server.returncode


def _with_death_signal() -> None:
    """The server dies with the guard, which has one thread only: it is that whose end counts."""
    if _LIBC is not None:
        guard = os.getppid()
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != guard:
            os._exit(1)


def _is_there(owner: int) -> bool:
    """A process the owner forked may hold the input open after its death; hence the second look."""
    readable, _, _ = select.select([0], [], [], _STEP_SECONDS)
    return not (readable and not os.read(0, 4096)) and os.getppid() == owner


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        time.sleep(_STEP_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _end_here(*_: object) -> None:
    raise SystemExit(143)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
