"""Which columns and rows of a board a slice takes, and in which order the rows stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leaderboard.domain.table import Column, Row, Slice

SORTS = ("rank", "system", "average", "unparsed", "place")  # or a column's key
UPWARDS = frozenset({"rank", "system", "place"})  # what comes first is small

Chosen = tuple[tuple[str, tuple[str, ...]], ...]


def facets_of(columns: Sequence[Column], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Facet → every value there is, sorted; `task` are the columns themselves, in their own order."""
    found = {name: {value for column in columns for value in column.facets.get(name, ())} for name in names}
    return {**{name: tuple(sorted(values)) for name, values in found.items()}, "task": _keys(columns)}


def existing(chosen: Chosen, facets: Mapping[str, tuple[str, ...]]) -> Chosen:
    """Of the chosen values those the board has; by facet, in one order for one choice."""
    there = [
        (facet, tuple(sorted({value for value in values if value in facets.get(facet, ())})))
        for facet, values in chosen
    ]
    return tuple(sorted((facet, values) for facet, values in there if values))


def taken(columns: Sequence[Column], chosen: Chosen) -> tuple[Column, ...]:
    """The columns that have one of the chosen values of every facet."""
    return tuple(column for column in columns if all(_has(column, *choice) for choice in chosen))


def fitted(wanted: Slice, columns: Sequence[Column], shown: Sequence[Column]) -> Slice:
    """The slice with what the board does not have left out: an old link still opens."""
    keys, all_keys = set(_keys(columns)), {*_keys(columns), *_keys(shown)}
    return replace(
        wanted,
        columns=tuple(dict.fromkeys(key for key in wanted.columns if key in all_keys)),
        weights=tuple(sorted((key, weight) for key, weight in dict(wanted.weights).items() if key in keys)),
        sort=wanted.sort if wanted.sort.removeprefix("-") in {*SORTS, *all_keys} else Slice.sort,
    )


def weights_of(columns: Sequence[Column], wanted: Slice) -> tuple[float, ...] | None:
    """One weight a column, 1 where none is named; None where all are alike."""
    named = dict(wanted.weights)
    found = tuple(named.get(column.key, 1.0) for column in columns)
    return found if len(set(found)) > 1 else None


def searched(rows: Sequence[Row], words: str) -> list[Row]:
    """Rows whose name holds the words, in any case."""
    return [row for row in rows if words.casefold() in row.system.casefold()]


def ordered(rows: Sequence[Row], sort: str) -> tuple[Row, ...]:
    """Rows by a key; by rank they stand in bands, and inside a band by name: no order that is not proven."""
    key, turned = sort.removeprefix("-"), sort.startswith("-")
    named = sorted(rows, key=lambda row: (row.origin == "reported", row.system.casefold(), row.mode, row.key))
    if key == "system":
        named.sort(key=lambda row: (row.system.casefold(), row.mode), reverse=turned)
        return tuple(named)
    if key == "rank":
        return _banded(named, turned)
    known = [row for row in named if _value(row, key) is not None]
    known.sort(key=lambda row: _value(row, key) or 0.0, reverse=turned == (key in UPWARDS))
    return (*known, *(row for row in named if _value(row, key) is None))


def _banded(named: Sequence[Row], turned: bool) -> tuple[Row, ...]:
    """Runs before reported rows; in each the bands, then those without one, by place where they have it."""

    def place(row: Row) -> tuple[bool, bool, float, float]:
        step, at = float(row.band or 0), float(row.place or 0) if row.band is None else 0.0
        return row.origin == "reported", row.band is None, -step if turned else step, -at if turned else at

    rows = sorted(named, key=place)
    return tuple(
        replace(row, starts_band=at > 0 and _group(row) != _group(rows[at - 1]))
        for at, row in enumerate(rows)
    )


def _group(row: Row) -> tuple[bool, int | None]:
    return row.origin == "reported", row.band


def _value(row: Row, key: str) -> float | None:
    if key == "average":
        return row.average
    if key == "unparsed":
        return row.unparsed_share
    if key == "place":
        return row.place
    cell = row.cells.get(key)
    return cell.value if cell else None


def _has(column: Column, facet: str, values: tuple[str, ...]) -> bool:
    own = (column.key,) if facet == "task" else column.facets.get(facet, ())
    return not set(values).isdisjoint(own)


def _keys(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(column.key for column in columns)
