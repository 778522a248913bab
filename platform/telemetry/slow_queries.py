"""Statements that took longer than SLOW_QUERY_MS: logged and counted by their shape, never with their values.

Every connection of every process is timed. Not seen: COPY, and the few prepared statements that
`accounts.statements` gives to the driver itself unless they are handed to `timed`.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from telemetry import tallies, trail

logger = logging.getLogger(__name__)

LONGEST_SHAPE = 1000
MOST_SHAPES = 200  # of a process between two writes

_STRINGS = re.compile(r"\$(\w*)\$.*?\$\1\$|[eE]?'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NUMBERS = re.compile(r"(?<![\w\"$])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b")
_LISTS = re.compile(r"\(\s*(?:%s|\?)(?:\s*,\s*(?:%s|\?))+\s*\)")
_COLUMN = r'"\w+"\."\w+"(?: AS "\w+")?'
_COLUMNS = re.compile(rf"(?<=SELECT )(?:{_COLUMN}, ){{3,}}{_COLUMN}")
_BLANKS = re.compile(r"\s+")


@dataclass
class Noted:
    """A shape as this process has seen it since the last write."""

    shape: str
    count: int
    seconds: float
    worst: float
    last_at: datetime
    where: str
    request: str


_noted: dict[str, Noted] = {}
_lock = threading.Lock()


def watch_connections() -> None:
    """Time what every connection made from now on is asked."""
    connection_created.connect(_watch, dispatch_uid="slow_queries")


def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        took = time.perf_counter() - began
        if took * 1000 >= settings.SLOW_QUERY_MS:
            note(sql, took)


@contextmanager
def timed(sql: str) -> Iterator[None]:
    """The same for a statement given to the driver itself."""
    began = time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - began
        if took * 1000 >= settings.SLOW_QUERY_MS:
            note(sql, took)


def note(sql: object, took: float) -> None:
    """Log and count a slow statement."""
    shape = shape_of(sql)
    fields = trail.fields()
    where = str(fields.get("route") or fields.get("job") or "")
    logger.warning(
        "a statement took %.0f ms", took * 1000, extra={"ms": round(took * 1000), "statement": shape}
    )
    tallies.count("slow_queries", where=where or "(elsewhere)")
    digest = hashlib.md5(shape.encode(), usedforsecurity=False).hexdigest()
    with _lock:
        known = _noted.get(digest)
        if known is None:
            if len(_noted) < MOST_SHAPES:
                request = str(fields.get("request", ""))
                _noted[digest] = Noted(shape, 1, took, took, timezone.now(), where, request)
            return
        known.count, known.seconds = known.count + 1, known.seconds + took
        known.worst, known.last_at, known.where = max(known.worst, took), timezone.now(), where
        known.request = str(fields.get("request", ""))


def take() -> dict[str, Noted]:
    with _lock:
        taken = dict(_noted)
        _noted.clear()
    return taken


def give_back(taken: dict[str, Noted]) -> None:
    """What was taken and could not be written, unless the same was noted again meanwhile."""
    with _lock:
        for digest, noted in taken.items():
            _noted.setdefault(digest, noted)


def shape_of(sql: object) -> str:
    """A statement without strings, numbers and comments, a list of values as one, in one line."""
    text = sql if isinstance(sql, str) else _composed(sql)
    for pattern, shown in (
        (_STRINGS, "?"),
        (_COMMENTS, " "),
        (_NUMBERS, "?"),
        (_LISTS, "(…)"),
        (_COLUMNS, "…"),
    ):
        text = pattern.sub(shown, text)
    return _BLANKS.sub(" ", text).strip()[:LONGEST_SHAPE]


def _composed(sql: Any) -> str:
    if isinstance(sql, bytes):
        return sql.decode("utf-8", "replace")
    try:
        return str(sql.as_string(None))
    except Exception:  # whatever a driver composes: a slow query is not worth a failure
        return type(sql).__name__
