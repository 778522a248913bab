"""The same things at the same moment, each from a database connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

PATIENCE = 60.0  # seconds


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each action gave, or the exception it raised."""
    start, results = threading.Barrier(len(actions)), [None] * len(actions)

    def run(place: int, action: Callable[[], Any]) -> None:
        start.wait()
        results[place] = _outcome(action)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "some wait for each other"
    return results


def while_it_waits(
    first: Callable[[], Any],
    second: Callable[[], Any],
    eventually: Callable[..., None],
    then: Callable[[], Any] = bool,
) -> Any:
    """Do `first` in a transaction, and once `second`, of another connection, waits for it, `then`; commit.
    What `second` gave, or the exception it raised, whether it waited or not."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(_outcome(second)))
    with transaction.atomic():
        first()
        thread.start()
        eventually(lambda: not thread.is_alive() or someone_waits(), 20)
        then()
    thread.join(timeout=PATIENCE)
    return results[0]


def someone_waits() -> bool:
    """Whether any connection but this one waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        row = cursor.fetchone()
    return bool(row and row[0])


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:
        return error
    finally:
        connection.close()
