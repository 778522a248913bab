"""The head of a board's table: what a column is, which way it is sorted, and what the next click does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from leaderboard.domain.table import Column, Table
from leaderboard.domain.units import NAMES
from leaderboard.forms import query_of
from leaderboard.shown import words
from leaderboard.shown.cells import Frame
from leaderboard.shown.choices import PLAIN
from leaderboard.shown.scales import Axis

UPWARDS = frozenset({"rank", "system", "place"})  # what comes first is small


@dataclass(frozen=True)
class Head:
    """`direction` in aria-sort's words, `ends` of the axis of its pictures, `href` of the column's page."""

    key: str
    title: str
    hint: str
    query: str
    direction: str
    css: str = ""
    note: str = ""
    ends: tuple[str, str] | None = None
    href: str = ""
    about: str = ""


def heads(table: Table, of: Frame, address: Callable[[Column], str]) -> list[Head]:
    return [*_own(table, of), *_of_columns(table, of, address)]


def _own(table: Table, of: Frame) -> Iterator[Head]:
    yield _head(table, "system", _("System"), "", css="")
    if of.ranks:
        hint = _("range of ranks the data allow, all pairs compared at once")
        yield _head(table, "rank", _("Rank"), hint, css="num rank", note=_ranked_by(table))
    if of.average is not None:
        title = _("Weighted average") if table.slice.weights else _("Average")
        hint = _("mean over the tasks of this view, with its 95 % interval")
        yield _head(table, "average", title, hint, css="average", note=NAMES[of.scale], on=of.average)
    if of.places:
        hint = _("position by average alone, as printed boards have it; says nothing about chance")
        yield _head(table, "place", _("Place"), hint, note=_("published rule"))
    if of.unparsed:
        hint = _("answers that could not be read; they count as wrong")
        yield _head(table, "unparsed", _("Unparsed"), hint)


def _ranked_by(table: Table) -> str:
    """The column whose ranks these are, where ranks are of one alone."""
    if table.head.kind not in {"study", "joint"}:
        return ""
    for column in table.shown:
        cells = [(row, row.cells.get(column.key)) for row in table.rows]
        if all(
            cell and (cell.rank_low, cell.rank_high) == (row.rank_low, row.rank_high) for row, cell in cells
        ):
            return _("of %(column)s") % {"column": column.name}
    return ""


def _of_columns(table: Table, of: Frame, address: Callable[[Column], str]) -> Iterator[Head]:
    own = {column.key for column in table.columns}
    for column, on in zip(of.columns, of.axes, strict=True):
        hint = f"{column.metric}, {words.direction(higher=column.higher_is_better)}"
        note = column.note or words.metric(column)
        about = _("about") if column.key in own else _("its tasks")
        head = _head(table, column.key, words.title(column.name), hint, note=note, on=on)
        yield replace(head, href=address(column), about=about)


def _head(
    table: Table, key: str, title: str, hint: str, *, css: str = "num", note: str = "", on: Axis | None = None
) -> Head:
    direction, ends = _direction(table.slice.sort, key), on.ends if on else None
    return Head(key, title, hint, _next_sort(table, key), direction, css, note, ends)


def _next_sort(table: Table, key: str) -> str:
    turned = f"-{key}" if table.slice.sort == key else key
    return query_of(replace(table.slice, sort=turned)) or PLAIN


def _direction(sort: str, key: str) -> str:
    if sort.removeprefix("-") != key:
        return "none"
    downwards = sort.startswith("-") if key in UPWARDS else not sort.startswith("-")
    return "descending" if downwards else "ascending"
