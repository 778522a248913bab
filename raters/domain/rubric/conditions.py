"""Which axes a rater is asked, given what has been answered so far.

A condition looks at the answers as stated: an axis that is itself hidden, unanswered or "cannot judge" holds
no value. An axis asked of every answer is shown answer by answer where its condition is too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from raters.domain.rubric.rubric import Axis, CrossCheck, Payload, Rubric

CHOICES = frozenset({"binary", "nominal", "ordinal", "pairwise", "multi_select"})


def condition_values(axis: Axis) -> tuple[str, ...]:
    """The values a condition on this axis may name; none where an axis cannot be a condition."""
    if axis.type == "spans":
        return ("none", "some")
    return tuple(option.value for option in axis.options) if axis.type in CHOICES else ()


def stated(axis: Axis, value: object) -> frozenset[str]:
    """What an answer says to a condition: a choice its value, a multi-select each, spans "none" or "some"."""
    if axis.type == "spans":
        return frozenset({"some" if value else "none"}) if isinstance(value, list) else frozenset()
    if axis.type == "multi_select" and isinstance(value, list):
        return frozenset(entry for entry in value if isinstance(entry, str))
    return frozenset({value}) if isinstance(value, str) and axis.type in CHOICES else frozenset()


def positions(rubric: Rubric, axis: Axis) -> tuple[str, ...]:
    """The parts an axis has: "" for one of the screen, "1" … "k" for one asked of every answer."""
    if axis.per == "screen":
        return ("",)
    return tuple(str(number) for number in range(1, rubric.answers + 1))


def answer_of(axis: Axis, payload: Payload, part: str) -> object:
    """What was answered on one axis, for one answer where it is asked of each; None for nothing."""
    value = payload.get(axis.id)
    if axis.per == "screen":
        return value
    return value.get(part) if isinstance(value, dict) else None


def visible_parts(rubric: Rubric, axis: Axis, payload: Payload, group: str = "") -> tuple[str, ...]:
    """Where the axis is asked: ("",) or positions of answers, and nothing where it is hidden.

    A rater without a group ("") is not asked what is for named groups.
    """
    if axis.groups and group not in axis.groups:
        return ()
    parts = positions(rubric, axis)
    if axis.shown_if is None:
        return parts
    target = rubric.axis(axis.shown_if.axis)
    open_parts = visible_parts(rubric, target, payload, group)
    return tuple(part for part in parts if _holds(target, payload, part, open_parts, axis.shown_if.values))


def visible_axes(rubric: Rubric, payload: Payload, group: str = "") -> tuple[Axis, ...]:
    """The axes a rater of `group` is asked, of the screen or of one answer at least, in their order."""
    return tuple(axis for axis in rubric.axes if visible_parts(rubric, axis, payload, group))


def _holds(
    target: Axis, payload: Payload, part: str, open_parts: Collection[str], values: Collection[str]
) -> bool:
    place = part if target.per == "answer" else ""
    return place in open_parts and not stated(target, answer_of(target, payload, place)).isdisjoint(values)


def raised_questions(rubric: Rubric, payload: Payload, group: str = "") -> Iterator[str]:
    """What the cross checks ask about a payload, answer by answer where they look at single answers."""
    for cross in rubric.checks:
        each = any(rubric.axis(held.axis).per == "answer" for held in cross.when)
        for part in (str(number) for number in range(1, rubric.answers + 1)) if each else ("",):
            if _all_hold(rubric, cross, payload, part, group):
                yield f"Answer {part}: {cross.ask}" if each and rubric.answers > 1 else cross.ask


def _all_hold(rubric: Rubric, cross: CrossCheck, payload: Payload, part: str, group: str) -> bool:
    for held in cross.when:
        target = rubric.axis(held.axis)
        if not _holds(target, payload, part, visible_parts(rubric, target, payload, group), held.values):
            return False
    return True
