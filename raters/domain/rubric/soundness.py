"""Whether each axis of a rubric can be asked: options, limits, sides, and answers to see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import isclose, isfinite

import msgspec

from raters.domain.rubric.rubric import PAIRWISE_VALUES, Axis, AxisType, Option, Part, Rubric, Unit

MOST_AXES = 100
MOST_OPTIONS = 100
MOST_ANSWERS = 10
MOST_STEPS = 100_000
LARGEST = 1e12  # of limits and answers; within it steps of LEAST_STEP are told apart well enough
LEAST_STEP = 1e-6
ID = re.compile(r"[a-z0-9_]{1,60}")
ID_RULE = "use 1 to 60 small letters, digits and underscores"

_NUMBERS: frozenset[AxisType] = frozenset({"interval", "number"})
_USED_BY: dict[str, frozenset[AxisType]] = {
    "options": frozenset({"binary", "nominal", "ordinal", "multi_select", "pairwise", "spans"}),
    "low": _NUMBERS,
    "high": _NUMBERS,
    "step": _NUMBERS,
    "low_label": _NUMBERS,
    "high_label": _NUMBERS,
    "selected_means": frozenset({"pairwise"}),
    "sides": frozenset({"spans"}),
    "severities": frozenset({"spans"}),
    "evidence": frozenset({"checklist"}),
}
_FEWEST_OPTIONS: dict[AxisType, int] = {
    "binary": 2,
    "nominal": 2,
    "ordinal": 2,
    "multi_select": 1,
    "pairwise": 2,
    "spans": 1,
}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What of a rubric decides whether an axis fits on its screen."""

    unit: Unit = "answer"
    answers: int = 1
    shows: tuple[Part, ...] = ("question",)


def shape_of(rubric: Rubric) -> Shape:
    return Shape(unit=rubric.unit, answers=rubric.answers, shows=rubric.shows)


def rubric_problems(rubric: Rubric) -> list[str]:
    """Problems of the rubric as a whole, its axes apart."""
    problems = [] if ID.fullmatch(rubric.id) else [f'the rubric\'s id "{rubric.id[:60]}" is no id: {ID_RULE}']
    needed = ("title", "description", "source", "guidelines")
    problems += [f'"{name}" is empty: raters need it' for name in needed if not getattr(rubric, name).strip()]
    if not (isfinite(rubric.minutes) and 0 < rubric.minutes <= 600):
        problems.append(f'"minutes" is {rubric.minutes}: plan more than 0 and at most 600 for one screen')
    problems += [f'"shows" names "{part}" twice' for part in _twice(rubric.shows)]
    for name in ("checks", "derived"):
        if len(getattr(rubric, name)) > MOST_AXES:
            problems.append(f'"{name}" has more than {MOST_AXES} entries: leave some out')
    return problems + _answers_problems(rubric)


def _answers_problems(rubric: Rubric) -> list[str]:
    fewest, most = {"pair": (2, 2), "set": (2, MOST_ANSWERS)}.get(rubric.unit, (1, 1))
    if fewest <= rubric.answers <= most:
        return []
    wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
    return [f'a rubric of unit "{rubric.unit}" shows {wanted} answers, "answers" says {rubric.answers}']


def axes_problems(axes: Sequence[Axis], shape: Shape) -> list[str]:
    """Problems of each axis by itself, and ids given twice."""
    if not axes:
        return ["there is no axis that could be asked: add [[axes]]"]
    if len(axes) > MOST_AXES:
        return [f"there are {len(axes)} axes, more than the {MOST_AXES} allowed: split the rubric"]
    problems = [f'axis "{name[:60]}": another axis has the same id' for name in _twice([a.id for a in axes])]
    for axis in axes:
        problems += [f'axis "{axis.id[:60]}": {what}' for what in _axis_problems(axis, shape)]
    return problems


def _axis_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    if not ID.fullmatch(axis.id):
        yield f"this is no id: {ID_RULE}"
    for name in ("label", "question"):
        if not getattr(axis, name).strip():
            yield f'"{name}" is empty'
    for name, users in _USED_BY.items():
        if axis.type not in users and not _unset(getattr(axis, name)):
            yield f'"{name}" says nothing about an axis of type {axis.type}: remove it'
    if axis.type in _FEWEST_OPTIONS:
        yield from _option_problems(axis)
    yield from _BY_TYPE.get(axis.type, _nothing)(axis, shape)


def _unset(value: object) -> bool:
    return value is None or value is False or value in ((), "")


def _nothing(axis: Axis, shape: Shape) -> Iterator[str]:
    return iter(())


def _option_problems(axis: Axis) -> Iterator[str]:
    fewest = _FEWEST_OPTIONS[axis.type]
    if axis.type == "binary" and len(axis.options) != 2:
        yield f"a binary axis has two options, this one {len(axis.options)}"
    elif len(axis.options) < fewest:
        yield f"options are missing: type {axis.type} takes at least {fewest}"
    yield from _listed_problems(axis.options, "option")


def _listed_problems(options: Sequence[Option], kind: str) -> Iterator[str]:
    if len(options) > MOST_OPTIONS:
        yield f"there are {len(options)} entries of kind {kind}, more than the {MOST_OPTIONS} allowed"
        return
    for value in _twice([option.value for option in options]):
        yield f'{kind} "{value[:60]}" is there twice'
    for option in options:
        if not ID.fullmatch(option.value):
            yield f'{kind} "{option.value[:60]}": this is no value: {ID_RULE}'
        if not option.label.strip():
            yield f'{kind} "{option.value[:60]}": "label" is empty'


def _pairwise_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    if shape.answers != 2 or axis.per == "answer":
        yield 'a pairwise axis is asked once of two answers: set answers = 2 and leave "per" out'
    if axis.selected_means is None:
        yield 'selected_means is missing: say whether the answer picked is the "better" or the "worse" one'
    values = {option.value for option in axis.options}
    for value in sorted(values - set(PAIRWISE_VALUES)):
        yield f'option "{value[:60]}" is none of {", ".join(PAIRWISE_VALUES)}'
    for one, other in (("first", "second"), ("second", "first")):
        if one not in values:
            yield f'option "{one}" is missing'
        if f"{one}_much" in values and f"{other}_much" not in values:
            yield f'option "{other}_much" is missing: sides are chosen alike'
    order = [value for value in PAIRWISE_VALUES if value in values]
    if values <= set(PAIRWISE_VALUES) and [option.value for option in axis.options] != order:
        yield f"options stand in this order: {', '.join(order)}"


def _rank_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    if shape.answers < 2 or axis.per == "answer":
        yield 'a rank is given once to two or more answers: set answers, and leave "per" out'


def _spans_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    if not axis.sides:
        yield 'sides are missing: say which texts are marked, ["output"], ["source"] or both'
    for side in _twice(axis.sides):
        yield f'side "{side}" is there twice'
    if "source" in axis.sides and "source" not in shape.shows:
        yield 'the source is marked but not shown: add "source" to shows'
    if "output" in axis.sides and shape.answers > 1 and axis.per == "screen":
        yield 'which of the answers is marked? Set per = "answer"'
    yield from _listed_problems(axis.severities, "severity")


def _checklist_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    if "criteria" not in shape.shows:
        yield 'a checklist shows the criteria of the case: add "criteria" to shows'
    if axis.evidence and shape.unit != "dialogue" and "dialogue" not in shape.shows:
        yield 'evidence is a turn of a dialogue: add "dialogue" to shows'


def _number_problems(axis: Axis, shape: Shape) -> Iterator[str]:
    numbers = {name: getattr(axis, name) for name in ("low", "high", "step")}
    if wrong := [name for name, value in numbers.items() if value is not None and not abs(value) <= LARGEST]:
        yield f"{', '.join(wrong)}: give a plain number of at most {LARGEST:g}"
        return
    if axis.type == "interval" and (axis.low is None or axis.high is None):
        yield "an interval has two ends: give low and high"
    if axis.low is not None and axis.high is not None and axis.low >= axis.high:
        yield f"low ({axis.low:g}) must lie below high ({axis.high:g})"
    elif axis.step is not None:
        yield from _step_problems(axis, axis.step)


def _step_problems(axis: Axis, step: float) -> Iterator[str]:
    if step < LEAST_STEP:
        yield f"step ({step:g}) must be above 0, {LEAST_STEP:g} at least"
    elif axis.low is not None and axis.high is not None:
        steps = (axis.high - axis.low) / step
        if not steps <= MOST_STEPS:
            yield f"step ({step:g}) makes more than {MOST_STEPS} steps: leave it out for a continuous scale"
        elif not isclose(steps, round(steps), rel_tol=1e-9) or round(steps) < 1:
            yield f"steps of {step:g} do not lead from {axis.low:g} to {axis.high:g}"


def _twice(values: Sequence[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


_BY_TYPE: dict[AxisType, Callable[[Axis, Shape], Iterator[str]]] = {
    "pairwise": _pairwise_problems,
    "rank": _rank_problems,
    "spans": _spans_problems,
    "checklist": _checklist_problems,
    "interval": _number_problems,
    "number": _number_problems,
}
