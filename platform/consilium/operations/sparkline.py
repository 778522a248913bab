"""A row of figures as a small picture: points of an SVG line, and of the area below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 240, 48, 2


@dataclass(frozen=True)
class Sparkline:
    """`line` and `area` in a box of WIDTH times HEIGHT; the highest figure is `most`, the last one `last`."""

    line: str
    area: str
    most: float
    last: float


def sparkline(figures: Sequence[float]) -> Sparkline:
    """From left to right; the lowest place is 0, the highest the greatest figure, at least 1."""
    most = max([*figures, 0.0])
    step = WIDTH / max(len(figures) - 1, 1)
    room = HEIGHT - 2 * MARGIN
    points = [
        f"{place * step:.1f},{HEIGHT - MARGIN - room * figure / max(most, 1.0):.1f}"
        for place, figure in enumerate(figures)
    ]
    line = " ".join(points)
    end = f"{(len(figures) - 1) * step:.1f}"
    area = f"0,{HEIGHT} {line} {end},{HEIGHT}" if points else ""
    return Sparkline(line, area, most, figures[-1] if figures else 0.0)
