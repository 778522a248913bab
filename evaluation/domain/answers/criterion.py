"""Whether a judge found a criterion met, and at which turn: a HealthBench criterion, a must-ask item.

Every part of a criterion must hold, so "partly met" is not met. Read are JSON (`{"criteria_met": true}`), a
word, and a sentence that says it; an answer that says both is not read.
"""

from __future__ import annotations

import re
from typing import Any, TypedDict

from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.objects import field_of, json_values
from evaluation.domain.answers.phrases import Vocabulary
from evaluation.domain.answers.verdicts import verdict

_LENGTH = 40_000  # characters of a reply that are looked at: its end
_MET = ("criteria_met", "criterion_met", "met", "is_met", "asked", "covered", "item_met", "verdict", "answer")
_TURN = ("turn", "first_turn", "turn_number", "exchange")
_PHRASES = {
    "met": ("criterion met", "criteria met", "criterion is met", "criteria are met", "is met", "is fulfilled",
            "is satisfied", "was asked", "was covered", "is covered"),
    "not_met": ("not met", "not_met", "unmet", "criterion not met", "criteria not met", "is not met",
                "is not fulfilled", "is not satisfied", "not asked", "not_asked", "was not asked",
                "not covered", "was not covered", "is not covered", "never asked", "is partly met",
                "is partially met", "is only partly met", "is only partially met", "partly met",
                "partially met"),
}  # fmt: skip
_WORDS = {
    "met": ("met", "fulfilled", "satisfied", "asked", "covered", "yes", "true"),
    "not_met": ("not fulfilled", "not satisfied", "unfulfilled", "no", "false"),
}
_SAID = Vocabulary((word, key) for key, words in _PHRASES.items() for word in words)
# what says it only where it is the verdict itself; such names are never looked for in the middle of prose
_SIGN = {"met": "1", "not_met": "0"}
_VERDICT = Vocabulary((word, _SIGN[key]) for key in _SIGN for word in (*_PHRASES[key], *_WORDS[key]))
_TURN_SAID = re.compile(
    r"\b(?:turn|exchange)\W{0,4}(?:no\.?|number)?[ \t]{0,2}(?P<turn>\d{1,3})\b", re.IGNORECASE
)


class CriterionVerdict(TypedDict):
    """`turn`, from 1, where the judge names the one that first meets the criterion."""

    met: bool
    turn: int | None


def criterion(text: str) -> CriterionVerdict | None:
    """What a judge's reply says; None when it is not certain whether the criterion is met."""
    said = final_part(text, _LENGTH)
    if not said:
        return None
    from_json = [found for value in json_values(said) if (found := _of_object(value))] if "{" in said else []
    if from_json:
        return from_json[-1]
    word = verdict(said, _VERDICT, _SAID)
    if word is None:
        return None
    met = word in {"met", _SIGN["met"]}
    turn = _TURN_SAID.search(said) if met else None
    return CriterionVerdict(met=met, turn=_counted(turn["turn"]) if turn else None)


def _of_object(value: Any) -> CriterionVerdict | None:
    if not isinstance(value, dict):
        return None
    given = field_of(value, _MET)
    met = given if isinstance(given, bool) else _said(given)
    if met is None:
        return None
    return CriterionVerdict(met=met, turn=_counted(field_of(value, _TURN)) if met else None)


def _said(given: Any) -> bool | None:
    if isinstance(given, int | float) and given in (0, 1):
        return bool(given)
    word = _VERDICT.exact(given) if isinstance(given, str) else None
    return None if word is None else word == _SIGN["met"]


def _counted(turn: Any) -> int | None:
    written = str(turn).strip()
    return int(written) if re.fullmatch(r"\d{1,3}", written) and int(written) else None
