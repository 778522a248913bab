"""Taking in what others have printed: a table in whole, or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction

from accounts.models import User
from evaluation.domain.names import name_key
from leaderboard.domain.printed import PrintedColumn, PrintedRow, PrintedTable
from leaderboard.domain.specifications import BoardSpec, Reported, ReportedSystem
from leaderboard.models import ReportedRow, ReportedTable


@dataclass(frozen=True)
class Origin:
    """Where a table was printed, and for which board and mode it counts."""

    board: str
    mode: str
    title: str
    url: str = ""
    licence: str = ""
    note: str = ""


@transaction.atomic
def store(table: PrintedTable, content: bytes, origin: Origin, author: User | None = None) -> bool:
    """Append the table; False, and nothing stored, where the newest of its board and mode is this one."""
    digest = sha256(content).hexdigest()
    newest = ReportedTable.objects.filter(board=origin.board, mode=origin.mode).last()
    if newest is not None and (newest.sha256, newest.columns) == (digest, _columns(table)):
        return False
    stored = ReportedTable.objects.create(
        **vars(origin), sha256=digest, columns=_columns(table), author=author
    )
    ReportedRow.objects.bulk_create(
        ReportedRow(
            table=stored,
            order=order,
            system=row.system,
            name_key=name_key(row.system),
            attributes=dict(row.attributes),
            scores={key: dict(score) for key, score in row.scores.items()},
        )
        for order, row in enumerate(table.rows, start=1)
    )
    return True


def store_rows_of(spec: BoardSpec, author: User | None = None) -> bool:
    """The rows that stand in a board's specification, as a table; False where they are stored already."""
    if spec.reported is None or not spec.rows:
        return False
    table = PrintedTable(
        tuple(
            PrintedColumn(
                column.key,
                column.name,
                column.metric,
                column.category,
                column.facets,
                column.scale,
                column.second,
                column.higher_is_better,
            )
            for column in spec.columns
        ),
        tuple(PrintedRow(row.system, _shares(row), row.attributes) for row in spec.rows),
    )
    content = json.dumps([[row.system, row.scores, row.attributes] for row in spec.rows]).encode()
    return store(table, content, _origin(spec, spec.reported), author)


def _origin(spec: BoardSpec, reported: Reported) -> Origin:
    return Origin(spec.slug, reported.mode, reported.title, reported.url, reported.licence, reported.note)


def _shares(row: ReportedSystem) -> Mapping[str, Mapping[str, float]]:
    """Printed × 100, kept as shares."""
    names = ("value", "second")
    return {
        key: {name: round(figure / 100, 12) for name, figure in zip(names, _figures(score), strict=False)}
        for key, score in row.scores.items()
    }


def _figures(score: float | tuple[float, float]) -> tuple[float, ...]:
    return score if isinstance(score, tuple) else (score,)


def _columns(table: PrintedTable) -> list[dict[str, object]]:
    return [column.as_json() for column in table.columns]
