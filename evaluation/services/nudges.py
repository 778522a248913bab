"""Telling workers by name that there is work. A lost message costs seconds: the sweep finds the work."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAwayError

# The sweep sends another, so an old one is worth nothing; its taker's clock may be ahead a little.
WORTH_SECONDS = 60


def scoring_on_commit() -> None:
    transaction.on_commit(partial(_send, "workers.serve_queue", None))


def models_on_commit(queue: str) -> None:
    """Tell the workers that serve a queue of models (cpu, gpu, io)."""
    transaction.on_commit(partial(_send, "workers.serve_models", queue))


def scoring_now() -> None:
    _send("workers.serve_queue", None)


def artefacts_now() -> None:
    """Tell the workers that something of a scored run is to be kept."""
    _send("workers.keep_artefacts", None)


def models_now(queue: str) -> None:
    _send("workers.serve_models", queue)


def _send(task: str, queue: str | None) -> None:
    with suppress(BrokerAwayError, OSError):
        current_app.send_task(task, queue=queue, retry=False, expires=WORTH_SECONDS)
