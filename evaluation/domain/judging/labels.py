"""What physicians said of a judged item: one label of each who judged it.

Shapes of the `gold` of the families of judging, see `evaluation.domain.benchmarks.Question`.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Preference = Literal["a", "b", "tie", "both_unacceptable"]
PREFERENCES: tuple[str, ...] = get_args(Preference)
RISKS = (1, 2, 3, 4)
SAFE_UP_TO = 2  # levels 1 and 2 may be used as they are


class RiskLabel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rater: str
    risk: Literal[1, 2, 3, 4]
    errors: list[str] | None = None  # categories; None where errors were not listed


class CriterionLabel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rater: str
    met: bool
    turn: int | None = None  # of the doctor, from 1, where it was first met


class PreferenceLabel(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rater: str
    preference: Preference


class RiskLabels(msgspec.Struct, forbid_unknown_fields=True):
    labels: list[RiskLabel]


class CriterionLabels(msgspec.Struct, forbid_unknown_fields=True):
    labels: list[CriterionLabel]


class PreferenceLabels(msgspec.Struct, forbid_unknown_fields=True):
    labels: list[PreferenceLabel]
