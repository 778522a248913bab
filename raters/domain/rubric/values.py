"""Reading one answer to one axis: any JSON value in, its canonical form and findings out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isclose, isfinite
from typing import Any

from raters.domain.rubric.answer import Answer, Shown, described, read_note, refuse_others, sound_text
from raters.domain.rubric.checklist import read_checklist
from raters.domain.rubric.rubric import CANNOT_JUDGE_REASONS, Axis, AxisType
from raters.domain.rubric.soundness import LARGEST
from raters.domain.rubric.spans import read_spans


def read_answer(axis: Axis, value: object, shown: Shown) -> Answer:
    """The canonical form of any JSON value given for an axis; null stands for no answer."""
    answer = Answer()
    if value is None:
        return answer
    if isinstance(value, dict) and isinstance(value.get("cannot_judge"), str):
        _read_abstention(axis, value, answer)
    else:
        _READERS[axis.type](axis, value, shown, answer)
    return answer


def on_step(axis: Axis, value: float) -> float | None:
    """The number of the axis's grid that `value` stands for, None if it lies between two."""
    if axis.step is None:
        return value
    low, step = Decimal(str(axis.low or 0.0)), Decimal(str(axis.step))
    place = round((value - float(low)) / axis.step)
    exact = float(low + place * step)
    return exact if isclose(value, exact, rel_tol=1e-9, abs_tol=1e-9 * axis.step) else None


def _read_abstention(axis: Axis, value: dict[str, Any], answer: Answer) -> None:
    if not axis.cannot_judge:
        answer.refuse(
            "not_allowed", '"cannot judge" is no answer to this question: choose one, or skip the item'
        )
        return
    if value["cannot_judge"] not in CANNOT_JUDGE_REASONS:
        answer.refuse("reason", f"give a reason, one of {', '.join(CANNOT_JUDGE_REASONS)}")
        return
    kept = {"cannot_judge": value["cannot_judge"]}
    read_note(value, kept, answer)
    refuse_others(value, ("cannot_judge", "note"), answer)
    answer.value = kept


def _read_choice(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, str):
        answer.refuse("type", f"choose one of the options; this is {described(value)}")
    elif value not in {option.value for option in axis.options}:
        answer.refuse("unknown_value", f"{described(value)} is none of the options")
    else:
        answer.value = value


def _read_selection(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, list):
        answer.refuse("type", f"give a list of options, an empty one for none; this is {described(value)}")
        return
    declared = [option.value for option in axis.options]
    for entry in value:
        if not isinstance(entry, str) or entry not in declared:
            answer.refuse("unknown_value", f"{described(entry)} is none of the options")
    named = [entry for entry in value if isinstance(entry, str) and entry in declared]
    if len(named) > len(set(named)):
        answer.refuse("duplicate", "an option is ticked twice")
    answer.value = [option for option in declared if option in named]


def _read_number(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        answer.refuse("type", f"give a number; this is {described(value)}")
        return
    low = -LARGEST if axis.low is None else axis.low
    high = LARGEST if axis.high is None else axis.high
    if (isinstance(value, float) and not isfinite(value)) or not low <= value <= high:
        answer.refuse("range", f"give a number{_limits(axis)}")
        return
    exact = on_step(axis, float(value))
    if exact is None:
        answer.refuse("step", f"give a number in steps of {axis.step:g}{_limits(axis)}")
    else:
        answer.value = int(exact) if exact.is_integer() and abs(exact) < 2**53 else exact


def _limits(axis: Axis) -> str:
    if axis.low is not None and axis.high is not None:
        return f" from {axis.low:g} to {axis.high:g}"
    if axis.low is not None:
        return f" of {axis.low:g} or more"
    return f" of {axis.high:g} or less" if axis.high is not None else " of ordinary size"


def _read_rank(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, list) or any(isinstance(n, bool) or not isinstance(n, int) for n in value):
        answer.refuse("type", "give the answers' positions, best first, as a list such as [2, 1]")
    elif any(not 1 <= number <= shown.answers for number in value):
        answer.refuse("range", f"positions run from 1 to {shown.answers}")
    elif len(set(value)) < len(value):
        answer.refuse("duplicate", "an answer is ranked twice")
    elif value:
        answer.value = list(value)
        if len(value) < shown.answers:
            left = [str(n) for n in range(1, shown.answers + 1) if n not in value]
            answer.refuse("incomplete", f"rank answer {', '.join(left)} too")


def _read_text(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, str):
        answer.refuse("type", f"write text; this is {described(value)}")
        return
    text = sound_text(value, answer, "")
    answer.value = text if text and text.strip() else None


_READERS: dict[AxisType, Callable[[Axis, object, Shown, Answer], None]] = {
    "binary": _read_choice,
    "nominal": _read_choice,
    "ordinal": _read_choice,
    "pairwise": _read_choice,
    "interval": _read_number,
    "number": _read_number,
    "multi_select": _read_selection,
    "rank": _read_rank,
    "spans": read_spans,
    "checklist": read_checklist,
    "text": _read_text,
}
