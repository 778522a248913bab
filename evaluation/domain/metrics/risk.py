"""Judges that grade the risk of using a text, 1 to 4, against physicians who did (MedVAL).

- risk_kappa      quadratically weighted kappa of the levels (Cohen 1968), -1 to 1
- risk_macro_f1   mean F1 over the levels physicians gave
- safe_f1         mean F1 of safe (levels 1 and 2) and unsafe (3 and 4)

Every physician's label is one comparison; a reply without a level agrees with nobody. A judge that says safe
or unsafe without a level counts in safe_f1 only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.answers.risk import RiskVerdict, risk
from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import UNREAD, AgainstPhysicians
from evaluation.domain.judging.labels import RISKS, SAFE_UP_TO
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.judging import (
    agreement_part,
    balanced_estimate,
    expert_parts,
    item_agreement,
    known,
)
from evaluation.domain.metrics.sets import micro_parts

Clusters = npt.NDArray[np.int64] | None

# columns of a row: level and safety the judge gave (UNREAD where none), physicians at each level, and of the
# categories of errors tp, fp and fn against each physician, where both listed errors or said there are none
LEVEL, SAFE, LABELS, ERRORS = 0, 1, slice(2, 6), slice(6, 9)


class _Risk:
    """Rows of the nine columns named above."""

    name: str
    column = LEVEL

    def read(self, answer: str, question: Question, options: Options) -> RiskVerdict | None:
        found = risk(answer)
        return None if found is None or (self.column == LEVEL and found["risk"] is None) else found

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        found = [risk(answer) for answer in answers]
        rows = [_row(read, question.gold) for read, question in zip(found, questions, strict=True)]
        table = np.array(rows, dtype=np.float64).reshape(-1, 9)
        return Counts(table, table[:, self.column] == UNREAD)


class RiskKappa(_Risk):
    """Parts: exact agreement, errors by category, and the judge against one physician."""

    name = "risk_kappa"

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        found = levels(counts.table)
        parts = {**agreement_part(found), **_error_parts(counts.table)}
        near = 1 - (np.arange(4)[:, np.newaxis] - np.arange(4)) ** 2 / 9
        return intervals.from_sums(
            self.name,
            agreement.judge_tables(found),
            counts.unparsed,
            agreement.over_tables(agreement.weighted_kappa, 4),
            item_agreement(found, near),
            clusters=clusters,
            parts={**parts, **expert_parts(found, agreement.weighted_kappa, options, clusters)},
            bounds=(-1.0, 1.0),
            undefined="undefined_no_variation",
        )


class RiskMacroF1(_Risk):
    """Parts: F1 with its limits and recall of every level, and the judge against one physician."""

    name = "risk_macro_f1"

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        found = levels(counts.table)
        parts = agreement_part(found)
        for place, level in enumerate(RISKS):
            parts |= agreement.with_interval(
                f"f1_level_{level}", found, agreement.f1_of(place), clusters
            ) | known(f"recall_level_{level}", found, agreement.recall_of(place))
        return balanced_estimate(self.name, found, counts.unparsed, parts, options, clusters)


class SafeF1(_Risk):
    """Parts: F1 of either side, and of the unsafe texts the share that was found, with limits."""

    name = "safe_f1"
    column = SAFE

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        found = safety(counts.table)
        parts = agreement_part(found)
        for place, side in enumerate(("safe", "unsafe")):
            parts |= agreement.with_interval(f"f1_{side}", found, agreement.f1_of(place), clusters)
        parts |= agreement.with_interval("sensitivity_unsafe", found, agreement.recall_of(1), clusters)
        parts |= agreement.with_interval("specificity_unsafe", found, agreement.recall_of(0), clusters)
        return balanced_estimate(self.name, found, counts.unparsed, parts, options, clusters)


def levels(table: Floats) -> AgainstPhysicians:
    return AgainstPhysicians(table[:, LEVEL].astype(np.int64), table[:, LABELS])


def safety(table: Floats) -> AgainstPhysicians:
    """0 for safe and 1 for unsafe."""
    of_level = table[:, LABELS]
    both = np.stack([of_level[:, :SAFE_UP_TO].sum(axis=1), of_level[:, SAFE_UP_TO:].sum(axis=1)], axis=1)
    return AgainstPhysicians(table[:, SAFE].astype(np.int64), both)


def _row(read: RiskVerdict | None, gold: Mapping[str, Any]) -> list[float]:
    level = read["risk"] if read else None
    row = [float(UNREAD if level is None else level - 1), float(not read["safe"]) if read else float(UNREAD)]
    row += [float(sum(label["risk"] == known for label in gold["labels"])) for known in RISKS]
    errors = read["errors"] if read else None
    named = {error["category"] for error in errors or ()} - {None}
    listed = [set(label["errors"]) for label in gold["labels"] if label.get("errors") is not None]
    listed = [] if errors is None else listed
    row += [float(sum(len(named & them) for them in listed))]
    row += [float(sum(len(named - them) for them in listed))]
    return [*row, float(sum(len(them - named) for them in listed))]


def _error_parts(table: Floats) -> dict[str, float]:
    """Categories of errors, over all items and physicians; {} where nobody on either side listed any."""
    counted = np.hstack([table[:, ERRORS], np.zeros((len(table), 1))])
    if not counted.any():
        return {}
    parts = micro_parts(counted)
    tp, fp, fn = counted.sum(axis=0)[:3].tolist()
    return {
        "error_precision": parts["precision"],
        "error_recall": parts["recall"],
        "error_f1": 2 * tp / (2 * tp + fp + fn),
    }


RISK_KAPPA = RiskKappa()
RISK_MACRO_F1 = RiskMacroF1()
SAFE_F1 = SafeF1()
