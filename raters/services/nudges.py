"""Telling the workers that there is something to do. A lost nudge costs seconds: the sweep finds the work."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAwayError

QUIET_SECONDS = 5.0  # between two nudges of one process: the first one's worker counts what came meanwhile

_lock = threading.Lock()
_last = 0.0


def count_ratings() -> None:
    """After commit, at most every five seconds: ratings came in that agreement has not counted."""
    transaction.on_commit(_count_once_in_a_while)


def publish_study() -> None:
    """After commit: a study waits to be published."""
    transaction.on_commit(lambda: _send("workers.publish_study"))


def take_items_in() -> None:
    """After commit: a file of items waits to be taken in."""
    transaction.on_commit(lambda: _send("workers.take_items_in"))


def _count_once_in_a_while() -> None:
    global _last
    with _lock:
        if time.monotonic() - _last < QUIET_SECONDS:
            return
        _last = time.monotonic()
    # a broker that does not answer must not keep a rater waiting
    threading.Thread(target=_send, args=["workers.count_ratings"], name="nudge", daemon=True).start()


def _send(task: str) -> None:
    with suppress(BrokerAwayError, OSError):
        current_app.send_task(task, retry=False)
