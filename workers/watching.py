"""An event for long work that is set within seconds of nobody wanting it any more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection

from telemetry import trail

logger = logging.getLogger(__name__)

WATCH_SECONDS = 1.0


@contextmanager
def while_wanted(is_wanted: Callable[[], bool], what: str) -> Iterator[threading.Event]:
    """Ask `is_wanted` every second from a thread, and set the event once it says no."""
    stop, over = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            try:
                close_old_connections()
                if not is_wanted():
                    stop.set()
                    return
            except Exception as error:  # the database is away: it is asked again in a second
                logger.warning("cannot see whether %s is wanted: %s", what, str(error).splitlines()[:1])
            finally:
                connection.close()

    thread = threading.Thread(target=trail.carried(watch), name="watch", daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        over.set()
        thread.join()
