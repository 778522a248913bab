"""How a rating compares with the expected one, axis by axis: for training, gold and its feedback.

What counts as close enough:

    binary, nominal      the same option
    ordinal              the same level; one level apart where the scale has four or more
    pairwise             the same side preferred, however strongly; a tie is a tie
    interval, number     within a step or a tenth of the range, whichever is more
    multi_select         at least half of all options named by either are named by both
    rank                 at most one pair of answers in the other order
    spans                every expected span is met by one of its category that overlaps it, and at most as
                         many others are marked as were expected; nothing where nothing was expected
    checklist            four fifths of the expected criteria judged alike
    text                 not compared
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from raters.domain.rubric.rubric import Axis, Payload, Rubric

CHECKLIST_SHARE = 0.8
SELECTION_SHARE = 0.5
RANGE_SHARE = 0.1
LEVELS_FOR_NEAR = 4

_TURNED = {"first": "second", "first_much": "second_much", "second": "first", "second_much": "first_much"}
_SIDE = {"first_much": "first", "second_much": "second"}


@dataclass(frozen=True, slots=True)
class AxisFeedback:
    """`given` and `expected` as values of a payload, `given` None where the axis was left out."""

    axis: str
    given: Any
    expected: Any
    close_enough: bool
    why: str


def agreement_with_expected(
    rubric: Rubric, payload: Payload, expected: Payload, order: Sequence[int] = ()
) -> list[AxisFeedback]:
    """One line for each axis that `expected` names, in the rubric's order; free text is left out.

    `expected` speaks of answers by canonical number ("first" is answer 0); `order` is the screen's, and
    turns it to what this rater saw. Without it the two are compared as they are.
    """
    lines = []
    for axis in rubric.axes:
        if axis.id not in expected or axis.type == "text":
            continue
        wanted = _as_shown(axis, expected[axis.id], order)
        lines.append(_compared(axis, payload.get(axis.id), wanted))
    return lines


def agrees(lines: Sequence[AxisFeedback]) -> bool:
    """Whether the rating counts as right in a qualification: every axis compared is close enough."""
    return bool(lines) and all(line.close_enough for line in lines)


def _compared(axis: Axis, given: Any, wanted: Any) -> AxisFeedback:
    if axis.per == "answer" and isinstance(wanted, Mapping):
        close, why = _by_answer(axis, given, wanted)
    else:
        close, why = _one(axis, given, wanted)
    return AxisFeedback(axis.id, given, wanted, close, why)


def _by_answer(axis: Axis, given: Any, wanted: Mapping[str, Any]) -> tuple[bool, str]:
    own = given if isinstance(given, Mapping) else {}
    found = {position: _one(axis, own.get(position), value) for position, value in wanted.items()}
    apart = [f"answer {position}: {why}" for position, (close, why) in found.items() if not close]
    if apart:
        return False, "; ".join(apart)
    return True, "all answers judged as expected"


def _one(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    """Whether one value is close enough to the one wanted, and the reason in a sentence part."""
    if given is None:
        return False, "not answered"
    unsure = _cannot_judge(given), _cannot_judge(wanted)
    if all(unsure):
        return True, "both say it cannot be judged"
    if unsure[0]:
        return False, "judged impossible to judge; the panel could"
    if unsure[1]:
        return False, "judged, though the panel found that it cannot be"
    return _RULES[axis.type](axis, given, wanted)


def _cannot_judge(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("cannot_judge"), str)


def _choice(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    return (True, "the same") if given == wanted else (False, f"expected: {_label(axis, wanted)}")


def _ordinal(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    levels = [option.value for option in axis.options]
    if given not in levels or wanted not in levels:
        return _choice(axis, given, wanted)
    apart = abs(levels.index(given) - levels.index(wanted))
    if apart == 0:
        return True, "the same level"
    near = apart == 1 and len(levels) >= LEVELS_FOR_NEAR
    how_far = "one level" if apart == 1 else f"{apart} levels"
    return near, f"{how_far} from the expected one: {_label(axis, wanted)}"


def _pairwise(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    if given == wanted:
        return True, "the same"
    if _SIDE.get(given, given) == _SIDE.get(wanted, wanted):
        return True, "the same side, with another strength"
    return False, f"expected: {_label(axis, wanted)}"


def _number(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    wide = axis.high - axis.low if axis.low is not None and axis.high is not None else abs(wanted)
    allowed = max(RANGE_SHARE * wide, axis.step or 0.0)
    apart = abs(given - wanted)
    if apart == 0:
        return True, "the same"
    return apart <= allowed + 1e-9, f"{apart:g} from the expected {wanted:g}; up to {allowed:g} is close"


def _selection(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    own, theirs = set(given), set(wanted)
    if own == theirs:
        return True, "the same"
    missed = ", ".join(_label(axis, value) for value in wanted if value not in own)
    added = ", ".join(_label(axis, value) for value in given if value not in theirs)
    why = "; ".join(f"{what}: {names}" for what, names in (("missed", missed), ("added", added)) if names)
    return len(own & theirs) >= SELECTION_SHARE * len(own | theirs), why


def _rank(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    if sorted(given) != sorted(wanted):
        return False, "other answers were ranked"
    at = {answer: place for place, answer in enumerate(given)}
    turned = sum(at[better] > at[worse] for better, worse in combinations(wanted, 2))
    return turned <= 1, "the same order" if turned == 0 else f"{turned} of the pairs in the other order"


def _spans(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    missed = [one for one in wanted if not any(_same_error(one, own) for own in given)]
    added = [own for own in given if not any(_same_error(one, own) for one in wanted)]
    close = not missed and len(added) <= len(wanted)
    if not missed and not added:
        return True, "the same errors marked"
    found = []
    if missed:
        found.append("missed: " + ", ".join(_label(axis, one.get("category")) for one in missed))
    if added:
        found.append(f"{len(added)} marked beyond what was expected")
    return close, "; ".join(found)


def _same_error(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alike = all(one.get(key) == other.get(key) for key in ("side", "category"))
    return alike and one["start"] < other["end"] and other["start"] < one["end"]


def _checklist(axis: Axis, given: Any, wanted: Any) -> tuple[bool, str]:
    alike = [
        name
        for name, one in wanted.items()
        if _met(given.get(name)) is not None and _met(given[name]) == _met(one)
    ]
    share = len(alike) / len(wanted) if wanted else 1.0
    return share >= CHECKLIST_SHARE - 1e-9, f"{len(alike)} of {len(wanted)} criteria judged alike"


def _met(one: Any) -> Any:
    return one.get("met") if isinstance(one, Mapping) else None


_RULES: dict[str, Callable[[Axis, Any, Any], tuple[bool, str]]] = {
    "binary": _choice,
    "nominal": _choice,
    "ordinal": _ordinal,
    "pairwise": _pairwise,
    "interval": _number,
    "number": _number,
    "multi_select": _selection,
    "rank": _rank,
    "spans": _spans,
    "checklist": _checklist,
}


def _label(axis: Axis, value: Any) -> str:
    return next((option.label for option in axis.options if option.value == value), str(value))


def _as_shown(axis: Axis, wanted: Any, order: Sequence[int]) -> Any:
    """A canonical value in the positions of a screen: order[position] is an answer's canonical number."""
    if not order or _cannot_judge(wanted):
        return wanted
    position = {number: place for place, number in enumerate(order)}
    if axis.type == "pairwise":
        return _TURNED.get(wanted, wanted) if tuple(order) == (1, 0) else wanted
    if axis.type == "rank":
        return [position[int(answer) - 1] + 1 for answer in wanted]
    if axis.per == "answer" and isinstance(wanted, Mapping):
        shown = {str(position[int(answer) - 1] + 1): value for answer, value in wanted.items()}
        return dict(sorted(shown.items(), key=lambda pair: int(pair[0])))
    return wanted
