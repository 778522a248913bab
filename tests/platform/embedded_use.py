"""A process that uses the servers, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psycopg

from consilium.embedded import (
    database_url,
)

Eventually = Callable[[Callable[[], object]], None]
Gone = Callable[[int], bool]


def run(state: Path, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_url(state), connect_timeout=5, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def numbers(state: Path) -> dict[str, int]:
    return dict(json.loads((state / "processes.json").read_text()))
