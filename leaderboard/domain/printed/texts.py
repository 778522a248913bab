"""From bytes to text and JSON, with nothing that could hurt on the way."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from leaderboard.domain.printed.tables import UnreadableTableError, shortened

MOST_BYTES = 30_000_000
MOST_NAMED = 100  # of names that are there twice


def text_of(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise UnreadableTableError(
            [f"{len(content):,} bytes are too many for a table: at most {MOST_BYTES:,}"]
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise UnreadableTableError([f"line {line}: not UTF-8 text; save the file as UTF-8"]) from None
    if "\0" in text:
        raise UnreadableTableError(
            ["the file holds a zero byte: it is no text; save the table as CSV or JSON"]
        )
    return text


def document(text: str) -> dict[str, Any]:
    """A JSON object; names that occur twice, NaN and infinities are faults, not silently one of them."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise UnreadableTableError(
            ["the JSON is nested too deeply for a table: write {column: {row: value}}"]
        ) from None
    except UnreadableTableError:
        raise
    except ValueError as fault:
        raise UnreadableTableError(
            [f"not JSON ({fault}): save the table as JSON, or as CSV with the ending .csv"]
        ) from None
    if not isinstance(found, dict):
        raise UnreadableTableError(["the JSON is no object: write the table as {column: {row: value}}"])
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = sorted(name for name, often in times.items() if often > 1)[:MOST_NAMED]
        raise UnreadableTableError([f"{shortened(name)} is there twice; keep one" for name in twice])
    return found


def _no_constant(name: str) -> Any:
    raise UnreadableTableError([f"{name} is no number; leave the cell empty (null) where there is no score"])
