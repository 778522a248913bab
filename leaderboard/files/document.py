"""The table in plain types: what the JSON file and the API answer, and what other files say of themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leaderboard.domain.table import Cell, Column, Head, Row, Slice, Table


@dataclass(frozen=True)
class Source:
    """Where the table came from: `page` is the address of the same slice as it stood, for citations."""

    page: str = ""


def write(table: Table, source: Source) -> bytes:
    """UTF-8, keys in a fixed order, so that the same slice is the same bytes."""
    document = {**about(table, source), "rows": [row_as_json(row) for row in table.rows]}
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def about(table: Table, source: Source) -> dict[str, Any]:
    """All but the rows."""
    return {
        "board": head_as_json(table.head),
        "revision": table.revision,
        "changed_at": _time(table.changed_at),
        "as_of": _time(table.slice.as_of),
        "page": source.page,
        "slice": slice_as_json(table.slice),
        "order": {"method": table.order_method, "scope": table.order_scope},
        "facets": {facet: list(values) for facet, values in table.facets.items()},
        "columns": [column_as_json(column) for column in table.columns],
        "shown": [column_as_json(column) for column in table.shown],
    }


def head_as_json(head: Head) -> dict[str, Any]:
    return {**vars(head), "modes": list(head.modes), "groups": list(head.groups), "labels": dict(head.labels)}


def slice_as_json(wanted: Slice) -> dict[str, Any]:
    """Every choice of the address by its name there."""
    return {
        "split": wanted.split,
        "mode": wanted.mode,
        "group": wanted.group,
        "chosen": {facet: list(values) for facet, values in wanted.chosen},
        "columns": list(wanted.columns),
        "weights": dict(wanted.weights),
        "q": wanted.only,
        "sort": wanted.sort,
        "compare": list(wanted.compare),
    }


def column_as_json(column: Column) -> dict[str, Any]:
    return {**vars(column), "facets": {facet: list(values) for facet, values in column.facets.items()}}


def cell_as_json(cell: Cell) -> dict[str, Any]:
    """`value`, `low`, `high` and `n` are always there, null where there is none."""
    return {"value": None, "low": None, "high": None, "n": None, **cell.as_json()}


def row_as_json(row: Row) -> dict[str, Any]:
    """Numbers as they are kept: shares from 0 to 1."""
    return {
        "key": row.key,
        "system": row.system,
        "system_key": row.system_key,
        "kind": row.kind,
        "mode": row.mode,
        "origin": row.origin,
        "anonymous": row.anonymous,
        "at": _time(row.at),
        "submission": row.submission,
        "rank_low": row.rank_low,
        "rank_high": row.rank_high,
        "band": row.band,
        "place": row.place,
        "average": row.average,
        "low": row.low,
        "high": row.high,
        "n": row.n_items,
        "unparsed": row.n_unparsed,
        "missing": row.missing,
        "attributes": plain(row.attributes),
        "resources": plain(row.resources),
        "scores": {key: cell_as_json(cell) for key, cell in row.cells.items()},
    }


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping of whatever a published table said, in types JSON has."""
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
