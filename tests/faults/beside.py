"""More processes of a running site: a web server or a worker with surroundings of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx

from consilium import processes
from tests.faults.model_run import kill_group
from tests.running_site import wait_until


class Beside:
    """A process, and what it wrote so far."""

    def __init__(self, site: Any, name: str, command: list[str], surroundings: dict[str, str]) -> None:
        self._log = site.state / "logs" / f"{name}.log"
        environment = site._environment | processes.environment() | surroundings
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=processes.ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                process_group=0,
            )  # fmt: skip

    def wrote(self) -> str:
        return str(self._log.read_text(encoding="utf-8", errors="replace"))


@contextlib.contextmanager
def worker_beside(site: Any, name: str, queue: str, **surroundings: str) -> Iterator[Beside]:
    """One more worker on a queue, ready to take messages."""
    command = [
        sys.executable, "-m", "celery", "-A", "consilium", "worker", "--loglevel", "INFO",
        "--hostname", f"{name}@%h", "--queues", queue, "--concurrency", "1",
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    serves = {"WORKER_QUEUES": "," if queue == "celery" else queue}
    worker = Beside(site, name, command, {**serves, **surroundings})
    try:
        wait_until(lambda: f"{name}@" in worker.wrote() and " ready" in worker.wrote(), 120, worker.wrote)
        yield worker
    finally:
        kill_group(worker.process)


@contextlib.contextmanager
def web_beside(site: Any, name: str, **surroundings: str) -> Iterator[str]:
    """The address of one more web server, which answers programs as a deployment's does (no DEBUG)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "uvicorn", "consilium.asgi:application", "--host", "127.0.0.1",
        "--http", "consilium.kept_first:KeptFirst", "--port", str(port), "--no-access-log",
        "--timeout-graceful-shutdown", "1",
    ]  # fmt: skip
    web = Beside(site, name, command, {"DEBUG": "false", **surroundings})
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(address), 120, web.wrote)
        yield address
    finally:
        kill_group(web.process)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def stopped(site: Any, part: str) -> Iterator[None]:
    """A part that is there and does nothing: stopped, with all of its group, and let go on at the end."""
    os.killpg(os.getpgid(site.pid(part)), signal.SIGSTOP)
    try:
        yield
    finally:
        goes_on(site, part)


def goes_on(site: Any, part: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(os.getpgid(site.pid(part)), signal.SIGCONT)
