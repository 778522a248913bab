"""`manage.py up` as a person starts it: one command, and everything runs, heals and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from consilium.embedded import database_url
from consilium.embedded.services import running

ROOT = Path(__file__).resolve().parents[2]
Eventually = Callable[[Callable[[], object]], None]
Gone = Callable[[int], bool]
Up = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def up() -> Iterator[Up]:
    """Run `manage.py up`; what still runs after the test is asked to end."""
    started: list[subprocess.Popen[str]] = []

    def run(*options: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "DEBUG": "true", **environment},  # no static files to compress
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.communicate()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def read_until_ready(process: subprocess.Popen[str], port: int) -> None:
    assert process.stdout is not None
    while (line := process.stdout.readline()) != f"Consilium is ready at http://127.0.0.1:{port}/\n":
        assert line, process.communicate()[1]


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def numbers(state: Path) -> dict[str, int]:
    return dict(json.loads((state / "processes.json").read_text()))


def test_one_command_starts_everything_heals_it_and_ends_it(
    used_state: Path, port: int, up: Up, eventually: Eventually, is_gone: Gone
) -> None:
    process = up("--port", str(port))
    read_until_ready(process, port)
    assert is_healthy(port)
    assert list(numbers(used_state)) == ["postgres", "redis", "web", "worker", "models", "endpoints"]
    with psycopg.connect(database_url(used_state)) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)

    killed = numbers(used_state)["web"]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: numbers(used_state).get("web", killed) != killed and is_healthy(port))

    with running():  # another command uses the same services, and leaves them running
        assert (used_state / "supervisor.lock").read_text() == f"{process.pid} up\n"
    assert is_healthy(port)

    second = up("--port", str(port))
    assert f"Consilium already runs on {used_state} (process {process.pid})" in second.communicate()[1]

    everything = list(numbers(used_state).values())
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    assert all(is_gone(pid) for pid in everything)


def test_a_port_in_use_is_named_with_another_to_take(state: Path, up: Up) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        complaint = up(PORT=str(taken)).communicate()[1]
    assert complaint.startswith(f"CommandError: Port {taken} is in use by another program.")
    assert f"PORT={taken + 1 if taken < 65535 else 8000} python manage.py up" in complaint
    assert not (state / "postgres").exists()


def test_a_number_that_is_no_port_is_refused(state: Path, up: Up) -> None:
    assert "99999 is not a port: choose one from 1 to 65535" in up(PORT="99999").communicate()[1]


def test_up_waits_for_another_command_that_uses_the_database(used_state: Path, port: int, up: Up) -> None:
    with running():
        process = up("--port", str(port), "--no-worker")
        assert process.stdout is not None
        assert process.stdout.readline() == "Waiting for another command to finish with the database\n"
    read_until_ready(process, port)
    assert list(numbers(used_state)) == ["postgres", "redis", "web"]
