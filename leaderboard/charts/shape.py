"""What a chart is: a figure for Plotly, the same numbers as a table, and one sentence for who sees neither.

Figures name no colour of the page: "var(--line)" and the like are filled in by the browser, in the scheme it
shows. Colours of series hold at least 3 to 1 on both schemes and can be told apart by the colour-blind;
symbols and dashes say the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_noop

from leaderboard.domain.table import Column, Pairs, Row, Scale, Table
from leaderboard.domain.units import NAMES, common, shown, written

SERIES = ("#2a7fb8", "#d55e00", "#1b8a5a", "#b0609c", "#a97a00", "#6b7c87", "#3f8fa8", "#b05a34")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "star", "hexagon")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
ROW_HEIGHT = 22
LONGEST_NAME = 34
_UNITS = (gettext_noop("× 100"), gettext_noop("points"), gettext_noop("Elo points"))  # of domain.units

Value = str | int | float | None


@dataclass(frozen=True)
class Chart:
    """A figure and what it says.

    reading  one sentence in plain words;  header, rows  the numbers drawn, in the units readers see
    key      what colours stand for: the lowest, the highest, and the colours between
    height   in px;  empty  why nothing is drawn, with what would be needed; then there is no figure
    """

    name: str
    title: str
    reading: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    traces: tuple[dict[str, Any], ...] = ()
    layout: dict[str, Any] = field(default_factory=dict)
    key: tuple[str, str, tuple[str, ...]] | None = None
    height: int = 420
    empty: str = ""

    @property
    def lines(self) -> list[list[tuple[Value, bool]]]:
        """The table's cells, each with whether it stands in a column of numbers."""
        return [list(zip(row, self._numeric, strict=True)) for row in self.rows]

    @property
    def heads(self) -> list[tuple[str, bool]]:
        return list(zip(self.header, self._numeric, strict=True))

    @property
    def _numeric(self) -> list[bool]:
        return [not any(isinstance(row[at], str) for row in self.rows) for at in range(len(self.header))]

    @property
    def stops(self) -> list[tuple[float, str]]:
        """Where each colour of the key stands, in percent."""
        colours = self.key[2] if self.key else ()
        return [(100 * at / max(len(colours) - 1, 1), colour) for at, colour in enumerate(colours)]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "reading": self.reading,
            "empty": self.empty,
            "height": self.height,
            "table": {"header": list(self.header), "rows": [list(row) for row in self.rows]},
            "figure": {"data": list(self.traces), "layout": self.layout},
        }


@dataclass(frozen=True)
class Reliability:
    """How often a row's answers of stated confidence were right: bins of equal width from 0 to 1.

    edges (B + 1,);  counts, right (B,)  answers in a bin, how much was right;  confidence (B,) mean
    """

    row: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    confidence: tuple[float, ...]
    right: tuple[float, ...]


@dataclass(frozen=True)
class Material:
    """What charts are drawn from; what costs something is fetched when it is needed.

    study  columns of the group of raters shown, as published (services.study_boards); none on other boards
    joint  both scores of every system in words (selectors.joint_pages); None on other boards
    """

    table: Table
    pairs: Callable[[], Pairs | None]
    reliability: Callable[[], Sequence[Reliability]]
    study: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    joint: Callable[[], Any] = lambda: None


def nothing(name: str, title: str, why: str) -> Chart:
    """A chart that cannot be drawn yet, and why."""
    return Chart(name, title, reading=why, empty=why)


def name_of(row: Row) -> str:
    """The row as a reader tells it from others: system, mode, and whether it was run here."""
    name = f"{row.system} ({row.mode})" if row.mode else row.system
    return f"{name} †" if row.origin == "reported" else name


def labels(rows: Sequence[Row]) -> list[str]:
    """Names short enough for an axis, no two alike."""
    alike = len({row.mode for row in rows}) == 1  # what all share tells nobody from another
    seen: dict[str, int] = {}
    found = []
    for row in rows:
        name = plain(name_of(replace(row, mode="") if alike else row))
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} #{seen[name]}")
    return found


def plain(text: str) -> str:
    """Text that Plotly, which reads some tags and entities, shows as it is."""
    return text.replace("&", "＆").replace("<", "‹").replace(">", "›").replace("$", "＄")


def short(name: str, most: int = 26) -> str:
    """A name of a column for an axis."""
    name = plain(name)
    return name if len(name) <= most else f"{name[: most - 1]}…"


def scale_of(colours: Sequence[str]) -> list[list[float | str]]:
    """Colours at equal distances, as Plotly takes them."""
    return [[at / (len(colours) - 1), colour] for at, colour in enumerate(colours)]


def chosen(table: Table, most: int) -> tuple[Row, ...]:
    """The rows put side by side by the reader, or else the first of the best placed."""
    compared = [row for key in table.slice.compare if (row := table.row(key))]
    return tuple(compared or [each.row for each in measured(table)[3]])[:most]


def placed(rows: Sequence[Row]) -> list[Row]:
    """Rows with an average, highest first; those alike by name."""
    known = [row for row in rows if row.average is not None]
    return sorted(known, key=lambda row: (-(row.average or 0.0), row.system.casefold(), row.mode))


@dataclass(frozen=True)
class Measured:
    """A row's number that is drawn: the average, or on boards without one that of a column."""

    row: Row
    value: float
    low: float | None
    high: float | None
    rank_low: int | None
    rank_high: int | None
    band: int | None

    @property
    def rank(self) -> str:
        if self.rank_low is None or self.rank_high is None:
            return gettext("not rankable")
        return f"{self.rank_low}" if self.rank_low == self.rank_high else f"{self.rank_low}–{self.rank_high}"


def measured(table: Table) -> tuple[str, Scale, bool, list[Measured]]:
    """What a board orders its rows by: name, scale, whether higher is better, and the rows, best first."""
    rows = placed(table.rows)
    if rows:
        scale = common(table.columns)
        found = [Measured(r, r.average or 0.0, r.low, r.high, r.rank_low, r.rank_high, r.band) for r in rows]
        return gettext("Average"), scale, True, found
    column = first_column(table)
    if column is None:
        return gettext("Average"), "share", True, []
    return column.name, column.scale, column.higher_is_better, of_column(table, column)


def first_column(table: Table) -> Column | None:
    """The column a board without averages is read by: the one it is sorted by, or its first."""
    asked = table.column(table.slice.sort.removeprefix("-"))
    every = (asked, *table.shown, *table.columns)
    return next((column for column in every if column is not None), None)


def of_column(table: Table, column: Column) -> list[Measured]:
    """The rows with a number in this column, best first."""
    found = []
    for row in table.rows:
        cell = row.cells.get(column.key)
        if cell is not None and cell.value is not None:
            found.append(
                Measured(row, cell.value, cell.low, cell.high, cell.rank_low, cell.rank_high, cell.band)
            )
    return sorted(found, key=lambda each: -each.value if column.higher_is_better else each.value)


def errors(values: Sequence[Measured], scale: Scale) -> dict[str, Any]:
    """Error bars of Plotly for numbers with limits, in shown units."""
    above = [0.0 if e.high is None else shown(e.high, scale) - shown(e.value, scale) for e in values]
    below = [0.0 if e.low is None else shown(e.value, scale) - shown(e.low, scale) for e in values]
    return {
        "type": "data",
        "symmetric": False,
        "array": above,
        "arrayminus": below,
        "thickness": 1.5,
        "width": 3,
    }


def with_limits(value: float | None, low: float | None, high: float | None, scale: Scale) -> str:
    """A number for a sentence: 61.2 (59.8 to 62.5)."""
    if low is None or high is None:
        return written(value, scale)
    limits = {"low": written(low, scale), "high": written(high, scale)}
    return f"{written(value, scale)} ({gettext('%(low)s to %(high)s') % limits})"


def rounded(value: float | None, scale: Scale) -> float | None:
    """A number for a table under a chart."""
    return None if value is None else round(shown(value, scale), 2)


def axis(title: str, scale: Scale | None = None, **more: Any) -> dict[str, Any]:
    named = f"{title} ({gettext(NAMES[scale])})" if scale else title
    return {
        "title": {"text": plain(named)}, "automargin": True, "gridcolor": "var(--line)",
        "linecolor": "var(--edge)", "zeroline": False, **more,
    }  # fmt: skip


def listed(names: Sequence[str], most: int = 3) -> str:
    """A few names in a sentence, the rest as a number."""
    if len(names) <= most:
        return get_text_list(list(names), gettext("and")) if names else gettext("none")
    first = {"names": ", ".join(names[:most]), "n": len(names) - most}
    return gettext("%(names)s and %(n)s more") % first
