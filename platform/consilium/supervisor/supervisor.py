"""Start children in order, restart those that die, and end all of them, whatever way it ends itself."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from consilium.supervisor.children import CannotStartError, Child, ChildProcess, Launch, trim
from consilium.supervisor.lock import FolderLock

LOCK, PROCESSES = "supervisor.lock", "processes.json"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STARTING_STEP, _WATCHING_STEP = 0.03, 0.2
_TRIM_EVERY_SECONDS = 60.0
_LONGEST_DELAY_SECONDS = 10.0


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived. Not an Exception: nothing that handles errors may swallow it."""


class Supervisor:
    """Runs children for as long as its `with` block lasts; holds the lock of the state folder meanwhile.

    A child that ends is started again after `delay` seconds, doubled each time it failed to start (ended
    young, by itself); after `most_failures` of those in a row CannotStartError is raised. One that somebody
    killed, or that was ready before (a full disk passes), is always started again.
    `state/processes.json` names the process of every child, and `state/logs/` holds what they write.
    """

    def __init__(
        self,
        state: Path,
        say: Callable[[str], None],
        *,
        role: str = "up",
        delay: float = 0.25,
        most_failures: int = 5,
    ) -> None:
        self._state, self._say = state, say
        self._delay, self._most_failures = delay, most_failures
        self._lock = FolderLock(state / LOCK, role)
        self._processes: list[ChildProcess] = []
        self._signals = 0
        self._former: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
        self._lifeline: subprocess.Popen[bytes] | None = None
        self._trim_at = 0.0

    def __enter__(self) -> Self:
        """Take the lock (raises AlreadyRunningError) and listen to signals."""
        make_state_folder(self._state)
        self._lock.__enter__()
        under_nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        for number in _SIGNALS:
            if not (under_nohup and number == signal.SIGHUP):
                self._former[number] = signal.signal(number, self._on_signal)
        self._write_processes()  # those of a supervisor that was killed are no longer true
        self._lifeline = _start_lifeline()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the children in reverse order. A second signal ends the rest at once."""
        seen = self._signals
        for process in reversed(self._processes):
            pid = process.pid
            process.stop(in_haste=lambda: self._signals > max(seen, 1))
            self._tell_lifeline(f"-{pid}")  # or it would end whoever gets that number next
        self._close_lifeline()
        (self._state / PROCESSES).unlink(missing_ok=True)
        for number, former in self._former.items():
            signal.signal(number, former)
        self._lock.__exit__(kind, error, trace)

    @staticmethod
    def processes(state: Path) -> dict[str, int]:
        """The process ids of the children of the supervisor of `state`, by name."""
        try:
            return dict(json.loads((state / PROCESSES).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def start(self, *children: Child) -> None:
        """Start `children` in order and return when all are ready. Raises CannotStartError, StopRequested."""
        started = [ChildProcess(child, self._state / "logs") for child in children]
        for process in started:
            self._processes.append(process)
            self._launch(process)
        self._tend(lambda: all(process.ready for process in started), _STARTING_STEP)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running until `until()`. Raises CannotStartError, StopRequested."""
        self._tend(until, _WATCHING_STEP)

    def run(self, launch: Launch) -> int:
        """Run one command beside the children, its output on ours, and give its exit code."""
        task = subprocess.Popen(  # noqa: S603
            list(launch.command),
            env={**os.environ, **launch.env},
            cwd=launch.folder,
            process_group=0,
            stdin=subprocess.DEVNULL,
        )
        self._tell_lifeline(f"+{task.pid} {signal.SIGTERM:d}")
        try:
            self._tend(lambda: task.poll() is not None, _STARTING_STEP)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(task.pid, signal.SIGTERM)
            task.wait()
            self._tell_lifeline(f"-{task.pid}")
        return task.returncode

    def stop_if_asked(self) -> None:
        """Raise StopRequested if a signal came since the last look."""
        if self._signals:
            raise StopRequested

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _tend(self, until: Callable[[], bool], step: float) -> None:
        self.stop_if_asked()
        self._look_after_all()
        while not until():
            time.sleep(step)
            self.stop_if_asked()
            self._look_after_all()

    def _look_after_all(self) -> None:
        for process in self._processes:
            self._look_after(process)
        if time.monotonic() > self._trim_at:
            self._trim_at = time.monotonic() + _TRIM_EVERY_SECONDS
            for process in self._processes:
                trim(process.log)

    def _look_after(self, process: ChildProcess) -> None:
        if process.process is None:
            if time.monotonic() >= process.restart_at:
                self._relaunch(process)
        elif process.is_dead():
            self._bury(process, process.how_it_ended(), failed=process.failed_to_start())
        elif not process.ready:
            self._look_whether_ready(process)

    def _look_whether_ready(self, process: ChildProcess) -> None:
        if process.child.ready is None:
            process.ready = True
        elif process.child.ready():
            if process.ever_ready:
                self._say(f"{process.child.name} is back")
            process.ready = process.ever_ready = True
        elif process.age_seconds > process.child.ready_seconds:
            how = f"was not ready after {process.child.ready_seconds:g} s"
            process.kill()
            if not process.ever_ready:
                raise CannotStartError(f"{process.child.name} {how}\n{process.last_lines()}")
            self._bury(process, how, failed=True)

    def _launch(self, process: ChildProcess) -> None:
        pid = process.start()
        self._tell_lifeline(f"+{pid} {process.child.stop_signal:d}")
        self._write_processes()

    def _relaunch(self, process: ChildProcess) -> None:
        try:
            self._launch(process)
        except CannotStartError as error:
            self._put_off(process, str(error), failed=True)

    def _bury(self, process: ChildProcess, how: str, *, failed: bool) -> None:
        pid = process.pid
        process.forget()
        self._tell_lifeline(f"-{pid}")
        self._write_processes()
        self._put_off(process, f"{process.child.name} {how}\n{process.last_lines()}", failed=failed)

    def _put_off(self, process: ChildProcess, why: str, *, failed: bool) -> None:
        process.failures = process.failures + 1 if failed else 0
        if process.failures >= self._most_failures and not process.ever_ready:
            raise CannotStartError(
                f"{why}\n{process.child.name} failed {process.failures} times in a row, so all stops. "
                f"What it wrote is in {process.log}"
            )
        delay = min(self._delay * 2 ** max(process.failures - 1, 0), _LONGEST_DELAY_SECONDS)
        process.restart_at = time.monotonic() + delay
        if process.failures > 1:  # its last lines were shown the first time, and are once more at the end
            why = why.splitlines()[0]
        self._say(f"{why}\nstarting {process.child.name} again in {delay:g} s")

    def _write_processes(self) -> None:
        running = {each.child.name: each.process.pid for each in self._processes if each.process}
        partial = self._state / f"{PROCESSES}.partial"
        partial.write_text(json.dumps(running), encoding="utf-8")
        partial.replace(self._state / PROCESSES)

    def _tell_lifeline(self, line: str) -> None:
        if self._lifeline is not None and self._lifeline.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it was killed: the kernel's death signal remains
                _write_line(self._lifeline.stdin, line)

    def _close_lifeline(self) -> None:
        if self._lifeline is not None and self._lifeline.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._lifeline.stdin.close()
            self._lifeline.wait()


def make_state_folder(state: Path) -> None:
    """Make the folder and its logs; raises CannotStartError where it cannot be written."""
    try:
        (state / "logs").mkdir(parents=True, exist_ok=True, mode=0o755)
        (state / "logs").chmod(0o700)
        (state / LOCK).touch()
    except OSError as error:
        raise CannotStartError(
            f"The state folder {state} cannot be written ({error.strerror}). Start as its owner, "
            "or choose another: CONSILIUM_STATE=/path/of/your/own"
        ) from error


def _start_lifeline() -> subprocess.Popen[bytes]:
    program = Path(__file__).with_name("lifeline.py")
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _write_line(stream: IO[bytes], line: str) -> None:
    stream.write(f"{line}\n".encode())
    stream.flush()
