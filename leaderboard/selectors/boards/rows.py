"""The rows of a benchmark's board as they may be read: rounded where they must be, with places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from leaderboard.domain import order, overview
from leaderboard.domain.limited import KEPT_BACK, limited_mean, limited_row
from leaderboard.domain.specifications import specification
from leaderboard.domain.table import Cell, Column, Row
from leaderboard.selectors.boards import printed
from leaderboard.selectors.boards.columns import slug_of
from leaderboard.selectors.boards.contents import Now, Then
from leaderboard.selectors.boards.ranked import group_means, ranked
from leaderboard.selectors.limits import limited_columns

Groups = tuple[overview.Group, ...]


@lru_cache(maxsize=12)
def rows_of(
    source: Now | Then, keys: tuple[str, ...], mode: str, weights: tuple[float, ...] | None
) -> tuple[Row, ...]:
    """Runs, ranked among themselves, in no order yet."""
    found = ranked(source, keys, mode, weights)
    groups = groups_of(slug_of(source.version), found.columns)
    limited = limited_columns(source.version, source.split)
    weighed = dict(zip(keys, weights, strict=True)) if weights else {}
    exact = [(row, _overview(row, groups, source)) for row in found.rows]
    return tuple(_placed([_told(row, means, groups, limited, weighed) for row, means in exact]))


def printed_rows(
    slug: str,
    columns: tuple[Column, ...],
    mode: str,
    weights: tuple[float, ...] | None,
    tables: printed.InForce,
) -> tuple[Row, ...]:
    """Reported rows beside runs: their place among themselves, no rank, which would be another's."""
    keys, groups = tuple(column.key for column in columns), groups_of(slug, columns)
    those = tuple((one.pk, one.mode) for one in tables.of(mode))
    found = printed.ranked(slug, those, keys, weights).rows
    return tuple(
        replace(
            row,
            cells={
                **row.cells,
                **{group.column.key: overview.mean_cell(row.cells, group.members) for group in groups},
            },
            rank_low=None,
            rank_high=None,
            band=None,
        )
        for row in found
    )


def groups_of(slug: str, columns: tuple[Column, ...]) -> Groups:
    """Categories of a wide board: by the specification's facet, else by family."""
    spec = specification(slug)
    return overview.groups(columns, spec.overview if spec and spec.overview else "family")


def _overview(row: Row, groups: Groups, source: Now | Then) -> dict[str, Cell]:
    """Category → exact mean of its tasks, with its interval."""
    found = {}
    for group in groups:
        cell = group_means(source, tuple(column.key for column in group.members)).get(row.run or 0)
        found[group.column.key] = cell or overview.mean_cell(row.cells, group.members)
    return found


def _told(
    row: Row,
    means: Mapping[str, Cell],
    groups: Groups,
    limited: frozenset[str],
    weights: Mapping[str, float],
) -> Row:
    """The row at the precision its private items allow: its cells, its average, its categories."""
    told = limited_row(row, limited, tuple(row.cells), weights)
    grouped = {}
    for group in groups:
        mean = means[group.column.key]
        own = {column.key: told.cells[column.key] for column in group.members if column.key in told.cells}
        grouped[group.column.key] = replace(
            mean if limited.isdisjoint(own) or mean.value is None else _limited(mean, own),
            unparsed=sum(cell.unparsed for cell in own.values()),
        )
    return replace(told, cells={**told.cells, **grouped})


def _limited(mean: Cell, own: Mapping[str, Cell]) -> Cell:
    assert mean.value is not None
    told = limited_mean((mean.value, mean.low, mean.high), own, {})
    status = "ok" if told.value is not None else KEPT_BACK
    return replace(mean, value=told.value, low=told.low, high=told.high, status=status)


def _placed(rows: Sequence[Row]) -> list[Row]:
    """Positions by the averages as they are told."""
    averages = [row.average for row in rows if row.average is not None]
    places = iter(order.places(np.array(averages)))
    return [row if row.average is None else replace(row, place=next(places)) for row in rows]
