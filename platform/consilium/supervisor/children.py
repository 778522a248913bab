"""One child of the supervisor: how it is started, known to be ready, heard and ended."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LOG_BYTES = 10 * 1024 * 1024
_TAIL_LINES = 15
_STEP_SECONDS = 0.05
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None  # here: nothing may load between fork and exec


class CannotStartError(RuntimeError):
    """A child cannot run here; the text says why and what to do."""


@dataclass(frozen=True)
class Launch:
    """A command line with what it runs in; `user` (user and group id) is given only to become another."""

    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    user: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Child:
    """What the supervisor knows of a process.

    `launch` is called before every start and may prepare (and raise CannotStartError). `ready` is asked again
    and again until it is true, and must answer quickly; without it the child counts as ready once started.
    Ending by itself before it was ready, or within `young_seconds`, is a failure to start.
    """

    name: str
    launch: Callable[[], Launch]
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    young_seconds: float = 3.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class ChildProcess:
    """A child and its present process, if it has one."""

    def __init__(self, child: Child, logs: Path) -> None:
        self.child = child
        self.log = logs / f"{child.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = self.ever_ready = False
        self.failures = 0
        self.restart_at = 0.0
        self._started = 0.0
        self._heard_from = 0

    def start(self) -> int:
        """Start it and give its process id; raises CannotStartError."""
        launch = self.child.launch()
        self.ready = False
        with self.log.open("ab") as log:
            trim(self.log)
            log.write(
                time.strftime(
                    f"--- %Y-%m-%d %H:%M:%S UTC {self.child.name} starts ---\n", time.gmtime()
                ).encode()
            )
            log.flush()
            self._heard_from = self.log.stat().st_size
            try:
                self.process = _spawn(launch, log.fileno(), self.child.stop_signal)
            except OSError as error:
                raise CannotStartError(f"{self.child.name} cannot be started: {error}") from error
        self._started = time.monotonic()
        return self.process.pid

    @property
    def pid(self) -> int:
        """Its process id, 0 while it has no process."""
        return self.process.pid if self.process else 0

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self._started

    def is_dead(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def failed_to_start(self) -> bool:
        """Whether it ended young, and by itself: one that somebody killed is no failure."""
        young = not self.ready or self.age_seconds < self.child.young_seconds
        return young and self.process is not None and self.process.returncode != -signal.SIGKILL

    def how_it_ended(self) -> str:
        code = self.process.returncode if self.process else 0
        return f"ended with code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"

    def last_lines(self) -> str:
        """The last lines of its log since it was started, each with its name before it."""
        with self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(min(self._heard_from, size), size - 64 * 1024))
            lines = log.read().decode("utf-8", "replace").splitlines()
        return "\n".join(f"  {self.child.name} | {line}" for line in lines[-_TAIL_LINES:])

    def forget(self) -> None:
        """After its death: end what it left of its process group (a worker leaves its scheduler behind)."""
        self.kill()
        self.process = None
        self.ready = False

    def stop(self, in_haste: Callable[[], bool]) -> None:
        """Ask it to end, wait, then end its whole group by force. `in_haste` cuts the waiting short."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.child.stop_signal)
        deadline = time.monotonic() + self.child.stop_seconds
        while self.process.poll() is None and time.monotonic() < deadline and not in_haste():
            time.sleep(_STEP_SECONDS)
        self.forget()

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def trim(log: Path) -> None:
    """Move a log that grew long to `<name>.log.1`; its writer appends, and so goes on at the new start."""
    if log.stat().st_size > _LOG_BYTES:
        log.with_suffix(".log.1").write_bytes(log.read_bytes())
        os.truncate(log, 0)


def _spawn(launch: Launch, output: int, death_signal: signal.Signals) -> subprocess.Popen[bytes]:
    """Start in a process group of its own, so that Ctrl-C reaches it only through the supervisor."""
    user, group = launch.user or (None, None)
    return subprocess.Popen(  # noqa: S603
        list(launch.command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=launch.folder,
        env={**os.environ, **launch.env},
        user=user,
        group=group,
        extra_groups=None if launch.user is None else [],
        process_group=0,
        preexec_fn=_ask_for_death_signal(death_signal),
    )


def _ask_for_death_signal(death_signal: signal.Signals) -> Callable[[], None] | None:
    """On Linux, have the kernel signal the child when its parent thread ends, however it ends.

    The kernel forgets the wish when a process changes its user. `subprocess` calls this after it has become
    `user`, and the programs started are not set-user-id, so the wish lasts. A parent that ended before the
    wish was made is noticed by asking who the parent is. Elsewhere only the lifeline does this work.
    """
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask
