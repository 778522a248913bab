"""The whole site as `manage.py up` starts it, in a state folder of its own, for as long as it is measured."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))


def use_own_state() -> None:
    """Before Django is set up: everything of this process and of the site lies in a new folder."""
    sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
    os.environ.pop("DEBUG", None)
    os.environ.update(
        CONSILIUM_STATE=str(STATE), DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR"
    )


@dataclass(frozen=True)
class Site:
    port: int

    def web(self) -> list[psutil.Process]:
        """The processes that answer: where there are several, those under the one that was started."""
        started, *own = self.family("web")
        return own or [started]

    def family(self, name: str) -> list[psutil.Process]:
        """What was started under a name (web, worker, models, endpoints), and then what it started itself."""
        pids = json.loads((STATE / "processes.json").read_text(encoding="utf-8"))
        started = psutil.Process(pids[name])
        under = started.children(recursive=True)
        return [started, *(each for each in under if "resource_tracker" not in " ".join(each.cmdline()))]


@contextlib.contextmanager
def own_state() -> Iterator[Path]:
    """The state folder, for several sites one after the other; nothing of it is left afterwards."""
    try:
        yield STATE
    finally:
        shutil.rmtree(STATE, ignore_errors=True)


@contextlib.contextmanager
def running_site(web_processes: int) -> Iterator[Site]:
    """The site without workers, and its state only as long. Django is set up in this process."""
    with own_state(), started_site("--no-worker", WEB_PROCESSES=str(web_processes)) as site:
        yield site


@contextlib.contextmanager
def started_site(*options: str, **environment: str) -> Iterator[Site]:
    """Yields when it is ready, with Django set up in this process."""
    import django
    from django.db import connections

    raise_file_limit()
    site = Site(free_port())
    surroundings = {**os.environ, "PORT": str(site.port), "PYTHONUNBUFFERED": "1", **environment}
    command = [sys.executable, str(ROOT / "manage.py"), "up", *options]
    up = subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{site.port}/readyz", up)
        django.setup()
        yield site
    finally:
        connections.close_all()  # the database ends with the site
        up.send_signal(signal.SIGINT)
        up.wait(60)


def raise_file_limit() -> int:
    """Files this process and its children may have open: a stream is one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes] | None = None) -> None:
    for _ in range(3000):
        if server is not None and server.poll() is not None:
            raise SystemExit(f"the site ended with code {server.returncode} before it answered")
        try:
            with urllib.request.urlopen(address) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"{address} did not answer")
