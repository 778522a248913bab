"""A wide board at a glance: one column a category, the mean of its tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.domain.table import Cell, Column, Row, Slice

MOST_SHOWN = 12  # columns a page has room for; beyond them it shows categories
FEWEST_CASES = 30  # below them a 95 % interval of a share spans a third of the scale: see docs/methods.md


@dataclass(frozen=True)
class Group:
    """A category as a column, and the tasks it is the mean of."""

    column: Column
    members: tuple[Column, ...]


def groups(columns: Sequence[Column], facet: str = "") -> tuple[Group, ...]:
    """Columns by the first value of a facet, or by category, where there are too many to show each."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        found.setdefault(_group(column, facet), []).append(column)
    if len(columns) <= MOST_SHOWN or len(found) < 2:
        return ()
    return tuple(_as_group(name, facet, tuple(members)) for name, members in found.items())


def shown(wanted: Slice, columns: Sequence[Column], grouped: Sequence[Group]) -> tuple[Column, ...]:
    """The chosen columns in the board's order; without a choice the categories, or every column."""
    heads = [group.column for group in grouped]
    chosen = tuple(column for column in (*heads, *columns) if column.key in wanted.columns)
    return chosen or tuple(heads) or tuple(columns)


def mean_cell(cells: Mapping[str, Cell], members: Sequence[Column]) -> Cell:
    """The plain mean of a row's cells in a group, where it has a value in each; limits are not given."""
    there = [cell for column in members if (cell := cells.get(column.key)) and cell.value is not None]
    values = [cell.value for cell in there if cell.value is not None]
    if len(values) < len(members):
        return Cell(None, status="incomplete", note=f"{len(values)}/{len(members)}")
    n = sum(cell.n or 0 for cell in there) or None
    return Cell(sum(values) / len(values), n=n, unparsed=sum(cell.unparsed for cell in there))


def with_groups(row: Row, grouped: Sequence[Group]) -> Row:
    """A row with the plain means of the groups as further cells."""
    means = {group.column.key: mean_cell(row.cells, group.members) for group in grouped}
    return replace(row, cells={**row.cells, **means})


def is_thin(n: int | None) -> bool:
    """Whether so few cases are behind a number that it had better not be read without its n."""
    return n is not None and n < FEWEST_CASES


def warning(value: float | None, n: int | None) -> str:
    """A word where few cases are behind a number; "" where there are enough, or no number."""
    return f"too few cases: n = {n}" if value is not None and is_thin(n) else ""


def _group(column: Column, facet: str) -> str:
    return next(iter(column.facets.get(facet, ())), "") if facet else column.category


def _as_group(name: str, facet: str, members: tuple[Column, ...]) -> Group:
    metrics = sorted({column.metric for column in members})
    head = Column(
        key=f"{facet or 'category'}:{name}",
        name=name or "other",
        metric=", ".join(metrics),
        category=name,
        facets={facet: (name,)} if facet else {},
        scale=members[0].scale,
        note="one task" if len(members) == 1 else f"mean of {len(members)} tasks",
    )
    return Group(head, members)
