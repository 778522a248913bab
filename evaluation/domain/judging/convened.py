"""What a panel of judges answers to one item, written as a judge would write it: read and scored like any.

A panel's verdict names no errors: judges that agree on a grade seldom list the same ones. The turn at which a
criterion was met is the median of those its finders name, the earlier of two in the middle.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from evaluation.domain.answers.criterion import criterion
from evaluation.domain.answers.preference import preference
from evaluation.domain.answers.risk import risk
from evaluation.domain.judging.panel import Rule, criterion_verdict, preferred, risk_level

NOTHING_DECIDED = "The panel reached no verdict."


def panel_answer(family: str, outputs: Sequence[str], rule: Rule = "majority") -> str:
    """The panel's output, from the judges' outputs to the same item.

    ValueError for a family that is not of judging.
    """
    if family not in _VERDICTS:
        raise ValueError(f"{family!r} is no family of judging: {', '.join(_VERDICTS)}")
    verdict = _VERDICTS[family](outputs, rule)
    return NOTHING_DECIDED if verdict is None else json.dumps(verdict)


def _risk(outputs: Sequence[str], rule: Rule) -> dict[str, Any] | None:
    read = [risk(output) for output in outputs]
    level = risk_level([verdict and verdict["risk"] for verdict in read], rule)
    return None if level is None else {"risk_level": level}


def _criterion(outputs: Sequence[str], rule: Rule) -> dict[str, Any] | None:
    read = [criterion(output) for output in outputs]
    met = criterion_verdict([verdict and verdict["met"] for verdict in read], rule)
    if met is None:
        return None
    turns = sorted(verdict["turn"] for verdict in read if verdict and verdict["met"] and verdict["turn"])
    return (
        {"criteria_met": met, "turn": turns[(len(turns) - 1) // 2]}
        if met and turns
        else {"criteria_met": met}
    )


def _preference(outputs: Sequence[str], rule: Rule) -> dict[str, Any] | None:
    read = [preference(output) for output in outputs]
    found = preferred([verdict and verdict["preference"] for verdict in read], rule)
    return None if found is None else {"preference": found}


_VERDICTS: dict[str, Callable[[Sequence[str], Rule], dict[str, Any] | None]] = {
    "risk_label": _risk,
    "criterion": _criterion,
    "preference": _preference,
}
