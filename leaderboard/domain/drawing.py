"""Where the marks of small pictures stand, in the units of their viewBox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

BAR_WIDTH, BAR_GAP, BAR_TOP, BAR_HEIGHT = 44.0, 8.0, 18.0, 120.0
ROW_HEIGHT, NAME_WIDTH, PLOT_WIDTH, HEAD = 22.0, 240.0, 420.0, 8.0


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    height: float
    label: str
    count: int

    @property
    def middle(self) -> float:
        return self.x + BAR_WIDTH / 2

    @property
    def above(self) -> float:
        return round(self.y - 4, 1)


@dataclass(frozen=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True)
class ForestRow:
    """A difference with its interval; `low_x` None where there is no interval. `side` -1, 0 or 1: whom it
    favours beyond doubt."""

    label: str
    y: float
    x: float
    low_x: float | None
    high_x: float | None
    side: int

    @property
    def base(self) -> float:
        """Of the words: their baseline."""
        return self.y + 4


@dataclass(frozen=True)
class Forest:
    rows: tuple[ForestRow, ...]
    ticks: tuple[Tick, ...]
    zero: float
    width: float
    height: float

    @property
    def foot(self) -> float:
        """Where the lines of the axis end."""
        return self.height - 20

    @property
    def base(self) -> float:
        """Of the axis' numbers."""
        return self.height - 6


def bars(counts: Sequence[int], labels: Sequence[str]) -> tuple[Bar, ...]:
    """Bars side by side, the largest count at full height."""
    top = max([*counts, 1])
    found = []
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        height = BAR_HEIGHT * count / top
        x = BAR_GAP + place * (BAR_WIDTH + BAR_GAP)
        found.append(Bar(x, round(BAR_TOP + BAR_HEIGHT - height, 1), round(height, 1), label, count))
    return tuple(found)


def forest(rows: Sequence[tuple[str, float, float | None, float | None]]) -> Forest:
    """(label, difference, low, high) from top to bottom about a line at no difference.

    The axis is even on both sides and ends at a round number beyond the widest limit.
    """
    ends = [abs(each) for _, *numbers in rows for each in numbers if each is not None]
    reach = _round_up(max([*ends, 0.01]))
    scale, zero = PLOT_WIDTH / 2 / reach, NAME_WIDTH + PLOT_WIDTH / 2

    def at(value: float | None) -> float | None:
        return None if value is None else round(zero + scale * value, 1)

    drawn = tuple(
        ForestRow(
            label, HEAD + ROW_HEIGHT * (place + 0.5), at(value) or zero, at(low), at(high), side(low, high)
        )
        for place, (label, value, low, high) in enumerate(rows)
    )
    ticks = tuple(
        Tick(round(zero + scale * value, 1), _signed(100 * value))
        for value in (-reach, -reach / 2, 0.0, reach / 2, reach)
    )
    return Forest(tuple(drawn), ticks, zero, NAME_WIDTH + PLOT_WIDTH + 30, HEAD + ROW_HEIGHT * len(rows) + 26)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def side(low: float | None, high: float | None) -> int:
    """1 where an interval lies above no difference, -1 below, 0 across or unknown."""
    if low is None or high is None:
        return 0
    return 1 if low > 0 else -1 if high < 0 else 0


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 10 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    steps = next(step for step in (1, 2, 4, 5, 10) if ceil(round(value / power, 9)) <= step)
    return float(steps * power)
