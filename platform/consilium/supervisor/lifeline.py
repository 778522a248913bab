"""Ends a supervisor's children when the supervisor itself was killed. A program of its own, run by path.

The supervisor tells each child on standard input: `+pid signal` when started, `-pid` when ended. The input
closes when the supervisor ends, in whatever way, and those still on the list are ended: the signal first, the
whole process group by SIGKILL after a while. Works on any Unix, and reaches grandchildren (a scheduler inside
a worker, a model server), which the kernel's parent-death signal does not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE_SECONDS = 5.0
_STEP_SECONDS = 0.05


def read_children(lines: Iterable[str]) -> dict[int, int]:
    """Process id to stop signal of the children that were started and not yet ended when the input closed."""
    children: dict[int, int] = {}
    for line in lines:
        words = line[1:].split()
        if line.startswith("+"):
            children[int(words[0])] = int(words[1])
        else:
            children.pop(int(words[0]), None)
    return children


def end(children: dict[int, int]) -> None:
    for pid, number in children.items():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(map(_is_alive, children)):
        time.sleep(_STEP_SECONDS)
    for pid in children:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):  # no /proc on macOS; there only the wait is longer
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()  # dead, though nobody collected it yet
    return True


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(read_children(sys.stdin))
