"""The processes that are Consilium itself: the web server and the workers."""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from consilium import environment as env
from consilium.supervisor import CannotStartError, Child, Launch

ROOT = Path(__file__).resolve().parents[2]
_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1"}  # threads that wait for each other cost small matrices dear
# glibc: two arenas for all threads, or what one has freed lies about while another asks the system for more
_TWO_ARENAS = {"MALLOC_ARENA_MAX": "2"}
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104


def web(host: str, port: int, allowed_hosts: Sequence[str]) -> Child:
    """The web server, ready when `/healthz` answers 200."""
    command = [
        *_python_module("uvicorn", "consilium.asgi:application"),
        *("--http", "consilium.kept_first:KeptFirst"),
        *("--host", host, "--port", str(port), "--no-access-log"),
        *("--timeout-graceful-shutdown", "3"),  # live streams never end by themselves
        *("--workers", str(web_processes()), "--timeout-worker-healthcheck", "30"),
    ]
    return Child(
        name="web",
        launch=lambda: Launch(command, env=environment() | _ONE_CORE | _TWO_ARENAS, folder=ROOT),
        ready=lambda: _is_healthy(reachable(host), port, allowed_hosts),
        stop_seconds=6.0,
    )


def web_processes() -> int:
    """Processes that answer requests: one a core, as Python computes on one core at a time, at most four."""
    return max(env.integer("WEB_PROCESSES", min(os.cpu_count() or 1, 4)), 1)


def worker(concurrency: int) -> Child:
    """The worker with the scheduler inside: scores and counts.

    What it is doing when stopped is done again: work is leased.
    """
    return _worker(
        "worker",
        *("--beat", "--concurrency", str(concurrency)),
        queues=["celery"],
    )


def model_worker() -> Child:
    """The worker that runs models on this machine, one at a time: a long run keeps no score waiting."""
    return _worker("models", "--concurrency", "1", queues=["cpu", "gpu"])


def endpoint_worker() -> Child:
    """The worker that asks models at endpoints and waits for them: no score and no sweep waits with it."""
    return _worker("endpoints", "--concurrency", "2", queues=["io"])


def _worker(name: str, *options: str, queues: Sequence[str]) -> Child:
    command = [
        *(["nice", "-n", "10"] if shutil.which("nice") else []),  # whoever waits for a page comes first
        *_python_module("celery", "-A", "consilium", "worker", "--loglevel", "INFO"),
        *("--hostname", f"{name}@%h", "--queues", ",".join(queues)),
        *("--without-gossip", "--without-mingle", *options),
    ]
    models = [queue for queue in queues if queue != "celery"]
    serves = {"WORKER_QUEUES": ",".join(models) or ","}  # a comma alone: none, where nothing would mean all
    return Child(
        name=name,
        launch=lambda: Launch(command, env=environment() | serves, folder=ROOT),
        young_seconds=15.0,  # loading everything may take a while, and failing to load is a failure to start
        stop_seconds=8.0,
    )


def manage(*arguments: str) -> Launch:
    """One `manage.py` command as a process of its own."""
    return Launch([sys.executable, str(ROOT / "manage.py"), *arguments], env=environment(), folder=ROOT)


def check_port(host: str, port: int) -> None:
    """Raise CannotStartError, saying what to do, when the web server could not listen there."""
    if not 1 <= port <= 65535:
        raise CannotStartError(f"{port} is not a port: choose one from 1 to 65535, say PORT=8000")
    try:
        address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(address[0], address[1]) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address[4])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            reason = (
                f"Port {port} is in use by another program. Choose another: PORT={other} python manage.py up"
            )
        else:
            reason = f"Cannot listen on {host} port {port}: {error.strerror}. Choose with --host and --port."
        raise CannotStartError(reason) from error


def reachable(host: str) -> str:
    """An address under which a server listening on `host` answers on this machine."""
    return "127.0.0.1" if host in _EVERYWHERE else host


def environment() -> dict[str, str]:
    """What the processes need to find the packages from a bare checkout."""
    paths = [str(ROOT), str(ROOT / "platform"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1"}


def _python_module(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def _is_healthy(host: str, port: int, allowed_hosts: Sequence[str]) -> bool:
    names = [name.lstrip(".") for name in allowed_hosts if name != "*"]
    known_as = host if host in names or not names else names[0]
    with closing(http.client.HTTPConnection(host, port, timeout=2)) as connection:
        try:
            connection.request("GET", "/healthz", headers={"Host": known_as})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
