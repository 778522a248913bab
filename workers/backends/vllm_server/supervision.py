"""A vLLM server under supervision: started, watched while it loads, heard, and ended with all it started."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from workers.backends.protocol import Log, ServingError
from workers.backends.vllm_server import causes as vllm_causes
from workers.backends.vllm_server import guard as server_guard
from workers.backends.vllm_server import stages as vllm_stages
from workers.backends.vllm_server.launch import Launch

LINES_KEPT = 400
STEP_SECONDS = 0.2
STOP_SECONDS = server_guard.PATIENCE_SECONDS + 5
_LINE_END = re.compile(rb"[\r\n]+")  # progress bars end their lines with \r
_MOST_LINE = 4000


class VllmServer:
    """One server, from its start to its end; it is not started again."""

    def __init__(self, launch: Launch) -> None:
        self.port, self.key = _free_port(), secrets.token_urlsafe(32)
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._stages: deque[str] = deque(maxlen=LINES_KEPT)
        self._told = ""
        self._killed_before = _killed_for_memory()
        self._pid = 0
        self._has_pid = threading.Event()
        self._folder = tempfile.mkdtemp(prefix="consilium-vllm-")
        guard = [sys.executable, "-I", str(Path(server_guard.__file__)), self._folder]
        self._guard = subprocess.Popen(  # noqa: S603 - our own program, and the interpreter an administrator named
            [*guard, *launch.command, "--port", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**launch.environment, "VLLM_API_KEY": self.key, "TMPDIR": self._folder},
            start_new_session=True,  # Ctrl-C reaches it through us only
        )
        self._reader = threading.Thread(target=self._read, name="vllm log", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id of the server itself, which is also its process group."""
        self._has_pid.wait(10)
        return self._pid

    def wait_until_ready(self, seconds: float, stop: threading.Event, log: Log) -> None:
        """Return when it answers; ServingError, with the cause, when it does not or is not wanted."""
        deadline = time.monotonic() + seconds
        while not self.is_healthy():
            self._tell(log)
            if not self.is_alive():
                raise self.failure("start_failed", "The vLLM server did not start.")
            if time.monotonic() > deadline:
                self.stop()
                raise self.failure("start_failed", f"The vLLM server was not ready after {seconds:g} s.")
            if stop.wait(STEP_SECONDS):
                raise ServingError("stopped", "The model was not wanted any more while it was loading.")
        self._tell(log)
        log("The vLLM server is ready")

    def is_alive(self) -> bool:
        return self._guard.poll() is None

    def is_healthy(self) -> bool:
        """Whether it answers now, within seconds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def failure(self, otherwise: str, how: str) -> ServingError:
        """Why it ended, as far as it said; `otherwise` is the code where the cause is not known."""
        if not self.is_alive():
            self._end_the_rest()
            self._reader.join(5)  # its last words
        if _killed_for_memory() > self._killed_before:
            return ServingError(
                "out_of_memory",
                "The machine ran out of memory and the system ended the model server. Choose dtype bfloat16, "
                "a smaller `window` or model, or a worker with more memory.",
            )
        return vllm_causes.cause([line.replace(self.key, "[key]") for line in self._lines], otherwise, how)

    def stop(self) -> None:
        """End it and everything it started; returns when nothing of it is left."""
        if self._guard.stdin is not None:
            with contextlib.suppress(OSError):
                self._guard.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._guard.wait(STOP_SECONDS)
        self._end_the_rest()
        self._reader.join(5)

    def _end_the_rest(self) -> None:
        """By force: what a guard that was itself killed, or hangs, has left."""
        if self._guard.poll() is None:
            self._guard.kill()
        if self._pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
        self._guard.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> None:
        """Keep its last lines and tell how far it is, until all that write there have ended."""
        assert self._guard.stdout is not None
        rest = b""
        with self._guard.stdout as output:
            while part := os.read(output.fileno(), 65536):
                *lines, rest = _LINE_END.split(rest + part)
                rest = rest[-_MOST_LINE:]
                for line in lines:
                    self._hear(line[:_MOST_LINE].decode("utf-8", "replace"))
        self._has_pid.set()

    def _hear(self, line: str) -> None:
        if not self._pid and line.isdecimal():
            self._pid = int(line)
            self._has_pid.set()
            return
        self._lines.append(line)
        if stage := vllm_stages.stage(line):
            self._stages.append(stage)

    def _tell(self, log: Log) -> None:
        """How far it is, to whoever waits and in their thread: it may be that they raise."""
        while self._stages:
            stage = self._stages.popleft()
            if stage != self._told:
                self._told = stage
                log(stage)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _killed_for_memory() -> int:
    """Processes that this system, or this container, has ended so far because memory was out."""
    for path, name in (
        (Path("/sys/fs/cgroup/memory.events"), "oom_kill"),
        (Path("/proc/vmstat"), "oom_kill"),
    ):
        with contextlib.suppress(OSError, ValueError, StopIteration):
            lines = path.read_text(encoding="ascii").splitlines()
            return next(int(line.split()[1]) for line in lines if line.split()[0] == name)
    return 0
