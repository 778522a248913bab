"""A second database on the same server, with a folder of its own, and `manage.py` on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from consilium.backup import Manifest

ROOT = Path(__file__).resolve().parents[2]


class Elsewhere:
    """`server` is the address of the server's maintenance database."""

    def __init__(self, host: str, port: int, user: str, name: str, state: Path) -> None:
        self._server = f"postgresql://{user}@/postgres?{urlencode({'host': host, 'port': port})}"
        self.url = f"postgresql://{user}@/{name}?{urlencode({'host': host, 'port': port})}"
        self.name, self.state = name, state

    def remove(self) -> None:
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name))
            )

    def make(self) -> None:
        self.remove()
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))

    def try_to(self, *words: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "DATABASE_URL": self.url,
            "CONSILIUM_STATE": str(self.state),
            "DEBUG": "true",
        }
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=environment | surroundings, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def manage(self, *words: str, **surroundings: str) -> str:
        done = self.try_to(*words, **surroundings)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, values).fetchall()

    def run(self, statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statements)


@contextmanager
def elsewhere(name: str, state: Path) -> Iterator[Elsewhere]:
    """On the embedded server that the tests use."""
    from django.conf import settings

    known = settings.DATABASES["default"]
    place = Elsewhere(known["HOST"], int(known["PORT"] or 5432), known["USER"], name, state)
    place.make()
    yield place
    place.remove()


def assert_one_act_more(second: Manifest, first: Manifest) -> None:
    """Nothing differs, but that the restore which came about is itself among the privileged acts."""
    ledger = "accounts_privilegedact"
    assert second.tables[ledger].rows - first.tables[ledger].rows == 1
    assert {**first.tables, ledger: None} == {**second.tables, ledger: None}
