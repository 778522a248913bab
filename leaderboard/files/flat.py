"""The table as one flat record a row, for CSV and Parquet: fixed columns, then four or more a score."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from leaderboard.domain.table import Cell, Row, Table
from leaderboard.files.document import plain

Type = Literal["text", "whole", "number", "flag"]
Read = Callable[[Row], Any]


@dataclass(frozen=True)
class Field:
    name: str
    type: Type
    read: Read


FIXED: tuple[Field, ...] = (
    Field("system", "text", lambda row: row.system),
    Field("mode", "text", lambda row: row.mode),
    Field("kind", "text", lambda row: row.kind),
    Field("rank_low", "whole", lambda row: row.rank_low),
    Field("rank_high", "whole", lambda row: row.rank_high),
    Field("average", "number", lambda row: row.average),
    Field("low", "number", lambda row: row.low),
    Field("high", "number", lambda row: row.high),
    Field("n", "whole", lambda row: row.n_items),
    Field("unparsed", "whole", lambda row: row.n_unparsed),
    Field("missing", "whole", lambda row: row.missing),
    Field("band", "whole", lambda row: row.band),
    Field("place", "whole", lambda row: row.place),
    Field("origin", "text", lambda row: row.origin),
    Field("key", "text", lambda row: row.key),
    Field("submission", "text", lambda row: row.submission),
    Field("at", "text", lambda row: row.at.isoformat() if row.at else None),
)


def fields(table: Table) -> list[Field]:
    """The fixed ones, then attributes any row has, then of each column its number, limits and n."""
    named = dict.fromkeys(name for row in table.rows for name in row.attributes)
    return [
        *FIXED,
        *map(_attribute, named),
        *(field for column in table.columns for field in _scores(column)),
    ]


def _attribute(name: str) -> Field:
    return Field(f"attribute.{name}", "text", lambda row: _text(row.attributes.get(name)))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    [said] = plain({"": value}).values()
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _scores(column: Any) -> Iterator[Field]:
    key = column.key
    yield Field(key, "number", _of(key, lambda cell: cell.value))
    yield Field(f"{key}.low", "number", _of(key, lambda cell: cell.low))
    yield Field(f"{key}.high", "number", _of(key, lambda cell: cell.high))
    yield Field(f"{key}.n", "whole", _of(key, lambda cell: cell.n))
    yield Field(f"{key}.status", "text", _of(key, lambda cell: cell.status))
    if column.second:
        yield Field(f"{key}.second", "number", _of(key, lambda cell: cell.second))


def _of(key: str, read: Callable[[Cell], Any]) -> Read:
    def found(row: Row) -> Any:
        cell = row.cells.get(key)
        return None if cell is None else read(cell)

    return found
