"""readyz tells the truth: with the database stopped, tables missing, or the broker gone, by real servers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil
import pytest
from django.db import connection
from django.test import Client

from consilium.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_a_site_that_has_all_it_needs_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"state": "ok", "database": "ok", "migrations": "ok", "broker": "ok"}


@pytest.mark.django_db
def test_a_missing_migration_is_named_with_the_remedy(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'evaluation' AND name LIKE '0001%%'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["state"] == "not ready"
    assert answer.json()["migrations"] == "1 missing, run manage.py migrate: evaluation.0001_initial"
    assert client.get("/healthz").status_code == 200, "the process itself is well: nobody should restart it"


@pytest.mark.django_db
def test_a_database_without_any_table_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "run manage.py migrate" in answer.json()["migrations"]


class Alone:
    """A web process alone, on the services of a keeper that the test may stop."""

    def __init__(self, state: Path) -> None:
        self.state = state
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ, "CONSILIUM_STATE": str(state), "DEBUG": "true", "WEB_PROCESSES": "1",
            "PORT": str(self.port),
        }  # fmt: skip
        self._log = (state / "up.log").open("wb")
        self.up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-worker"], cwd=ROOT, env=environment,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def told(self, path: str = "/readyz") -> tuple[int, Any]:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)
        except httpx.HTTPError:
            return 0, {}
        is_json = answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json() if is_json else answer.text

    def until(self, status: int, **wanted: str) -> Any:
        deadline = time.monotonic() + 300
        while True:
            found, told = self.told()
            if found == status and wanted.items() <= told.items():
                return told
            assert time.monotonic() < deadline, (found, told, (self.state / "up.log").read_text())
            time.sleep(0.3)

    def halt(self, name: str, number: signal.Signals) -> None:
        """A signal to a service and everything it started: stopped, it answers nobody."""
        top = psutil.Process(Supervisor.processes(self.state)[name])
        for each in [top, *top.children(recursive=True)]:
            each.send_signal(number)

    def stop(self) -> None:
        self.up.send_signal(signal.SIGTERM)
        self.up.wait(timeout=60)
        self._log.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    parent = Path(tempfile.mkdtemp(prefix="consilium-ready-"))
    parent.chmod(0o711)
    (parent / "state").mkdir()
    running = Alone(parent / "state")
    try:
        running.until(200, state="ok")
        yield running
    finally:
        running.stop()
        shutil.rmtree(parent)


def test_without_the_broker_the_site_answers_and_says_that_it_is_degraded(alone: Alone) -> None:
    alone.halt("redis", signal.SIGSTOP)
    try:
        told = alone.until(200, broker="away")
        assert told["state"] == "degraded"
        assert told["database"] == "ok"
    finally:
        alone.halt("redis", signal.SIGCONT)
    alone.until(200, state="ok")


def test_with_the_database_killed_it_is_not_ready_until_it_is_back(alone: Alone) -> None:
    alone.halt("postgres", signal.SIGKILL)
    told = alone.until(503, database="away")
    assert told["state"] == "not ready"
    assert told["migrations"] == "unknown"
    assert alone.told("/healthz") == (200, "ok")
    alone.until(200, state="ok")  # it is started again, and nobody has to help


def test_metrics_tell_of_a_database_that_is_away(alone: Alone) -> None:
    where = urlencode({"host": "/nowhere"})
    environment = {
        **os.environ, "DATABASE_URL": f"postgresql://nobody@/nothing?{where}", "DEBUG": "true",
        "CONSILIUM_STATE": str(alone.state), "DJANGO_SETTINGS_MODULE": "consilium.settings",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
    }  # fmt: skip
    code = (
        "import django; django.setup(); from django.test import Client; c = Client();"
        "a = c.get('/metrics', HTTP_HOST='localhost'); print(a.status_code, a.content.decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("200"), done.stderr
    assert "consilium_database_up 0.0" in done.stdout
