"""Small charts as SVG in the page's own colours: everything is an attribute or a class, nothing a style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.translation import gettext as _

from raters.domain.quality import Series

WIDTH, HEIGHT = 320.0, 130.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 312.0, 12.0, 104.0
MOST_BARS = 12
register = template.Library()


@dataclass(frozen=True)
class Mark:
    """A dot with its interval, or a bar from y to y2; x is its middle."""

    x: float
    y: float
    y_low: float
    y_high: float
    width: float = 0.0

    @property
    def left(self) -> float:
        return round(self.x - self.width / 2, 2)

    @property
    def height(self) -> float:
        return round(self.y_low - self.y_high, 2)


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@register.filter
def sentence(reason: str) -> str:
    """A reason as a sentence of its own, whether or not it was written as one."""
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}." if reason else ""


@register.inclusion_tag("raters/quality_drift_chart.html")
def drift_chart(series: Series, title: str) -> dict[str, Any]:
    """Blocks in order of time with their intervals, the line of no change, and the alarm if there was one."""
    neutral = {"severity": 0.0, "speed": 1.0}.get(series.name)
    values = [v for point in series.points for v in (point.low, point.value, point.high) if v is not None]
    low, high = (0.0, 1.0) if neutral is None else _padded([*values, neutral])
    x = _positions(len(series.points))
    marks = [
        Mark(
            at,
            _y(point.value, low, high),
            _y(point.value if point.low is None else point.low, low, high),
            _y(point.value if point.high is None else point.high, low, high),
        )
        for at, point in zip(x, series.points, strict=True)
    ]
    return {
        "title": title,
        "series": series,
        "marks": marks,
        "path": " ".join(f"{mark.x},{mark.y}" for mark in marks),
        "neutral": None if neutral is None else _y(neutral, low, high),
        "ticks": [Tick(_y(value, low, high), _written(value)) for value in _ticks(low, high, neutral)],
        "alarm_x": _alarm_at(series, x),
        **_frame(),
    }


@register.inclusion_tag("raters/quality_times_chart.html")
def times_chart(times: Any) -> dict[str, Any]:
    """How long the screens took, in bars, with the own median and the study's."""
    counts, step = _bars([seconds / 60 for seconds in times.own])
    most, width = max(counts, default=1), (RIGHT - LEFT) / max(len(counts), 1)
    whole = step * len(counts)
    bars = [
        Mark(round(LEFT + width * (n + 0.5), 2), 0, BOTTOM, _y(count, 0, most), round(width * 0.86, 2))
        for n, count in enumerate(counts)
    ]

    def placed(seconds: float | None) -> float | None:
        if seconds is None or not whole:
            return None
        return round(LEFT + (RIGHT - LEFT) * min(seconds / 60 / whole, 1), 2)

    return {
        "times": times,
        "bars": bars,
        "rows": [(step * n, step * (n + 1), count) for n, count in enumerate(counts)],
        "own": placed(times.own_median),
        "study": placed(times.study_median),
        "most": most,
        "last": _("%(minutes)s min") % {"minutes": _written(whole)},
        **_frame(),
    }


def _bars(minutes: Sequence[float]) -> tuple[list[int], float]:
    """Counts by steps of equal length; the longest tenth of a hundred shares the last one."""
    if not minutes:
        return [], 0.0
    ordered = sorted(minutes)
    reach = max(ordered[int(0.95 * (len(ordered) - 1))], ordered[0], 0.5)
    step = next(step for step in (0.25, 0.5, 1, 2, 5, 10, 30, 60, 1440) if reach / step <= MOST_BARS)
    bars = int(reach / step) + 1
    counts = [0] * bars
    for one in ordered:
        counts[min(int(one / step), bars - 1)] += 1
    return counts, step


def _frame() -> dict[str, float]:
    return {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}


def _positions(n: int) -> list[float]:
    wide = (RIGHT - LEFT) / max(n, 1)
    return [round(LEFT + wide * (at + 0.5), 2) for at in range(n)]


def _alarm_at(series: Series, x: Sequence[float]) -> float | None:
    if series.alarm is None:
        return None
    blocks = zip(x, series.points, strict=True)
    return next((at for at, point in blocks if point.last >= series.alarm.number), None)


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.08 or 0.5
    return low - room, high + room


def _ticks(low: float, high: float, neutral: float | None) -> list[float]:
    if neutral is None:
        return [0.0, 0.5, 1.0]
    apart = (high - low) * 0.2
    return [neutral, *(end for end in (low, high) if abs(end - neutral) > apart)]


def _y(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return round(BOTTOM - (BOTTOM - TOP) * min(max(share, 0.0), 1.0), 2)


def _written(value: float) -> str:
    """Never in local digits or signs: the chart's axis."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0") if abs(value) < 0.005 else f"{value:.3g}"
