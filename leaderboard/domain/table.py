"""A board as it is read: the page, the files, the API, charts and comparisons all take these shapes.

A benchmark's board has one column a task; a study's, one column a question and measure. Numbers of scale
"share" run from 0 to 1 (agreement: from -1) and are shown times 100; "points" are shown as they are; "logit"
are Bradley-Terry strengths, shown on Elo's scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from leaderboard.domain.order import half_widths
from leaderboard.domain.significance import SignificanceMatrix

Scale = Literal["share", "points", "logit"]
Origin = Literal["run", "reported", "study"]
Kind = Literal["benchmark", "reported", "study", "joint"]


@dataclass(frozen=True)
class Column:
    """What is measured.

    key       unique on its board: in addresses and files
    category  the group it belongs to in an overview: a task family, a kind of question; "" for none
    facets    facet → values it has, what filters choose by
    second    the name of a cell's second number (ROUGE beside BLEU), "" for none
    counted   the unit counted: items, ratings, votes
    """

    key: str
    name: str
    metric: str
    category: str = ""
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: Scale = "share"
    second: str = ""
    higher_is_better: bool = True
    counted: str = "items"
    note: str = ""


@dataclass(slots=True)
class Cell:
    """A system's number in a column; `value` None with the `status` that says why.

    Nobody changes one; it is not frozen because a board holds ten thousand, and a frozen one takes several
    times as long to make.

    rank_low, rank_high, band   in this column alone, where the board has them (studies)
    n_raters                    of a physicians' number
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unparsed: int = 0
    status: str = "ok"
    second: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    band: int | None = None
    n_raters: int | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is known of the cell, in plain types."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in known.items() if value is not None and value != ""}


@dataclass(frozen=True)
class Row:
    """One system and mode.

    key        unique on the board ("run-12", "reported-7", "study-3"): in compare addresses
    system_key of its page (evaluation.domain.names.name_key); "" where the name is kept back
    submission the run's, None for others and where the name is kept back
    place      position by average alone, as boards elsewhere print it; shown beside, never instead of, ranks
    attributes domain, licence, access, size_b, released … as far as known
    resources  tokens_in, tokens_out, seconds, cost: sums over what was answered, where recorded
    """

    key: str
    system: str
    kind: str
    mode: str
    origin: Origin
    cells: Mapping[str, Cell]
    n_items: int = 0
    n_unparsed: int = 0
    average: float | None = None
    low: float | None = None
    high: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    band: int | None = None
    place: int | None = None
    missing: int = 0
    starts_band: bool = False
    system_key: str = ""
    submission: str | None = None
    run: int | None = None
    anonymous: bool = False
    at: datetime | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, float] = field(default_factory=dict)

    @property
    def unparsed_share(self) -> float:
        return self.n_unparsed / self.n_items if self.n_items else 0.0


@dataclass(frozen=True)
class Head:
    """What a board is about. `benchmark` and `study` are slugs, where it has one."""

    slug: str
    title: str
    kind: Kind
    description: str = ""
    version: str = ""
    benchmark: str = ""
    study: str = ""
    synthetic: bool = False
    labelled_by: str = ""  # a board of judges: with whose labels they agree
    source: str = ""
    licence: str = ""
    citation: str = ""
    modes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()  # of raters; never pooled: one is shown at a time
    labels: Mapping[str, str] = field(default_factory=dict)  # facet → what people call it


@dataclass(frozen=True)
class Listing:
    """A board in the list of boards."""

    head: Head
    systems: int
    changed_at: datetime | None


@dataclass(frozen=True)
class Slice:
    """What of a board is asked for; the default is the whole board. Lists hold keys of the board.

    chosen   facet → values, any of them;  columns  shown ones, none means the board's own choice
    weights  column → weight in the average, by default all alike;  only  systems searched for, by name
    compare  keys of rows put side by side;  mode, group  "" for all modes and the first group
    as_of    the board as it stood then
    """

    split: str = "all"
    mode: str = ""
    group: str = ""
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    only: str = ""
    sort: str = "rank"  # rank, system, average, unparsed or a column; "-" before it turns it round
    compare: tuple[str, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, eq=False)
class Pairs:
    """Every pair of ranked rows, judged together: (R, R) each, row minus column.

    keys    row keys in the order of the matrices;  p_adjusted  by the stated `correction`
    scope   whom the comparison speaks for: items like these, tasks like these, raters like these
    """

    keys: tuple[str, ...]
    difference: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    p: npt.NDArray[np.float64]
    p_adjusted: npt.NDArray[np.float64]
    p_holm: npt.NDArray[np.float64]
    correction: str
    scope: str


@dataclass(frozen=True)
class Table:
    """A board over a slice.

    columns   of the slice: they make the averages;  shown  those a page has room for, in order. On a wide
              board these are means of whole categories, with cells of their own, and are in no average
    facets    facet → every value there is, for filters
    revision  how often the board had changed by then
    order_method, order_scope   how rank ranges were made and whom they speak for; or why there are none
    note      what a reader has to know of this slice: too few cases, where reported rows come from
    """

    head: Head
    revision: int
    changed_at: datetime | None
    columns: tuple[Column, ...]
    shown: tuple[Column, ...]
    facets: Mapping[str, tuple[str, ...]]
    rows: tuple[Row, ...]
    slice: Slice
    order_method: str = ""
    order_scope: str = ""
    note: str = ""

    @property
    def has_bands(self) -> bool:
        """Whether the data separate anybody at all."""
        return any((row.band or 1) > 1 for row in self.rows)

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def column(self, key: str) -> Column | None:
        return next((column for column in (*self.columns, *self.shown) if column.key == key), None)


def pairs_of(keys: tuple[str, ...], matrix: SignificanceMatrix, scope: str) -> Pairs:
    """The pairs of a ranking as they are read: limits are of every pair alone, at 95 %."""
    half = half_widths(matrix)
    return Pairs(
        keys=keys,
        difference=matrix.difference,
        low=matrix.difference - half,
        high=matrix.difference + half,
        p=matrix.p,
        p_adjusted=matrix.p_max_t,
        p_holm=matrix.p_holm,
        correction=matrix.method,
        scope=scope,
    )


def categories(columns: Sequence[Column]) -> dict[str, tuple[Column, ...]]:
    """Columns by category, in order of first appearance."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        found.setdefault(column.category, []).append(column)
    return {name: tuple(those) for name, those in found.items()}
