"""How good a rating says an answer is, from 0 to 1: what twins are told from their answers by, and severity.

Only axes whose better end the rubric declares count, each as much as the others:

    binary, nominal   options marked `top_bin` are the good ones: 1 where one of them was chosen, else 0
    ordinal           the level's place between the worst (0) and the best (1); the end at which the levels
                      marked `top_bin` stand is the best
    checklist         points of criteria met over positive points, cut at 0 and 1
    spans             1 / (1 + marked errors)

Pairs and ranks compare answers and say nothing of one alone; numbers have no declared better end.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

from raters.domain.rubric.case import Screen
from raters.domain.rubric.observing import answered
from raters.domain.rubric.rubric import Axis, Payload, Rubric
from raters.domain.rubric.scoring import scores

NO_DIRECTION = "this rubric declares of none of its axes which end is the better one"


def has_direction(rubric: Rubric) -> bool:
    """Whether any axis of the rubric says how good an answer is."""
    return any(_directed(axis) for axis in rubric.axes)


def goodness(rubric: Rubric, payload: Payload, screen: Screen) -> float | None:
    """The mean over directed axes that were answered and judged; None where there is none."""
    found = scores(rubric, payload, screen)
    values = []
    for axis in filter(_directed, rubric.axes):
        for part, value in answered(axis, payload, screen):
            name = f"{axis.id}.score.{part}" if part else f"{axis.id}.score"
            one = found.get(name) if axis.type == "checklist" else _value(axis, value)
            if isinstance(one, int | float):
                values.append(min(max(float(one), 0.0), 1.0))
    return fmean(values) if values else None


def _directed(axis: Axis) -> bool:
    if axis.type in ("checklist", "spans"):
        return True
    return axis.type in ("binary", "nominal", "ordinal") and any(option.top_bin for option in axis.options)


def _value(axis: Axis, value: Any) -> float:
    if axis.type == "spans":
        return 1 / (1 + len(value))
    good = {option.value for option in axis.options if option.top_bin}
    if axis.type != "ordinal" or len(axis.options) < 3:
        return float(value in good)
    levels = [option.value for option in axis.options]
    places = [levels.index(each) for each in good]
    share = levels.index(value) / (len(levels) - 1)
    return share if fmean(places) * 2 >= len(levels) - 1 else 1 - share
