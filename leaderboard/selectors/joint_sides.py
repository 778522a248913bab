"""One score of a joint board, wherever it comes from: cells to show, and what order and correlation take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluation.domain.names import name_key
from leaderboard.domain import order
from leaderboard.domain.physicians.joint import Side
from leaderboard.domain.physicians.order import Judged
from leaderboard.domain.table import Cell, Column, Pairs, Row, Slice, Table
from leaderboard.selectors.joint_specs import Automatic
from leaderboard.selectors.study_boards import View, cell_of, column_of

PHYSICIANS, AUTOMATIC = "Physicians", "Automatic"
_Z = 1.959964
_NOTHING = np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Scored:
    """`cells` by system key; `judged` (of every pair compared) where this comes from stored matrices."""

    column: Column
    cells: Mapping[str, Cell]
    side: Side
    limits: tuple[Any, Any]
    p: tuple[Any, Any]
    correction: str
    scope: str

    def pairs(self, rows: Mapping[str, str]) -> Pairs | None:
        """Of those compared, by the keys of rows; None where nobody was."""
        kept = [at for at, key in enumerate(self.side.compared) if key in rows]
        if len(kept) < 2:
            return None
        places = np.ix_(kept, kept)
        return Pairs(
            keys=tuple(rows[self.side.compared[at]] for at in kept),
            difference=self.side.difference[places],
            low=self.limits[0][places],
            high=self.limits[1][places],
            p=self.p[0][places],
            p_adjusted=self.side.p[places],
            p_holm=self.p[1][places],
            correction=self.correction,
            scope=f"{self.column.name}: {self.scope}",
        )


def of_study(view: View, keys: Sequence[str]) -> list[Scored]:
    """Physicians' columns of a study."""
    found = []
    for key in keys:
        stored = view.column(key)
        judged = view.kept.judged(view.place(key), stored) if stored["ordered"] else None
        found.append(_stored(view, stored, judged, PHYSICIANS))
    return found


def of_automatic(view: View, asked: Automatic, names: Mapping[str, str], wanted: Slice) -> Scored:
    """An automatic score; without a single cell where there is none to be had."""
    if asked.board:
        return _of_board(view, asked, names, wanted)
    columns = view.kept.results.get("texts", [])
    for at, stored in enumerate(columns):
        if stored["measure"] == asked.texts:
            return _stored(view, stored, view.kept.judged(f"texts/{at}", stored), AUTOMATIC)
    note = "The cases hold no references, or the texts were not published: nothing can be computed."
    return _empty(Column(asked.key, asked.name or asked.texts, asked.texts, AUTOMATIC, note=note))


def _stored(
    view: View, stored: Mapping[str, Any], judged: tuple[tuple[int, ...], Judged] | None, kind: str
) -> Scored:
    keys = {system["number"]: system["key"] for system in view.kept.about["systems"]}
    sign = 1.0 if stored["higher_is_better"] else -1.0
    cells = {int(number): cell for number, cell in stored["cells"].items() if cell["value"] is not None}
    side = Side(
        keys=tuple(keys[number] for number in cells),
        values=np.array([sign * cell["value"] for cell in cells.values()], np.float64),
        errors=np.array([np.nan if cell.get("se") is None else cell["se"] for cell in cells.values()]),
        compared=tuple(keys[number] for number in judged[0]) if judged else (),
        difference=judged[1].matrix.difference if judged else _NOTHING,
        p=judged[1].matrix.p_max_t if judged else _NOTHING,
    )
    half = order.half_widths(judged[1].matrix) if judged else _NOTHING
    return Scored(
        column=replace(column_of(stored), category=kind, facets={}),
        cells={keys[int(number)]: cell_of(cell) for number, cell in stored["cells"].items()},
        side=side,
        limits=(side.difference - half, side.difference + half),
        p=(judged[1].matrix.p, judged[1].matrix.p_holm) if judged else (_NOTHING, _NOTHING),
        correction=judged[1].matrix.method if judged else "",
        scope=stored["scope"],
    )


def _of_board(view: View, asked: Automatic, names: Mapping[str, str], wanted: Slice) -> Scored:
    from leaderboard.selectors import boards  # which asks this module for boards of its kind

    chosen = (("task", (asked.column,)),) if asked.column else ()
    slice_ = Slice(split=asked.split, mode=asked.mode, chosen=chosen, as_of=wanted.as_of)
    table = boards.table(asked.board, slice_)
    title = asked.name or (table.head.title if table else asked.board)
    if table is None:
        return _empty(Column(asked.key, title, "", AUTOMATIC, note=f"There is no board {asked.board}."))
    rows = _rows_of(view, table, names)
    column = _board_column(asked, title, table)
    cells = {key: _cell_of_row(row) for key, row in rows.items()}
    known = {key: cell for key, cell in cells.items() if cell.value is not None}
    found = boards.pairs(asked.board, slice_)
    by_row = {row.key: key for key, row in rows.items()}
    places = [at for at, key in enumerate(found.keys) if key in by_row] if found else []
    at = np.ix_(places, places)
    side = Side(
        keys=tuple(known),
        values=np.array([cell.value for cell in known.values()], np.float64),
        errors=np.array([_error(cell) for cell in known.values()], np.float64),
        compared=tuple(by_row[found.keys[place]] for place in places) if found else (),
        difference=found.difference[at] if found else _NOTHING,
        p=found.p_adjusted[at] if found else _NOTHING,
    )
    return Scored(
        column=column,
        cells=cells,
        side=side,
        limits=(found.low[at], found.high[at]) if found else (_NOTHING, _NOTHING),
        p=(found.p[at], found.p_holm[at]) if found else (_NOTHING, _NOTHING),
        correction=found.correction if found else "",
        scope=found.scope if found else "",
    )


def _rows_of(view: View, table: Table, names: Mapping[str, str]) -> dict[str, Row]:
    """The board's row of each system of the study; of several prompt modes the first by name."""
    rows: dict[str, Row] = {}
    for row in sorted(table.rows, key=lambda row: row.mode):
        if row.system_key:
            rows.setdefault(row.system_key, row)
    found = {}
    for system in view.kept.about["systems"]:
        row_key = name_key(names.get(system["name"], system["name"]))
        if row_key in rows:
            found[system["key"]] = rows[row_key]
    return found


def _board_column(asked: Automatic, title: str, table: Table) -> Column:
    own = table.column(asked.column) if asked.column else None
    if own is not None:
        return replace(
            own, key=asked.key, name=asked.name or f"{title}: {own.name}", category=AUTOMATIC, facets={}
        )
    note = f"Average over {len(table.columns)} tasks of the board {table.head.title}."
    return Column(asked.key, title, "average", AUTOMATIC, note=note)


def _cell_of_row(row: Row) -> Cell:
    status = "ok" if row.average is not None else "undefined_missing_tasks"
    return Cell(row.average, row.low, row.high, n=row.n_items, unparsed=row.n_unparsed, status=status)


def _error(cell: Cell) -> float:
    """From the limits, as if they were normal: with t, as they are, a little too large."""
    if cell.low is None or cell.high is None:
        return float("nan")
    return (cell.high - cell.low) / (2 * _Z)


def _empty(column: Column) -> Scored:
    side = Side((), np.empty(0), np.empty(0), (), _NOTHING, _NOTHING)
    return Scored(column, {}, side, (_NOTHING, _NOTHING), (_NOTHING, _NOTHING), "", "")
