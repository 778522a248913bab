"""A row's cells as HTML, written in one go: a page has thousands, too many for a template each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2s
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leaderboard.domain.table import Cell, Column, Row, Scale, Table
from leaderboard.domain.units import FORMATS, common, shown, written
from leaderboard.shown import words
from leaderboard.shown.scales import Axis, Shades, axis, picture, shades

NOTHING = '<td class="num none">–</td>'
MOST_PICTURES = 6  # columns with a picture in every cell
# by scale: class, number and limits of what _score writes, at once; none of them below zero
PLAIN = {
    scale: f'<td class="%s">{number}<small>{number}–{number}</small></td>'
    for scale, number in FORMATS.items()
}


@dataclass(frozen=True)
class Frame:
    """What the cells of a page have in common. Columns a board has no use for are left out."""

    columns: tuple[Column, ...]
    shades: tuple[Shades | None, ...]
    axes: tuple[Axis | None, ...]  # of the columns, where each cell has its picture
    average: Axis | None
    scale: Scale
    digits: int | None  # of averages, where they are not the scale's own
    ranks: bool
    places: bool
    unparsed: bool
    tied: str
    not_proven: str

    @property
    def shape(self) -> str:
        """Changes when a row of the page could not stand in another page's table."""
        own = f"{self.ranks} {self.places} {self.unparsed} {self.average} {self.axes} {self.digits}"
        said = "\x1f".join([own, *(column.key for column in self.columns)])
        return blake2s(said.encode(), digest_size=6).hexdigest()


def frame(table: Table) -> Frame:
    rows, columns = table.rows, table.shown
    scale = common(table.columns)
    printed = bool(rows) and all(row.origin == "reported" for row in rows)
    ranked = any(row.rank_low is not None for row in rows)
    return Frame(
        columns=columns,
        shades=tuple(_shades(column, rows) for column in columns),
        axes=_axes(table),
        average=axis([each for row in rows for each in (row.average, row.low, row.high)], scale),
        scale=scale,
        digits=2 if printed and scale == "share" else None,
        ranks=ranked or any(row.origin == "run" for row in rows),
        places=any(row.place is not None for row in rows if row.origin == "reported"),
        unparsed=any(row.n_items and row.origin == "run" for row in rows),
        tied=_("tied"),
        not_proven=_("no interval"),
    )


def _shades(column: Column, rows: Sequence[Row]) -> Shades | None:
    values = [cell.value for row in rows if (cell := row.cells.get(column.key)) and cell.value is not None]
    return shades(values, column.scale, higher_is_better=column.higher_is_better)


def _axes(table: Table) -> tuple[Axis | None, ...]:
    """A study's few columns have pictures; a benchmark's have one, of the average."""
    columns = table.shown
    if table.head.kind not in {"study", "joint"} or len(columns) > MOST_PICTURES:
        return (None,) * len(columns)
    found = []
    for column in columns:
        cells = [cell for row in table.rows if (cell := row.cells.get(column.key))]
        found.append(
            axis([each for cell in cells for each in (cell.value, cell.low, cell.high)], column.scale)
        )
    return tuple(found)


def cells(row: Row, of: Frame) -> str:
    """Every cell behind the system's name."""
    html = [_rank(row, of)] if of.ranks else []
    if of.average is not None:
        html.append(_average(row, of, of.average))
    if of.places:
        html.append(_place(row))
    if of.unparsed:
        html.append(_unparsed(row))
    html += map(_score, [row.cells.get(column.key) for column in of.columns], of.columns, of.shades, of.axes)
    return "".join(html)


def _rank(row: Row, of: Frame) -> str:
    if row.rank_low is None or row.rank_high is None:
        why = of.not_proven if row.origin == "reported" else _("not rankable yet")
        return f'<td class="num rank"><small>{escape(why)}</small></td>'
    tied = f" <small>{escape(of.tied)}</small>" if row.rank_low != row.rank_high else ""
    return f'<td class="num rank">{words.ranks(row.rank_low, row.rank_high)}{tied}</td>'


def _place(row: Row) -> str:
    """Of reported rows alone: those run here have rank ranges, which say more."""
    placed = row.origin == "reported" and row.place is not None
    return f'<td class="num place">{row.place}</td>' if placed else NOTHING


def _average(row: Row, of: Frame, on: Axis) -> str:
    if row.average is None:
        why = words.tasks_missing(row.missing) if row.missing else words.status("missing")
        return f'<td class="num average"><small>{escape(why)}</small></td>'
    text = written(row.average, of.scale) if of.digits is None else f"{100 * row.average:.{of.digits}f}"
    limits = _limits(row.low, row.high, of.scale)
    drawn = picture(on, row.average, row.low, row.high)
    return f'<td class="num average"><div><b>{text}</b>{drawn}<small>{limits}</small></div></td>'


def _unparsed(row: Row) -> str:
    if not row.n_items:
        return NOTHING
    share = f"{100 * row.unparsed_share:.1f}\N{NO-BREAK SPACE}%"
    counted = f"<small>{row.n_unparsed:,} / {row.n_items:,}</small>"
    return f'<td class="num unparsed">{share}{counted}</td>'


def _score(cell: Cell | None, column: Column, shade: Shades | None, on: Axis | None) -> str:
    if cell is None:
        return NOTHING
    if cell.value is None:
        return f'<td class="num none"><small>{escape(words.status(cell.status))}</small></td>'
    scale = column.scale
    if on is None and _is_plain(cell):
        css = f"num s{shade.step(cell.value)}" if shade else "num"
        number, low, high = abs(cell.value), abs(cell.low or 0.0), abs(cell.high or 0.0)  # of -0.0 no sign
        return PLAIN[scale] % (css, shown(number, scale), shown(low, scale), shown(high, scale))
    value = written(cell.value, scale)
    if cell.second is not None:
        value = f"{value} / {written(cell.second, scale)}"
    css = f"num s{shade.step(cell.value)}" if shade else "num"
    drawn = picture(on, cell.value, cell.low, cell.high) if on else ""
    return f'<td class="{css}">{value}{drawn}{_beneath(cell, column)}</td>'


def _is_plain(cell: Cell) -> bool:
    """Whether it is what nearly all cells of a wide board are: a number, its interval, nothing to add."""
    low, high, value = cell.low, cell.high, cell.value
    if low is None or high is None or value is None or low < 0 or value < 0 or high < 0:
        return False
    return cell.second is None and cell.rank_low is None and cell.n_raters is None and not cell.note


def _beneath(cell: Cell, column: Column) -> str:
    """What stands below a number in small: its interval, its own rank range, whom it comes from."""
    scale = column.scale
    limits = _limits(cell.low, cell.high, scale)
    if not limits and cell.status != "ok":
        limits = escape(words.status(cell.status))
    lines = [limits] if limits else []
    if cell.rank_low is not None and cell.rank_high is not None:
        rank = _("rank %(range)s") % {"range": words.ranks(cell.rank_low, cell.rank_high)}
        lines.append(escape(f"{rank}, {_('tied')}" if cell.rank_low != cell.rank_high else rank))
    if cell.n_raters is not None:
        by = ngettext("%(n)s rater", "%(n)s raters", cell.n_raters) % {"n": cell.n_raters}
        lines.append(escape(f"{words.counted(cell.n, column.counted)}, {by}" if cell.n else by))
    if cell.note:
        lines.append(escape(cell.note))
    return f"<small>{'<br>'.join(lines)}</small>" if lines else ""


def _limits(low: float | None, high: float | None, scale: Scale) -> str:
    return f"{written(low, scale)}–{written(high, scale)}" if low is not None and high is not None else ""
