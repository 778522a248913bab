"""The matrix of all pairs of a board's rows: as short HTML, as lists to be read aloud, as lines of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import urlencode

import numpy as np
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leaderboard.domain.matrix import Matrix, matrix, p_text, ranges
from leaderboard.domain.table import Pairs, Row, Table

MOST_LINKED = 20  # rows up to which every cell is a link; beyond, the page would weigh megabytes
MOST_NAMED = 20  # rows up to which proven pairs are told one by one
CLASSES: Mapping[str, str] = {"+": "w", "-": "l", "=": "", "?": "u", "": "i"}
MINUS = "\N{MINUS SIGN}"
FIGURES = ["difference", "low", "high", "p", "p_adjusted", "p_holm"]
HEAD = ["first", "second", *FIGURES, "correction", "first_row", "second_row"]


@dataclass(frozen=True)
class Ahead:
    """What is proven of one row: named one by one, or as places "5–12, 14" in the matrix."""

    place: int
    name: str
    query: str
    n: int
    places: str
    named: tuple[tuple[str, str, str], ...]  # name, query of the comparison, p


@dataclass(frozen=True)
class MatrixView:
    head: SafeString
    body: SafeString
    ahead: tuple[Ahead, ...]
    n_rows: int
    n_pairs: int
    n_proven: int
    correction: str
    scope: str
    linked: bool
    left_out: int


def significance(table: Table, pairs: Pairs, query: str) -> MatrixView | None:
    """None where fewer than two rows can be compared."""
    found = matrix(pairs)
    rows = [row for key in found.keys if (row := table.row(key)) is not None]
    if len(rows) < 2 or len(rows) != len(found.keys):
        return None
    rows = _without_a_common_mode(rows)
    linked = len(rows) <= MOST_LINKED
    return MatrixView(
        head=mark_safe("".join(map(_column_head, range(len(rows)), rows))),  # noqa: S308 - names are escaped
        body=mark_safe("".join(_line(found, rows, at, query, linked=linked) for at in range(len(rows)))),  # noqa: S308
        ahead=tuple(_ahead(found, rows, at, query) for at in range(len(rows)) if found.ahead[at].any()),
        n_rows=len(rows),
        n_pairs=found.n_pairs,
        n_proven=found.n_proven,
        correction=correction_words(pairs),
        scope=_(pairs.scope) if pairs.scope else "",
        linked=linked,
        left_out=len(table.rows) - len(rows),
    )


def correction_words(pairs: Pairs) -> str:
    """The correction by name and source."""
    return {
        "max-t": _("max-T over all pairs of this board (Westfall and Young 1993)"),
        "student-t": _("none: there is one pair alone"),
        "holm": _("Holm's step-down over all pairs of this board (1979)"),
        "bonferroni": _("Bonferroni over all pairs of this board"),
        "not estimable": _("no pair can be tested"),
    }.get(pairs.correction, pairs.correction)


def lines(table: Table, pairs: Pairs) -> Iterator[list[object]]:
    """Every pair once, the better system first, in the order of the matrix."""
    found = matrix(pairs)
    names = {row.key: _name(row) for row in table.rows}
    for place, at in enumerate(found.order):
        for other in found.order[place + 1 :]:
            figures = (pairs.difference, pairs.low, pairs.high, pairs.p, pairs.p_adjusted, pairs.p_holm)
            told = [None if np.isnan(each[at, other]) else float(each[at, other]) for each in figures]
            keys = pairs.keys[at], pairs.keys[other]
            shown = [_defused(names.get(key, key)) for key in keys]
            yield [*shown, *told, pairs.correction, *keys]


def _without_a_common_mode(rows: list[Row]) -> list[Row]:
    """A mode that all share is no part of a name."""
    shared = len({row.mode for row in rows}) == 1
    return [replace(row, mode="") for row in rows] if shared else rows


def _name(row: Row) -> str:
    return f"{row.system} ({row.mode})" if row.mode else row.system


def _column_head(at: int, row: Row) -> str:
    return f'<th scope="col"><span>{at + 1} {escape(_name(row))}</span></th>'


def _line(found: Matrix, rows: list[Row], at: int, query: str, *, linked: bool) -> str:
    """A row: its name leads to the comparison with it chosen; in small matrices every cell to its pair."""
    row = rows[at]
    head = (
        f'<tr id="m{at + 1}"><th scope="row" data-key="{escape(row.key)}">'
        f'<a href="../compare/{_query(query, row)}">{at + 1} {escape(_name(row))}</a>'
    )
    if not linked:
        return head + "".join(_cell(found, at, column) for column in range(len(rows)))
    return head + "".join(_linked(found, rows, at, column, query) for column in range(len(rows)))


def _cell(found: Matrix, row: int, column: int) -> str:
    """As few bytes as will do: a class of one letter, the sign, and p where it is not below 0.001."""
    sign = found.sign(row, column)
    if not sign:
        return "<td class=i>"
    if sign == "?":
        return "<td class=u>?"
    text = p_text(found.p[row, column])
    if sign == "=":
        return f"<td>{text}"
    text = "" if text.startswith("<") else text
    return f"<td class={CLASSES[sign]}>{'+' if sign == '+' else MINUS}{text}"


def _linked(found: Matrix, rows: list[Row], row: int, column: int, query: str) -> str:
    sign = found.sign(row, column)
    if not sign:
        return "<td class=i>"
    said = {
        "+": _("ahead of"),
        "-": _("behind"),
        "=": _("not separated from"),
        "?": _("not comparable with"),
    }[sign]
    p = "" if sign == "?" else p_text(found.p[row, column])
    shown = {"+": "+", "-": MINUS, "=": "", "?": "?"}[sign] + ("" if p.startswith("<") else p)
    label = escape(f"{_name(rows[row])} {said} {_name(rows[column])}{f', p {p}' if p else ''}")
    css = f" class={CLASSES[sign]}" if CLASSES[sign] else ""
    address = f"../compare/{_query(query, rows[row], rows[column])}"
    return f'<td{css}><a href="{address}" aria-label="{label}">{shown}</a>'


def _ahead(found: Matrix, rows: list[Row], at: int, query: str) -> Ahead:
    behind = [int(each) for each in np.flatnonzero(found.ahead[at])]
    runs = [f"{low + 1}" if low == high else f"{low + 1}–{high + 1}" for low, high in ranges(behind)]
    named = tuple(
        (_name(rows[other]), _query(query, rows[at], rows[other], safe=False), p_text(found.p[at, other]))
        for other in (behind if len(rows) <= MOST_NAMED else ())
    )
    first = _query(query, rows[at], safe=False)
    return Ahead(at + 1, _name(rows[at]), first, len(behind), ", ".join(runs), named)


def _query(query: str, *rows: Row, safe: bool = True) -> str:
    """The filter in force, and these rows to be compared."""
    added = urlencode([("compare", row.key) for row in rows])
    whole = f"{query}&{added}" if query else f"?{added}"
    return escape(whole) if safe else whole


def _defused(text: str) -> str:
    """Text that a spreadsheet would run is told apart from a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
