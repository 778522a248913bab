"""What a rater sent, held against the rubric and the screen: what is kept, what is wrong, what to ask back.

    check   a rating to be submitted: complete and valid, in canonical form
    clean   a draft: whatever can be kept is kept, answers to questions hidden for now included, and each
            value that cannot be is named

Canonical: axes in the rubric's order, options in theirs, criteria in the case's, spans by place, whole
numbers as integers; no hidden axes, no pins on criteria that are not met. Equal ratings are equal texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from raters.domain.rubric.answer import Answer, described, shown_at
from raters.domain.rubric.case import Screen
from raters.domain.rubric.conditions import answer_of, raised_questions, visible_parts
from raters.domain.rubric.rubric import Axis, Payload, Rubric
from raters.domain.rubric.values import read_answer

INCOMPLETE = "incomplete"
_WHOLE = "every answer"  # a value by position was expected and something else came


@dataclass(frozen=True)
class Problem:
    """What stops a rating. `axis` "" is the payload as a whole; `part` tells an answer's position, a
    criterion, a span's number, or position and one of these as "2:…"; "" is the axis itself."""

    axis: str
    part: str
    code: str
    message: str


@dataclass(frozen=True)
class Checked:
    """`payload` may be stored as a rating when there are no problems; `questions` never stop it."""

    payload: Payload
    problems: list[Problem] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def check(rubric: Rubric, payload: object, screen: Screen, group: str = "") -> Checked:
    """A rating to be submitted. Any JSON value has an answer; ValueError only for a screen that does not
    belong to the rubric."""
    kept, problems = _read(rubric, payload, screen, group)
    asked = {axis.id: visible_parts(rubric, axis, kept, group) for axis in rubric.axes}
    relevant = [problem for problem in problems if _concerns(rubric, problem, asked)]
    for axis in rubric.axes:
        relevant += _unanswered(axis, kept, relevant, asked[axis.id])
    canonical = {
        axis.id: value
        for axis in rubric.axes
        if (value := _asked_only(axis, kept, asked[axis.id])) is not None
    }
    return Checked(canonical, relevant, [*raised_questions(rubric, canonical, group)])


def clean(rubric: Rubric, payload: object, screen: Screen, group: str = "") -> Checked:
    """A draft: `payload` is what can be kept of it, complete or not, and `problems` name what cannot.

    Answers to axes that are hidden for now stay, so that a change of mind does not cost them.
    """
    kept, problems = _read(rubric, payload, screen, group)
    return Checked(kept, [problem for problem in problems if problem.code != INCOMPLETE], [])


def _read(rubric: Rubric, payload: object, screen: Screen, group: str) -> tuple[Payload, list[Problem]]:
    _require_fit(rubric, screen)
    if not isinstance(payload, dict):
        return {}, [
            Problem("", "", "type", f"a rating is an object of answers by axis, not {described(payload)}")
        ]
    known = {axis.id for axis in rubric.axes}
    problems = [
        Problem("", "", "unknown_axis", f"the rubric has no axis {described(key)}: reload the page")
        for key in payload
        if key not in known
    ]
    kept: Payload = {}
    for axis in rubric.axes:
        if payload.get(axis.id) is None:
            continue
        if axis.groups and group not in axis.groups:
            problems.append(
                Problem(axis.id, "", "not_asked", f'"{axis.label}" is asked of another group of raters')
            )
            continue
        value, found = _read_axis(axis, payload[axis.id], screen)
        problems += found
        if value is not None:
            kept[axis.id] = value
    return kept, problems


def _read_axis(axis: Axis, value: object, screen: Screen) -> tuple[Any, list[Problem]]:
    if axis.per == "screen":
        answer = read_answer(axis, value, shown_at(screen, 1))
        return answer.value, [*_problems(axis, "", answer)]
    if not isinstance(value, dict):
        message = f"this is asked of each answer: give a value by position, not {described(value)}"
        return None, [Problem(axis.id, "", "type", message)]
    parts = [str(number) for number in range(1, len(screen.answers) + 1)]
    problems = [
        Problem(
            axis.id,
            "",
            "unknown_value",
            f"there is no answer {described(key)}: positions are {', '.join(parts)}",
        )
        for key in value
        if key not in parts
    ]
    kept = {}
    for number, part in enumerate(parts, start=1):
        answer = read_answer(axis, value.get(part), shown_at(screen, number))
        problems += _problems(axis, part, answer)
        if answer.value is not None:
            kept[part] = answer.value
    return kept or None, problems


def _problems(axis: Axis, position: str, answer: Answer) -> Iterator[Problem]:
    for finding in answer.findings:
        part = ":".join(text for text in (position, finding.part) if text)
        yield Problem(axis.id, part, finding.code, finding.message)


def _concerns(rubric: Rubric, problem: Problem, asked: dict[str, tuple[str, ...]]) -> bool:
    """Whether a problem is about something that is asked; what is hidden is dropped, faulty or not."""
    if not problem.axis or problem.code == "not_asked":
        return True
    axis = rubric.axis(problem.axis)
    if axis.per == "screen" or not problem.part:
        return bool(asked[axis.id])
    return problem.part.split(":")[0] in asked[axis.id]


def _unanswered(
    axis: Axis, kept: Payload, problems: list[Problem], asked: tuple[str, ...]
) -> Iterator[Problem]:
    if not axis.required:
        return
    named = {_position(axis, problem) for problem in problems if problem.axis == axis.id}
    for part in asked:
        if answer_of(axis, kept, part) is None and part not in named and _WHOLE not in named:
            where = f", answer {part}" if part else ""
            yield Problem(axis.id, part, INCOMPLETE, f'"{axis.label}"{where} is not answered')


def _position(axis: Axis, problem: Problem) -> str:
    if axis.per == "answer":
        return problem.part.split(":")[0] or (_WHOLE if problem.code == "type" else "")
    return ""


def _asked_only(axis: Axis, kept: Payload, asked: tuple[str, ...]) -> Any:
    if axis.id not in kept or not asked:
        return None
    if axis.per == "screen":
        return _without_idle_pins(axis, kept[axis.id])
    chosen = {part: _without_idle_pins(axis, value) for part, value in kept[axis.id].items() if part in asked}
    return chosen or None


def _without_idle_pins(axis: Axis, value: Any) -> Any:
    """A pin says where a criterion is met; left over after a change of mind it says nothing."""
    if axis.type != "checklist" or isinstance(value.get("cannot_judge"), str):
        return value
    return {
        criterion: entry if entry.get("met") == "met" else {k: v for k, v in entry.items() if k != "turn"}
        for criterion, entry in value.items()
    }


def _require_fit(rubric: Rubric, screen: Screen) -> None:
    if len(screen.answers) != rubric.answers:
        shown = len(screen.answers)
        raise ValueError(f"the rubric rates {rubric.answers} answers at once, the screen shows {shown}")
    if sorted(screen.order) != list(range(rubric.answers)):
        raise ValueError(
            f"the order {list(screen.order)} does not name each of {rubric.answers} answers once"
        )
