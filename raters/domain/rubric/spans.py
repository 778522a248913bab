"""Reading marked passages: places in the text as shown, in code points of Python text, with their labels."""

from __future__ import annotations

from typing import Any, TypeGuard

from raters.domain.rubric.answer import Answer, Shown, described, read_note, refuse_others
from raters.domain.rubric.rubric import Axis

MOST_SPANS = 500
_FIELDS = ("side", "start", "end", "text", "category", "severity", "note")


def read_spans(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, list):
        answer.refuse(
            "type", f"give a list of marked passages, an empty one for none; this is {described(value)}"
        )
        return
    if len(value) > MOST_SPANS:
        answer.refuse("length", f"{len(value)} passages are marked, at most {MOST_SPANS} are kept: join some")
        return
    spans = [
        span
        for number, entry in enumerate(value, 1)
        if (span := _span(axis, entry, shown, answer, str(number)))
    ]
    spans.sort(key=lambda span: _order(axis, span))
    answer.value = [span for number, span in enumerate(spans) if number == 0 or span != spans[number - 1]]
    if len(answer.value) < len(spans):
        answer.refuse("duplicate", "a passage is marked twice in the same way: delete one of the two")


def _span(axis: Axis, entry: object, shown: Shown, answer: Answer, part: str) -> dict[str, Any] | None:
    if not isinstance(entry, dict):
        answer.refuse("type", f"a marked passage is an object; this is {described(entry)}", part)
        return None
    side = entry.get("side")
    if not isinstance(side, str) or side not in axis.sides:
        answer.refuse("unknown_value", f"side must be {' or '.join(axis.sides)}", part)
        return None
    span = _place(entry, shown.texts[side], answer, part)
    if span is not None:
        span = {"side": side} | span
        _read_label(entry, "category", [option.value for option in axis.options], span, answer, part)
        _read_label(entry, "severity", [option.value for option in axis.severities], span, answer, part)
        read_note(entry, span, answer, part)
        refuse_others(entry, _FIELDS, answer, part)
    return span


def _place(entry: dict[str, Any], text: str, answer: Answer, part: str) -> dict[str, Any] | None:
    start, end = entry.get("start"), entry.get("end")
    if not _whole(start) or not _whole(end) or not 0 <= start < end <= len(text):
        answer.refuse("range", f"start and end must mark a passage of a text of {len(text)} characters", part)
    elif entry.get("text") != text[start:end]:
        answer.refuse("mismatch", "the passage is not what stands at this place: mark it again", part)
    else:
        return {"start": start, "end": end, "text": text[start:end]}
    return None


def _order(axis: Axis, span: dict[str, Any]) -> tuple[object, ...]:
    labels = (span.get(name, "") for name in ("category", "severity", "note"))
    return (axis.sides.index(span["side"]), span["start"], span["end"], *labels)


def _whole(offset: object) -> TypeGuard[int]:
    return isinstance(offset, int) and not isinstance(offset, bool)


def _read_label(
    entry: dict[str, Any], name: str, declared: list[str], span: dict[str, Any], answer: Answer, part: str
) -> None:
    value = entry.get(name)
    if value is None or value == "":
        if declared:
            answer.refuse("incomplete", f"choose a {name} for this passage", part)
    elif not isinstance(value, str) or value not in declared:
        answer.refuse("unknown_value", f"{described(value)} is no {name} of this question", part)
    else:
        span[name] = value
