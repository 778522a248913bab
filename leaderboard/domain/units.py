"""In what unit a number is shown: shares times 100, points as they are, strengths on Elo's scale."""

from __future__ import annotations

import math
from collections.abc import Iterable

from leaderboard.domain.table import Column, Scale

ELO_POINTS = 400 / math.log(10)  # of one logit
ELO_MIDDLE = 1000
_DECIMALS: dict[Scale, int] = {"share": 1, "points": 2, "logit": 0}
FORMATS = {scale: f"%.{digits}f" for scale, digits in _DECIMALS.items()}  # a board writes ten thousands
NAMES: dict[Scale, str] = {"share": "× 100", "points": "points", "logit": "Elo points"}


def shown(value: float, scale: Scale) -> float:
    """The number a reader sees, unrounded."""
    if scale == "share":
        return 100 * value
    return ELO_MIDDLE + ELO_POINTS * value if scale == "logit" else value


def shown_gap(value: float, scale: Scale) -> float:
    """A difference of two numbers, or half an interval, in the unit readers see."""
    return {"share": 100.0, "points": 1.0, "logit": ELO_POINTS}[scale] * value


def written(value: float | None, scale: Scale) -> str:
    """One decimal, two for points, none on Elo's scale; "–" where there is nothing."""
    if value is None:
        return "–"
    text = FORMATS[scale] % shown(value, scale)
    return text[1:] if text[0] == "-" and float(text) == 0 else text


def decimals(scale: Scale) -> int:
    return _DECIMALS[scale]


def common(columns: Iterable[Column]) -> Scale:
    """The scale averages are on: that of the columns, where they share one, else shares."""
    found = {column.scale for column in columns}
    return found.pop() if len(found) == 1 else "share"
