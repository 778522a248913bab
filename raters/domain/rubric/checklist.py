"""Reading a checklist: each criterion met or not, with the turn that shows it."""

from __future__ import annotations

from typing import Any

from raters.domain.rubric.answer import Answer, Shown, described, read_note, refuse_others
from raters.domain.rubric.case import Criterion
from raters.domain.rubric.rubric import Axis

_FIELDS = ("met", "turn", "note")
_MET = ("met", "not_met", "cannot_judge")


def read_checklist(axis: Axis, value: object, shown: Shown, answer: Answer) -> None:
    if not isinstance(value, dict):
        answer.refuse("type", f"give an answer for each criterion; this is {described(value)}")
        return
    known = {criterion.id for criterion in shown.criteria}
    for key in value:
        if key not in known:
            answer.refuse("unknown_value", f"{described(key)} is no criterion of this case")
    kept = {}
    for criterion in shown.criteria:
        entry = _entry(axis, criterion, value.get(criterion.id), shown, answer)
        if entry:
            kept[criterion.id] = entry
    answer.value = kept


def _entry(
    axis: Axis, criterion: Criterion, entry: object, shown: Shown, answer: Answer
) -> dict[str, Any] | None:
    if entry is None:
        answer.refuse("incomplete", "say whether this criterion is met", criterion.id)
        return None
    if not isinstance(entry, dict):
        answer.refuse("type", f"a criterion's answer is an object; this is {described(entry)}", criterion.id)
        return None
    kept: dict[str, Any] = {}
    _read_met(axis, entry, kept, answer, criterion.id)
    _read_turn(axis, entry, kept, shown, answer, criterion)
    read_note(entry, kept, answer, criterion.id)
    refuse_others(entry, _FIELDS, answer, criterion.id)
    return kept


def _read_met(axis: Axis, entry: dict[str, Any], kept: dict[str, Any], answer: Answer, part: str) -> None:
    met = entry.get("met")
    if met is None:
        answer.refuse("incomplete", "say whether this criterion is met", part)
    elif not isinstance(met, str) or met not in _MET:
        answer.refuse("unknown_value", f"a criterion is {', '.join(_MET)}; not {described(met)}", part)
    elif met == "cannot_judge" and not axis.cannot_judge:
        answer.refuse("not_allowed", '"cannot judge" is no answer here: say met or not met', part)
    else:
        kept["met"] = met


def _read_turn(
    axis: Axis,
    entry: dict[str, Any],
    kept: dict[str, Any],
    shown: Shown,
    answer: Answer,
    criterion: Criterion,
) -> None:
    turn = entry.get("turn")
    if turn is None:
        if axis.evidence and criterion.must_ask and kept.get("met") == "met":
            answer.refuse("incomplete", "pin this to the turn that shows it", criterion.id)
    elif not axis.evidence:
        answer.refuse("unknown_field", "no turn is asked for here", criterion.id)
    elif isinstance(turn, bool) or not isinstance(turn, int) or not 1 <= turn <= shown.turns:
        answer.refuse("range", f"turns run from 1 to {shown.turns}", criterion.id)
    else:
        kept["turn"] = turn
