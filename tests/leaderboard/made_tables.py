"""Tables as a selector gives them, without a database: for writers and charts, which are functions of a table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from leaderboard.domain.table import Cell, Column, Head, Pairs, Row, Slice, Table

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def column(key: str, **more: Any) -> Column:
    return Column(**{"key": key, "name": key.title(), "metric": "accuracy", **more})


def row(key: str, system: str, cells: dict[str, float | None], **more: Any) -> Row:
    """A row of a run; its average is that of its cells, give or take 0.02, unless one has no value."""
    made = {
        name: Cell(value, value - 0.02, value + 0.02, 100)
        if value is not None
        else Cell(None, status="missing")
        for name, value in cells.items()
    }
    known = [value for value in cells.values() if value is not None]
    whole = bool(known) and len(known) == len(cells)
    mean = sum(known) / len(known) if known else 0.0
    measured: dict[str, Any] = (
        {"average": mean, "low": mean - 0.02, "high": mean + 0.02, "rank_low": 1, "rank_high": 2, "band": 1}
        if whole
        else {"missing": len(cells) - len(known)}
    )
    return Row(
        **{
            "key": key, "system": system, "kind": "model", "mode": "", "origin": "run", "cells": made,
            "n_items": 100 * len(cells), "system_key": system.casefold(), **measured, **more,
        }
    )  # fmt: skip


def table(*rows: Row, columns: tuple[Column, ...] = (), **more: Any) -> Table:
    """A board called tiny of the rows' own columns, all of them shown."""
    keys = dict.fromkeys(key for each in rows for key in each.cells)
    columns = columns or tuple(map(column, keys))
    head = Head(
        "tiny",
        "Tiny board",
        "benchmark",
        licence="CC0-1.0",
        citation="Nobody (2026)",
        source="made for tests",
    )
    return Table(
        **{
            "head": head, "revision": 7, "changed_at": AT, "columns": columns, "shown": columns, "facets": {},
            "rows": rows, "slice": Slice(), "order_method": "max-t", "order_scope": "items like these", **more,
        }
    )  # fmt: skip


def pairs(values: dict[str, float], half: float = 0.05) -> Pairs:
    """Every pair of rows by difference of `values`; separated where the difference is more than `half`."""
    one = np.array(list(values.values()))
    gap = one[:, None] - one[None, :]
    p = np.where(np.abs(gap) > half, 0.001, 0.8)
    return Pairs(tuple(values), gap, gap - half, gap + half, p, p, p, "max-T", "items like these")
