"""The same table as a file or as JSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from leaderboard.selectors.boards import Row, Table

COLUMNS = [
    "system",
    "mode",
    "kind",
    "rank_low",
    "rank_high",
    "average",
    "low",
    "high",
    "n",
    "unparsed",
    "submission",
]


def as_csv(table: Table) -> str:
    """One row a system; per task its score, limits and n. Text that a spreadsheet would run is defused."""
    out = io.StringIO()
    writer = csv.writer(out)
    slugs = [task.slug for task in table.tasks]
    writer.writerow(COLUMNS + [f"{slug}{part}" for slug in slugs for part in ("", ".low", ".high", ".n")])
    for row in table.rows:
        cells = [row.system, row.mode, row.kind, row.rank_low, row.rank_high, row.average, row.low, row.high,
                 row.n_items, row.n_unparsed, row.submission]  # fmt: skip
        for slug in slugs:
            score = row.scores.get(slug, {})
            cells += [score.get(part) for part in ("value", "low", "high", "n")]
        writer.writerow([_defused(cell) for cell in cells])
    return out.getvalue()


def as_json(row: Row) -> dict[str, Any]:
    return {
        "system": row.system,
        "mode": row.mode,
        "kind": row.kind,
        "submission": row.submission,
        "average": row.average,
        "low": row.low,
        "high": row.high,
        "rank_low": row.rank_low,
        "rank_high": row.rank_high,
        "n": row.n_items,
        "unparsed": row.n_unparsed,
        "missing_tasks": row.missing_tasks,
        "scores": row.scores,
    }


def _defused(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
