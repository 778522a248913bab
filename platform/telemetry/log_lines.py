"""How lines of the log are written: as JSON, one object a line, or to be read by a person.

Every line says what it belongs to (see `trail`). Only the fields listed here are written: what libraries
attach to a record besides, requests and headers among it, is not.
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import LogData
from pythonjsonlogger.msgspec import MsgspecFormatter

from telemetry import redaction, trail

MORE = ("method", "route", "status", "ms", "bytes", "person", "statement")  # given as `extra`
_PROCESS = os.getpid


def settings(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. `form`: json or text. Raises ImproperlyConfigured."""
    if form not in ("json", "text"):
        raise ImproperlyConfigured(f"LOG_FORMAT={form!r} is unknown; write json or text")
    # with handlers of their own they would write in a form of their own
    ours = {"handlers": [], "level": "INFO", "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "telemetry.log_lines.JsonLine"},
            "text": {"()": "telemetry.log_lines.ReadableLine"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": form},
            "faults": {"class": "telemetry.faults.FaultHandler", "level": "ERROR"},
        },
        "root": {"handlers": ["console", "faults"], "level": level.upper()},
        "loggers": {
            "django": ours,
            "django.server": ours,
            "django.request": {"level": "ERROR"},
            "uvicorn": ours,
            "uvicorn.error": ours,
            # visits writes these lines; were this logger heard by anybody, uvicorn's protocol would take each
            # request the long way, to have something to log
            "uvicorn.access": {"handlers": [], "propagate": False},
            "celery.beat": {"level": "WARNING"},  # the sweep is sent every few seconds
            "celery.worker.strategy": {"level": "WARNING"},  # one line a task is enough: that it ended
            "httpcore": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }


class JsonLine(MsgspecFormatter):
    """{"at": …, "level": …, "logger": …, "message": …, "process": …} and what it belongs to."""

    def add_fields(self, log_data: LogData, record: logging.LogRecord, message_dict: LogData) -> None:
        log_data.clear()
        log_data.update(
            at=datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            level=record.levelname,
            logger=record.name,
            message=redaction.clean(record.getMessage()),
            process=_PROCESS(),
            **belonging(record),
        )
        if fault := fault_of(record):
            log_data["fault"] = fault

    def format(self, record: logging.LogRecord) -> str:
        data: LogData = {}
        self.add_fields(data, record, {})
        return self.jsonify_log_record(data)


class ReadableLine(logging.Formatter):
    """`15:04:05 INFO evaluation.services: what happened  run=7 request=…`"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%H:%M:%S")
        message = redaction.clean(record.getMessage())
        told = " ".join(
            f"{name}={value}" for name, value in belonging(record).items() if name not in ("method", "route")
        )
        line = f"{at} {record.levelname} {record.name}: {message}" + (f"  {told}" if told else "")
        fault = fault_of(record)
        return f"{line}\n{fault}" if fault else line


def belonging(record: logging.LogRecord) -> dict[str, Any]:
    """What the record belongs to, and the figures it was given."""
    more = {name: getattr(record, name) for name in MORE if getattr(record, name, None) is not None}
    return {**trail.fields(), **more}


def fault_of(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return redaction.clean(redaction.told(error)) if error is not None else ""
