"""What one rating says of each system on its screen, measure by measure.

    win_rate     pairwise: 1 for the answer preferred, 0 for the other and both of a tie; "neither" is no game
    top_bin      1 where the level is one counted in the headline percentage
    mean_level   ordinal without such levels: the place of the level, from 1
    share:x      1 where the answer is x, 0 where it is another
    mean         the number given, or the number of passages marked
    mean_place   rank: the place, from 1
    score        checklist: Σ points met / Σ positive points;  coverage  share of wanted criteria that are met

A question about the screen as a whole says nothing of a single system where the screen shows several.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from raters.domain.rubric import Payload, Rubric, observations, preferred, scores, verdict
from raters.domain.rubric.case import Screen
from raters.domain.rubric.observing import answered
from raters.domain.rubric.rubric import Axis

SHARES = ("win_rate", "top_bin", "coverage", "share:")


@dataclass(frozen=True)
class Measured:
    """`answer` is the canonical number of the answer, from 0."""

    variable: str
    measure: str
    answer: int
    value: float


def is_share(measure: str) -> bool:
    """Whether the measure lies between 0 and 1."""
    return measure.startswith(SHARES)


def measured(rubric: Rubric, payload: Payload, screen: Screen) -> Iterator[Measured]:
    """Every measure a canonical payload gives."""
    for axis in rubric.axes:
        for part, value in answered(axis, payload, screen):
            yield from _of_axis(axis, part, value, screen)
    wanted = {axis.id for axis in rubric.axes if axis.type == "checklist"}
    for name, score in scores(rubric, payload, screen).items():
        axis_id, _, rest = name.partition(".")
        measure, _, part = rest.partition(".")
        if axis_id in wanted and measure in ("score", "coverage") and isinstance(score, float):
            yield from _one(axis_id, measure, part, score, screen)
    derived = {made.id for made in rubric.derived}
    for one in observations(rubric, payload, screen):
        if one.variable in derived:
            yield from _one(one.variable, "share:yes", one.part, float(one.value == "yes"), screen)


def _one(variable: str, measure: str, part: str, value: float, screen: Screen) -> Iterator[Measured]:
    if part:
        yield Measured(variable, measure, int(part), value)
    elif len(screen.order) == 1:
        yield Measured(variable, measure, 0, value)


def _of_axis(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Measured]:
    if axis.type == "pairwise":
        yield from _wins(axis, value, screen)
    elif axis.type == "rank":
        for place, position in enumerate(value, start=1):
            yield Measured(axis.id, "mean_place", screen.order[position - 1], float(place))
    elif axis.type == "multi_select":
        for option in axis.options:
            ticked = float(option.value in value)
            yield from _one(f"{axis.id}.{option.value}", "share:yes", part, ticked, screen)
    elif axis.type == "spans":
        yield from _one(f"{axis.id}.count", "mean", part, float(len(value)), screen)
    elif axis.type in ("interval", "number"):
        yield from _one(axis.id, "mean", part, float(value), screen)
    elif axis.type in ("binary", "nominal", "ordinal"):
        measure, number = _choice(axis, value)
        yield from _one(axis.id, measure, part, number, screen)


def _choice(axis: Axis, value: str) -> tuple[str, float]:
    top = {option.value for option in axis.options if option.top_bin}
    if top:
        return "top_bin", float(value in top)
    if axis.type == "ordinal":
        return "mean_level", float([option.value for option in axis.options].index(value) + 1)
    first = axis.options[0].value
    return f"share:{first}", float(value == first)


def _wins(axis: Axis, value: str, screen: Screen) -> Iterator[Measured]:
    chosen = preferred(axis, verdict(value, screen.order))
    if chosen != "neither":
        yield Measured(axis.id, "win_rate", 0, float(chosen in ("a", "a_much")))
        yield Measured(axis.id, "win_rate", 1, float(chosen in ("b", "b_much")))
