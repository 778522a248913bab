"""The whole of Consilium in processes of its own, as people start it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]


class Site:
    """The whole of Consilium as `manage.py up --demo` starts it, in a state folder of its own."""

    def __init__(self, state: Path, port: int, root: Path = ROOT, *, demo: bool = True) -> None:
        self.state, self.port, self.root = state, port, root
        self.address = f"http://127.0.0.1:{port}"
        self._environment = os.environ | {
            "CONSILIUM_STATE": str(state),
            "DEBUG": "true",
            "PORT": str(port),
            "LEASE_SECONDS": "4",
            "SWEEP_SECONDS": "1",
            "CHUNK_ITEMS": "25",
            "SUBMISSIONS_PER_DAY": "1000",
            "ENDPOINT_ALLOWED_HOSTS": "127.0.0.1",  # endpoints of the tests
        }
        self._log = (state / "up.log").open("wb")
        self._up = subprocess.Popen(
            [sys.executable, "manage.py", "up", *(["--demo"] if demo else [])],
            cwd=root, env=self._environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        try:
            wait_until(self._is_ready, 600, lambda: self._said())
        except BaseException:
            self.stop()  # nobody else knows of it yet
            raise

    def _said(self) -> str:
        return (self.state / "up.log").read_text(encoding="utf-8")

    def _is_ready(self) -> bool:
        assert self._up.poll() is None, self._said()
        return f"Consilium is ready at {self.address}/" in self._said()

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=self.root, env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, person: str = "submitter") -> httpx.Client:
        token = self.manage("create_token", person)
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Token {token}"}, timeout=60)

    def pid(self, name: str) -> int:
        return int(json.loads((self.state / "processes.json").read_text(encoding="utf-8"))[name])

    def kill(self, name: str) -> None:
        """SIGKILL to a process and everything it started."""
        os.killpg(os.getpgid(self.pid(name)), signal.SIGKILL)

    def stop(self) -> None:
        self._up.send_signal(signal.SIGTERM)
        self._up.wait(timeout=60)
        self._log.close()


def wait_until(holds: Callable[[], bool], seconds: float, said: Callable[[], str] = str) -> None:
    """Wait for something that must come about; what was said until then is shown when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {said()}"
        time.sleep(0.1)
