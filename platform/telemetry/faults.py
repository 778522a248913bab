"""The last errors of this process, until they are written to the ledger for the operator to see."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from telemetry import redaction, tallies, trail

MOST = 50  # of a process between two writes; a flood says the same again and again


@dataclass(frozen=True)
class Noted:
    """An error as it was logged: what may be told of it, and what it belongs to."""

    at: datetime
    logger: str
    message: str
    where: str  # route or job
    request: str
    run: str


_noted: deque[Noted] = deque(maxlen=MOST)


class FaultHandler(logging.Handler):
    """Keeps what is logged as an error."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("telemetry."):
            return  # the ledger that cannot be written must not write about that
        fields = trail.fields()
        message = redaction.clean(record.getMessage())
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            message = f"{message}: {type(error).__qualname__}: {redaction.cause(error)}"
        where = str(fields.get("route") or fields.get("job") or "")
        tallies.count("errors_logged", logger=record.name.partition(".")[0])
        _noted.append(
            Noted(
                timezone.now(), record.name, message, where,
                str(fields.get("request", "")), str(fields.get("run", "")),
            )
        )  # fmt: skip


def take() -> list[Noted]:
    taken = []
    while _noted:
        taken.append(_noted.popleft())
    return taken


def give_back(taken: list[Noted]) -> None:
    _noted.extendleft(reversed(taken))
