"""What a rating says, variable by variable, for agreement and analysis.

    binary, nominal   one nominal variable; ordinal: one ordinal variable, anchors in their order
    interval, number  the number; an interval with at most 200 steps has its numbers declared
    multi_select      a yes/no variable per option, "axis.option"
    pairwise          "a_much", "a", "tie", "b", "b_much" in terms of the answers, ordinal. "neither" lies
                      nowhere between them: it is no observation there but the yes of "axis.neither"
    rank              each answer's place, "1" the best, ordinal
    checklist         met or not_met for each criterion
    spans             their number "axis.count", and the spans themselves as JSON text, to be matched
    derived           yes or no
    text              none

What could not be judged, was hidden or not answered is no observation. `part` is the criterion's id, the
canonical number of the answer from 0, or both as "0:id".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import msgspec

from raters.domain.agreement import Scale
from raters.domain.rubric.case import Screen
from raters.domain.rubric.conditions import stated
from raters.domain.rubric.pairs import VERDICTS, verdict
from raters.domain.rubric.rubric import Axis, AxisType, Payload, Rubric

MOST_DECLARED_NUMBERS = 200
YES_NO = Scale("nominal", ("yes", "no"))
Kind = AxisType | Literal["derived", "count"]


@dataclass(frozen=True)
class Variable:
    """One thing measured, from the axis named. `scale` None: neither categories nor numbers (spans)."""

    id: str
    label: str
    scale: Scale | None
    kind: Kind
    axis: str


@dataclass(frozen=True)
class Observation:
    """One value of one variable: text where the scale declares texts, else a number; JSON text for spans."""

    variable: str
    part: str
    value: str | float


def variables(rubric: Rubric) -> tuple[Variable, ...]:
    """Every variable a rating can have a value of, in the rubric's order, derived ones last."""
    found = [variable for axis in rubric.axes for variable in _variables_of(axis, rubric.answers)]
    found += [Variable(made.id, made.label, YES_NO, "derived", made.axis) for made in rubric.derived]
    return tuple(found)


def observations(rubric: Rubric, payload: Payload, screen: Screen) -> list[Observation]:
    """The values of a canonical payload, as `check` returns it, turned back to canonical answers."""
    found = [one for axis in rubric.axes for one in _observed(axis, payload, screen)]
    for made in rubric.derived:
        axis = rubric.axis(made.axis)
        for part, value in answered(axis, payload, screen):
            yes = not stated(axis, value).isdisjoint(made.values)
            found.append(Observation(made.id, part, "yes" if yes else "no"))
    return found


def answered(axis: Axis, payload: Payload, screen: Screen) -> Iterator[tuple[str, Any]]:
    """(part, value) of an axis where it was answered and judged; parts are canonical numbers of answers."""
    value = payload.get(axis.id)
    if value is None:
        return
    if axis.per == "screen":
        if not is_abstention(value):
            yield "", value
        return
    for position, each in sorted(value.items(), key=lambda item: screen.order[int(item[0]) - 1]):
        if not is_abstention(each):
            yield str(screen.order[int(position) - 1]), each


def is_abstention(value: object) -> bool:
    """Whether an answer says "cannot judge"; a criterion of that name is no such answer."""
    return isinstance(value, Mapping) and isinstance(value.get("cannot_judge"), str)


def declared_numbers(axis: Axis) -> tuple[float, ...] | None:
    """The numbers of an interval with steps, if they are few enough to be declared one by one."""
    if axis.type != "interval" or axis.low is None or axis.high is None or axis.step is None:
        return None
    low, step = Decimal(str(axis.low)), Decimal(str(axis.step))
    count = round((axis.high - axis.low) / axis.step) + 1
    return tuple(float(low + step * n) for n in range(count)) if count <= MOST_DECLARED_NUMBERS else None


def _variables_of(axis: Axis, answers: int) -> Iterator[Variable]:
    if axis.type == "text":
        return
    if axis.type == "multi_select":
        for option in axis.options:
            label = f"{axis.label}: {option.label}"
            yield Variable(f"{axis.id}.{option.value}", label, YES_NO, axis.type, axis.id)
        return
    yield Variable(axis.id, axis.label, _scale(axis, answers), axis.type, axis.id)
    if axis.type == "spans":
        yield Variable(f"{axis.id}.count", f"{axis.label}: number", Scale("ratio", None), "count", axis.id)
    if axis.type == "pairwise" and any(option.value == "neither" for option in axis.options):
        yield Variable(f"{axis.id}.neither", f"{axis.label}: neither", YES_NO, axis.type, axis.id)


def _scale(axis: Axis, answers: int) -> Scale | None:
    values = tuple(option.value for option in axis.options)
    if axis.type in ("binary", "nominal"):
        return Scale("nominal", values)
    if axis.type == "ordinal":
        return Scale("ordinal", values)
    if axis.type == "interval":
        return Scale("interval", declared_numbers(axis))
    if axis.type == "number":
        return Scale("ratio" if axis.low is not None and axis.low >= 0 else "interval", None)
    if axis.type == "pairwise":
        chosen = {verdict(value, (0, 1)) for value in values} - {"neither"}
        return Scale("ordinal", tuple(each for each in VERDICTS if each in chosen))
    if axis.type == "rank":
        return Scale("ordinal", tuple(str(place) for place in range(1, answers + 1)))
    return Scale("nominal", ("met", "not_met")) if axis.type == "checklist" else None


def _observed(axis: Axis, payload: Payload, screen: Screen) -> Iterator[Observation]:
    observe = _OBSERVERS.get(axis.type, _as_it_is)
    for part, value in answered(axis, payload, screen):
        yield from observe(axis, part, value, screen)


def _as_it_is(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    yield Observation(axis.id, part, value)


def _number(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    yield Observation(axis.id, part, float(value))


def _nothing(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    return iter(())


def _ticks(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    for option in axis.options:
        yield Observation(f"{axis.id}.{option.value}", part, "yes" if option.value in value else "no")


def _choice_of_two(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    if value != "neither":
        yield Observation(axis.id, part, verdict(value, screen.order))
    if any(option.value == "neither" for option in axis.options):
        yield Observation(f"{axis.id}.neither", part, "yes" if value == "neither" else "no")


def _places(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    for answer in range(len(screen.order)):
        position = screen.order.index(answer) + 1
        yield Observation(axis.id, str(answer), str(value.index(position) + 1))


def _criteria(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    for criterion, entry in value.items():
        if entry["met"] != "cannot_judge":
            yield Observation(axis.id, f"{part}:{criterion}" if part else criterion, entry["met"])


def _spans(axis: Axis, part: str, value: Any, screen: Screen) -> Iterator[Observation]:
    yield Observation(axis.id, part, msgspec.json.encode(value).decode())
    yield Observation(f"{axis.id}.count", part, float(len(value)))


_OBSERVERS: dict[AxisType, Callable[[Axis, str, Any, Screen], Iterator[Observation]]] = {
    "interval": _number,
    "number": _number,
    "multi_select": _ticks,
    "pairwise": _choice_of_two,
    "rank": _places,
    "checklist": _criteria,
    "spans": _spans,
    "text": _nothing,
}
