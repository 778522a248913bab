"""Being seen: a process that serves says so from its first task to its end, also while it is idle."""

from __future__ import annotations

import logging
import threading

from django.conf import settings
from django.db import close_old_connections, connection

from evaluation.services import work
from workers import warm
from workers.abilities import abilities

logger = logging.getLogger(__name__)

_shown = threading.Event()


def show(worker: str, *, lasting: bool) -> None:
    """Say what this process can do and holds; with `lasting` go on saying so, from a thread.

    This renews no lease: a task that died in a process that lives on must not hold its chunk for ever.
    """
    _say(worker)
    if lasting and not _shown.is_set():
        _shown.set()
        threading.Thread(target=_go_on, args=(worker,), name="presence", daemon=True).start()


def _say(worker: str) -> None:
    work.present(worker, abilities(), warm.model(), warm.memory_used(), warm.tokens_a_second())


def _go_on(worker: str) -> None:
    while not threading.Event().wait(settings.LEASE_SECONDS / 4):
        try:
            close_old_connections()
            _say(worker)
        except Exception as error:  # the database is away: it is told again in a moment
            logger.warning("%s could not say that it is there: %s", worker, str(error).splitlines()[:1])
        finally:
            connection.close()
