"""Every ten seconds a process writes what it counted and noted, and that it is alive, into the database.

So one scrape, and one page, tell of all processes on all machines, and counts outlive a restart. What cannot
be written waits in memory; a process that is killed takes ten seconds of counts with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import psutil
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone

from telemetry import faults, slow_queries, tallies
from telemetry.models import Fault, Mark, Process, Reading, SlowQuery

logger = logging.getLogger(__name__)

WRITE_SECONDS = 10.0
ALIVE = timedelta(seconds=4 * WRITE_SECONDS)  # a process silent for so long is not taken for alive
MOST_FAULTS, MOST_SHAPES = 200, 200
READINGS_KEPT = timedelta(hours=24)
FORGET_AFTER = timedelta(hours=6)  # a process that ended without saying so
_TIDY_EVERY = 60  # writes

Gauges = Callable[[], Mapping[str, float]]

_ADD = """
INSERT INTO telemetry_tally (name, labels, value)
SELECT * FROM unnest(%s::text[], %s::text[], %s::float8[])
ON CONFLICT (name, labels) DO UPDATE SET value = telemetry_tally.value + excluded.value
"""
_ADD_TO_MINUTE = """
INSERT INTO telemetry_reading (minute, name, value) VALUES (%s, %s, %s)
ON CONFLICT (name, minute) DO UPDATE SET value = telemetry_reading.value + excluded.value
"""
_MOST_OF_MINUTE = """
INSERT INTO telemetry_reading (minute, name, value) VALUES (%s, %s, %s)
ON CONFLICT (name, minute) DO UPDATE SET value = greatest(telemetry_reading.value, excluded.value)
"""
_SLOW = """
INSERT INTO telemetry_slowquery (digest, shape, count, seconds, worst, last_at, "where", request)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (digest) DO UPDATE SET
    count = telemetry_slowquery.count + excluded.count,
    seconds = telemetry_slowquery.seconds + excluded.seconds,
    worst = greatest(telemetry_slowquery.worst, excluded.worst),
    last_at = excluded.last_at, "where" = excluded."where", request = excluded.request
"""


class Ledger:
    """What one process writes.

    Args:
        kind: web, or the name of the worker.
        gauges: figures of the moment of this process alone.
        peaks: figures of the whole site, of which the highest of each minute is kept.
    """

    def __init__(self, kind: str, gauges: Gauges = dict, peaks: Gauges = dict) -> None:
        self.kind, self._gauges, self._peaks = kind, gauges, peaks
        self.name = f"{socket.gethostname()}/{os.getpid()}"[:160]
        self._started_at = timezone.now()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._writes = 0

    def start(self) -> None:
        self._thread = threading.Thread(target=self._go_on, name="telemetry", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write once more, and say that this process ends."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=WRITE_SECONDS)
        with contextlib.suppress(Error, OSError):
            self.write()
            Process.objects.filter(name=self.name).delete()
        connection.close()

    def _go_on(self) -> None:
        first = True
        while first or not self._stop.wait(WRITE_SECONDS):
            first = False
            try:
                self.write()
            except Exception as error:  # the database is away or not migrated yet: it is written later
                logger.debug("nothing written: %s", type(error).__name__)
            finally:
                connection.close()

    def write(self) -> None:
        """All since the last time, in one transaction; nothing is lost where that fails."""
        peaks = self._peaks()
        counted, slow, noted = tallies.take(), slow_queries.take(), faults.take()
        try:
            with transaction.atomic():
                self._say_alive()
                _add(counted)
                _add_slow(slow)
                self._add_faults(noted)
                _add_readings(counted, peaks)
        except BaseException:
            tallies.give_back(counted)
            faults.give_back(noted)
            slow_queries.give_back(slow)
            raise
        self._writes += 1
        if self._writes % _TIDY_EVERY == 1:
            tidy()

    def _say_alive(self) -> None:
        now = timezone.now()
        fares = {
            "kind": self.kind, "version": settings.VERSION, "started_at": self._started_at, "seen_at": now,
            "memory": psutil.Process().memory_info().rss, "gauges": dict(self._gauges()),
        }  # fmt: skip
        Process.objects.bulk_create(
            [Process(name=self.name, **fares)],
            update_conflicts=True, unique_fields=["name"], update_fields=list(fares),
        )  # fmt: skip

    def _add_faults(self, noted: list[faults.Noted]) -> None:
        Fault.objects.bulk_create(
            Fault(
                at=each.at, process=self.name, logger=each.logger[:120], message=each.message,
                where=each.where[:200], request=each.request[:64], run=each.run[:20],
            )
            for each in noted
        )  # fmt: skip


def _add_readings(counted: Mapping[tallies.Key, float], peaks: Mapping[str, float]) -> None:
    minute = timezone.now().replace(second=0, microsecond=0)
    asked = sum(value for named, value in counted.items() if named[0] == "requests" or _is_at_once(named))
    with connection.cursor() as cursor:
        if asked:
            cursor.execute(_ADD_TO_MINUTE, [minute, "requests", asked])
        for name, value in peaks.items():
            cursor.execute(_MOST_OF_MINUTE, [minute, name, value])


def _is_at_once(named: tallies.Key) -> bool:
    """Whether these were answered from memory before they were counted as requests."""
    return named[0] == "kept_answers" and dict(named[1]).get("outcome") in ("at_once", "unchanged")


def _add(counted: Mapping[tallies.Key, float]) -> None:
    if not counted:
        return
    rows = sorted((name, json.dumps(dict(labels)), value) for (name, labels), value in counted.items())
    with connection.cursor() as cursor:  # in one order for all, or two processes could wait for each other
        cursor.execute(_ADD, [list(column) for column in zip(*rows, strict=True)])


def _add_slow(slow: Mapping[str, slow_queries.Noted]) -> None:
    with connection.cursor() as cursor:
        for digest, each in sorted(slow.items()):
            figures = (each.count, each.seconds, each.worst, each.last_at)
            cursor.execute(_SLOW, (digest, each.shape, *figures, each.where[:200], each.request[:64]))


def tidy() -> None:
    """Forget what nobody looks at any more."""
    now = timezone.now()
    Reading.objects.filter(minute__lt=now - READINGS_KEPT).delete()
    Process.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()
    kept = Fault.objects.order_by("-at").values_list("pk", flat=True)[:MOST_FAULTS]
    Fault.objects.exclude(pk__in=list(kept)).delete()
    shapes = SlowQuery.objects.order_by("-last_at").values_list("pk", flat=True)[:MOST_SHAPES]
    SlowQuery.objects.exclude(pk__in=list(shapes)).delete()


def mark(name: str, note: str = "") -> None:
    """Note that something that ought to be done regularly was done now."""
    Mark.objects.update_or_create(name=name, defaults={"at": timezone.now(), "note": note[:300]})
