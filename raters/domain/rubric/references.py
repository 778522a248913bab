"""Whether conditions, cross checks and derived variables point at axes and values that exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from raters.domain.rubric.conditions import condition_values
from raters.domain.rubric.rubric import Axis, Derived, Rubric
from raters.domain.rubric.soundness import ID, ID_RULE

_SIDES = (("first", "second"), ("first_much", "second_much"))


def reference_problems(rubric: Rubric) -> list[str]:
    """Problems of what one part of a rubric says about another."""
    axes = {axis.id: axis for axis in rubric.axes}
    problems = [*_cycles(axes)]
    for axis in rubric.axes:
        problems += [f'axis "{axis.id[:60]}", shown_if: {what}' for what in _condition_problems(axis, axes)]
    for number, cross in enumerate(rubric.checks, start=1):
        place = f"check number {number}"
        if not cross.ask.strip():
            problems.append(f'{place}: "ask" is empty')
        if not cross.when:
            problems.append(f'{place}: "when" is empty: say which answers rarely go together')
        for held in cross.when:
            problems += [f"{place}: {what}" for what in _pointed(held.axis, held.values, axes)]
    return [*problems, *_derived_problems(rubric.derived, axes)]


def _condition_problems(axis: Axis, axes: Mapping[str, Axis]) -> Iterator[str]:
    if axis.shown_if is None:
        return
    yield from _pointed(axis.shown_if.axis, axis.shown_if.values, axes)
    target = axes.get(axis.shown_if.axis)
    if target is None:
        return
    if target.per == "answer" and axis.per == "screen":
        yield f'"{target.id}" is asked of each answer and this axis once: set per = "answer" here too'
    if target.groups and not (axis.groups and set(axis.groups) <= set(target.groups)):
        yield f'"{target.id}" is asked of {", ".join(target.groups)} only: name groups among these here too'


def _pointed(axis_id: str, values: Sequence[str], axes: Mapping[str, Axis]) -> Iterator[str]:
    if axis_id not in axes:
        yield f'there is no axis "{axis_id[:60]}"'
        return
    allowed = condition_values(axes[axis_id])
    if not allowed:
        yield f'axis "{axis_id}" is of type {axes[axis_id].type}: point at an axis with options, or at spans'
        return
    if not values:
        yield f'no values of "{axis_id}" are named'
    for value in values:
        if value not in allowed:
            yield f'"{value[:60]}" is no option of "{axis_id}": choose among {", ".join(allowed)}'


def _cycles(axes: Mapping[str, Axis]) -> Iterator[str]:
    settled: set[str] = set()
    for start in axes:
        path: list[str] = []
        here = start
        while here in axes and here not in settled and here not in path:
            path.append(here)
            condition = axes[here].shown_if
            here = condition.axis if condition else ""
        if here in path:
            round_trip = [*path[path.index(here) :], here]
            yield f"shown_if goes in a circle, so none of these is ever asked: {' → '.join(round_trip)}"
        settled.update(path)


def _derived_problems(derived: Sequence[Derived], axes: Mapping[str, Axis]) -> Iterator[str]:
    seen = set(axes)
    for variable in derived:
        place = f'derived variable "{variable.id[:60]}"'
        if not ID.fullmatch(variable.id):
            yield f"{place}: this is no id: {ID_RULE}"
        if variable.id in seen:
            yield f"{place}: an axis or another derived variable has the same id"
        seen.add(variable.id)
        if not variable.label.strip():
            yield f'{place}: "label" is empty'
        for what in _pointed(variable.axis, variable.values, axes):
            yield f"{place}: {what}"
        if variable.axis in axes and _takes_a_side(variable, axes[variable.axis]):
            yield f"{place}: it would depend on the side an answer was shown on: name both sides or none"


def _takes_a_side(variable: Derived, axis: Axis) -> bool:
    values = variable.values
    return axis.type == "pairwise" and any((one in values) != (other in values) for one, other in _SIDES)
