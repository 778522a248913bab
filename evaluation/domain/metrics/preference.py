"""Judges that prefer one of two answers, against physicians who did.

The value is the share of comparisons with a physician in which both say the same: a, b, a tie, or both
unacceptable, which is no tie. A judge asked in both orders prefers an answer only where both orders say so
(Zheng et al. 2023); the parts tell how often they did and how far it likes the answer shown first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.answers.preference import PreferenceVerdict, preference
from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import UNREAD, AgainstPhysicians
from evaluation.domain.judging.labels import PREFERENCES
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.judging import expert_parts, item_agreement, known

# columns of a row: verdict (place in PREFERENCES, UNREAD), physicians who said each, verdict with a shown
# first and with b shown first (UNREAD where asked once)
VERDICT, LABELS, A_FIRST, B_FIRST = 0, slice(1, 5), 5, 6
_A, _B = 0, 1


class PreferenceAgreement:
    """Parts: kappa, agreement where both prefer one answer, one physician, and what the orders show."""

    name = "preference_agreement"

    def read(self, answer: str, question: Question, options: Options) -> PreferenceVerdict | None:
        return preference(answer)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of the seven columns named above."""
        found = [preference(answer) for answer in answers]
        rows = [_row(read, question.gold) for read, question in zip(found, questions, strict=True)]
        unparsed = np.array([read is None for read in found], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 7), unparsed)

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        """Wilson's interval where every item has one label, else the jackknife of the ratio of sums."""
        table = counts.table
        found = AgainstPhysicians(table[:, VERDICT].astype(np.int64), table[:, LABELS])
        scores = item_agreement(found, np.eye(4))
        parts = {
            **known("kappa", found, agreement.nominal_kappa),
            **known("agreement_where_both_decide", found, _where_both_decide),
            **expert_parts(found, agreement.agreement, options, clusters),
            **_order_parts(table),
        }
        if len(table) and (found.raters == 1).all():
            return intervals.from_mean(
                self.name, scores, counts.unparsed, clusters=clusters, parts=parts, method="wilson"
            )
        return intervals.from_sums(
            self.name,
            agreement.judge_tables(found),
            counts.unparsed,
            agreement.over_tables(agreement.agreement, 4),
            scores,
            clusters=clusters,
            parts=parts,
        )


def _where_both_decide(tables: Floats) -> Floats:
    """Of the comparisons in which both sides prefer an answer, the share with the same one."""
    decided = np.zeros_like(tables)
    decided[:, _A : _B + 1, _A : _B + 1] = tables[:, _A : _B + 1, _A : _B + 1]
    return agreement.agreement(decided)


def _row(read: PreferenceVerdict | None, gold: Mapping[str, Any]) -> list[float]:
    said = [label["preference"] for label in gold["labels"]]
    orders = [PREFERENCES.index(order) for order in read["orders"]] if read else []
    return [
        float(UNREAD if read is None else PREFERENCES.index(read["preference"])),
        *(float(said.count(known)) for known in PREFERENCES),
        *(float(order) for order in orders or (UNREAD, UNREAD)),
    ]


def _order_parts(table: Floats) -> dict[str, float]:
    """consistent: orders that give the same; first_preferred: of the verdicts for one answer, those for the
    one shown first, one half where place does not matter; {} where nothing was asked twice."""
    twice = table[table[:, A_FIRST] >= 0]
    if not len(twice):
        return {}
    first, second = twice[:, A_FIRST], twice[:, B_FIRST]
    parts = {"asked_in_both_orders": float(len(twice)), "consistent": float((first == second).mean())}
    for_first = np.count_nonzero(first == _A) + np.count_nonzero(second == _B)
    decided = np.count_nonzero(first <= _B) + np.count_nonzero(second <= _B)
    return {**parts, "first_preferred": for_first / decided} if decided else parts


PREFERENCE_AGREEMENT = PreferenceAgreement()
