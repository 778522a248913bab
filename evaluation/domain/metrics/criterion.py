"""Judges that say whether a criterion is met, against physicians who did.

The meta-evaluation of HealthBench (Arora et al. 2025, section 8): every physician's label is one comparison,
and the value is balanced F1, the mean of F1 for met and for not met. Must-ask items of a consultation are
criteria asked of the dialogue; for these the parts also say how often judge and physician name the same turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain.answers.criterion import CriterionVerdict, criterion
from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import UNREAD, AgainstPhysicians
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.judging import agreement_part, balanced_estimate, known
from evaluation.domain.metrics.sets import ratio

# columns of a row: verdict (0 not met, 1 met, UNREAD), physicians who said not met and met, comparisons of
# two turns, those that name the same turn, and by how many turns they differ in all
VERDICT, LABELS, TURNS = 0, slice(1, 3), slice(3, 6)


class CriterionF1:
    """Parts: precision, recall and F1 of either side, chance-corrected agreement, one physician, turns."""

    name = "criterion_f1"

    def read(self, answer: str, question: Question, options: Options) -> CriterionVerdict | None:
        return criterion(answer)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of the six columns named above."""
        found = [criterion(answer) for answer in answers]
        rows = [_row(read, question.gold) for read, question in zip(found, questions, strict=True)]
        unparsed = np.array([read is None for read in found], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 6), unparsed)

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        table = counts.table
        found = AgainstPhysicians(table[:, VERDICT].astype(np.int64), table[:, LABELS])
        parts = {**agreement_part(found), **known("kappa", found, agreement.nominal_kappa)}
        for place, side in enumerate(("not_met", "met")):
            parts |= agreement.with_interval(f"f1_{side}", found, agreement.f1_of(place), clusters)
            parts |= known(f"precision_{side}", found, _precision_of(place))
            parts |= known(f"recall_{side}", found, agreement.recall_of(place))
        parts |= _turn_parts(table)
        return balanced_estimate(self.name, found, counts.unparsed, parts, options, clusters)


def _precision_of(value: int) -> agreement.Statistic:
    return lambda tables: ratio(tables[:, value, value], tables[:, value].sum(axis=1), np.nan)


def _row(read: CriterionVerdict | None, gold: Mapping[str, Any]) -> list[float]:
    met = [bool(label["met"]) for label in gold["labels"]]
    turn = read["turn"] if read else None
    named = [label["turn"] for label in gold["labels"] if label.get("turn") is not None]
    gaps = [abs(turn - other) for other in named] if turn is not None else []
    return [
        float(UNREAD if read is None else read["met"]),
        float(met.count(False)),
        float(met.count(True)),
        float(len(gaps)),
        float(gaps.count(0)),
        float(sum(gaps)),
    ]


def _turn_parts(table: Floats) -> dict[str, float]:
    compared, same, apart = table[:, TURNS].sum(axis=0).tolist()
    return {"same_turn": same / compared, "turns_apart": apart / compared} if compared else {}


CRITERION_F1 = CriterionF1()
