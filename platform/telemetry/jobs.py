"""Celery: a message carries the id of the request that sent it, and a worker's lines carry it too.

The message says only that there is work; which upload the work is of, the ledger says. So lines carry both:
`nudge`, the request whose message woke the worker, and, once a chunk is claimed, `run` and the `request` of
the upload it belongs to.
"""

from __future__ import annotations

import os
from typing import Any

from celery import signals

from telemetry import tallies, trail
from telemetry.ledger import Ledger

HEADER = "consilium_request"

_ledgers: list[Ledger] = []


def connect() -> None:
    """For the process that makes the Celery application."""
    signals.setup_logging.connect(_leave_logging_alone, weak=False)
    signals.before_task_publish.connect(_send_id, weak=False)
    signals.task_prerun.connect(_begin, weak=False)
    signals.task_postrun.connect(_end, weak=False)
    signals.worker_process_init.connect(_start_ledger, weak=False)
    signals.worker_process_shutdown.connect(_stop_ledger, weak=False)


def _leave_logging_alone(**_: Any) -> None:
    """Django has set it up; a receiver keeps Celery from setting up its own."""


def _send_id(headers: dict[str, Any] | None = None, **_: Any) -> None:
    if headers is not None and (request := trail.request_id()):
        headers[HEADER] = request


def _begin(task_id: str = "", task: Any = None, **_: Any) -> None:
    if task is None or not _is_of_a_worker(task):
        return  # called as a function: what is being done is the caller's
    trail.begin(
        job=task.name, task=task_id, worker=f"{task.request.hostname}/{os.getpid()}",
        nudge=getattr(task.request, HEADER, None),
    )  # fmt: skip


def _end(task: Any = None, state: str | None = None, **_: Any) -> None:
    if task is None or not _is_of_a_worker(task):
        return
    tallies.count("jobs", job=task.name, state=(state or "unknown").lower())
    trail.begin()


def _is_of_a_worker(task: Any) -> bool:
    return bool(getattr(task.request, "hostname", None)) and not task.request.called_directly


def _start_ledger(**_: Any) -> None:
    ledger = Ledger("worker")
    _ledgers.append(ledger)
    ledger.start()


def _stop_ledger(**_: Any) -> None:
    while _ledgers:
        _ledgers.pop().stop()
