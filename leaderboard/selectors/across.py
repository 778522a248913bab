"""Systems over all public boards, by the key of their name. Names that are kept back are in nothing here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.domain.table import Head, Row, Slice, Table
from leaderboard.selectors import boards


@dataclass(frozen=True)
class Place:
    """Where a row of the system stands on a whole board; `ranked` rows have a rank there."""

    board: str
    title: str
    row: str
    mode: str
    origin: str
    rank_low: int | None
    rank_high: int | None
    ranked: int
    average: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class BoardSystem:
    key: str
    name: str
    kind: str
    attributes: Mapping[str, Any]
    places: tuple[Place, ...]


def board_systems() -> list[BoardSystem]:
    """Every named system, by name. Tables of boards are kept by their selector: this reads them."""
    found: dict[str, list[tuple[Head, Row, int]]] = {}
    for listing in boards.listed():
        table = boards.table(listing.head.slug, Slice())
        if table is not None:
            for row in table.rows:
                if row.system_key:
                    found.setdefault(row.system_key, []).append((table.head, row, _ranked(table)))
    return sorted((_system(key, rows) for key, rows in found.items()), key=lambda each: each.name.casefold())


def board_system(key: str) -> BoardSystem | None:
    return next((system for system in board_systems() if system.key == key), None)


def _ranked(table: Table) -> int:
    return sum(row.rank_low is not None for row in table.rows)


def _system(key: str, rows: list[tuple[Head, Row, int]]) -> BoardSystem:
    attributes: dict[str, Any] = {}
    for _, row, _ in rows:
        attributes.update({name: value for name, value in row.attributes.items() if name not in attributes})
    first = rows[0][1]
    return BoardSystem(key, first.system, first.kind, attributes, tuple(_place(*each) for each in rows))


def _place(head: Head, row: Row, ranked: int) -> Place:
    return Place(
        board=head.slug, title=head.title, row=row.key, mode=row.mode, origin=row.origin,
        rank_low=row.rank_low, rank_high=row.rank_high, ranked=ranked,
        average=row.average, low=row.low, high=row.high,
    )  # fmt: skip
