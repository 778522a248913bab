"""A file of items to be filled in: the fields that a rubric's screens need, and no others."""

from __future__ import annotations

from typing import Any

import msgspec

from raters.domain.rubric.rubric import Axis, Rubric

_TURNS = [{"speaker": "Patient", "text": "…"}, {"speaker": "Assistant", "text": "…"}]
_PARTS: dict[str, dict[str, Any]] = {
    "question": {"question": "What is asked."},
    "context": {"context": "What one has to know for it."},
    "source": {"source": "The text that the answers were made from."},
    "instruction": {"instruction": "What the systems were told to do."},
    "reference": {"reference": "An answer that is known to be right."},
    "dialogue": {"dialogue": _TURNS},
    "image": {"image_alt": "What the picture shows, for those who cannot see it."},
    "criteria": {},
}


def template_lines(rubric: Rubric) -> bytes:
    """A live item and a training item, as JSON Lines in UTF-8."""
    live = {"key": "item-1", "case": _case(rubric), "answers": _answers(rubric, 3)}
    training = {
        "key": "training-1",
        "kind": "training",
        "case": _case(rubric),
        "answers": _answers(rubric, rubric.answers),
        "expected": {
            "systems": list(_answers(rubric, rubric.answers)),
            "payload": _payload(rubric),
            "explanation": "What raters are told after they have answered.",
        },
    }
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (live, training))


def _case(rubric: Rubric) -> dict[str, Any]:
    case: dict[str, Any] = {}
    for part in rubric.shows:
        case |= _PARTS[part]
    if rubric.unit == "twins":
        case["twin_question"] = "The same question, changed in the one thing that should not matter."
    if any(axis.type == "checklist" for axis in rubric.axes):
        case["criteria"] = [{"id": "first", "text": "What a good answer says or asks.", "points": 5}]
    if any("source" in axis.sides for axis in rubric.axes):
        case |= _PARTS["source"]
    return case


def _answers(rubric: Rubric, number: int) -> dict[str, Any]:
    names = [f"System {'ABCDEFGHIJ'[n]}" for n in range(max(number, rubric.answers))]
    if rubric.unit == "dialogue":
        return {name: {"dialogue": _TURNS} for name in names}
    if rubric.unit == "twins":
        return {name: {"text": "To the first question.", "twin_text": "To the second."} for name in names}
    return {name: f"What {name} answered." for name in names}


def _payload(rubric: Rubric) -> dict[str, Any]:
    """A right value of the first axis that can be expected without knowing the texts."""
    for axis in rubric.axes:
        value = _value(axis, rubric)
        if value is not None and axis.shown_if is None:
            return {
                axis.id: {str(n): value for n in range(1, rubric.answers + 1)}
                if axis.per == "answer"
                else value
            }
    return {}


def _value(axis: Axis, rubric: Rubric) -> Any:
    if axis.type in ("binary", "nominal", "ordinal", "pairwise"):
        return axis.options[0].value
    if axis.type == "checklist":
        return {"first": {"met": "not_met"}}
    if axis.type == "rank":
        return list(range(1, rubric.answers + 1))
    if axis.type in ("multi_select", "spans"):
        return []
    return (axis.low or 0) if axis.type in ("interval", "number") else None
