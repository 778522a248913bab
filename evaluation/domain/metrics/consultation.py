"""Transcripts of consultations: must-ask items the doctor asked about, and whether the diagnosis was named.

By a rule that reads words (`dialogues.coverage`), the same for every system; a judge's view is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.benchmarks import Question
from evaluation.domain.dialogues import coverage
from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.settings import MOST_EXCHANGES
from evaluation.domain.dialogues.transcript import questions_and_result, read
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Options

# columns of a row: share asked about, diagnosis named, whether the case has names, exchanges, then the share
# asked about up to exchange 1 … 12
SHARE, NAMED, NAMEABLE, EXCHANGES, BY_TURN = 0, 1, 2, 3, slice(4, 4 + MOST_EXCHANGES)
WIDTH = 4 + MOST_EXCHANGES


class ConsultationRead(TypedDict):
    """Exchanges there were, and the diagnosis as stated, "" for none."""

    exchanges: int
    diagnosis: str


class _OfTranscripts:
    name: str

    def read(self, answer: str, question: Question, options: Options) -> ConsultationRead | None:
        """None for a text that is no consultation, or is longer than one may be."""
        turns = read(answer)
        if turns is None:
            return None
        asked, result = questions_and_result(turns)
        return ConsultationRead(exchanges=len(asked), diagnosis=result.diagnosis)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows of the columns named above; what is no consultation covers nothing."""
        rows = [_row(answer, question) for answer, question in zip(answers, questions, strict=True)]
        unparsed = np.array([read(answer) is None for answer in answers], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, WIDTH), unparsed)


class MustAskCoverage(_OfTranscripts):
    """The mean over cases of the share of must-ask items asked about. Parts: coverage up to each exchange,
    exchanges on average, and the share of diagnoses named with its limits."""

    name = "must_ask_coverage"

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        return intervals.from_mean(
            self.name,
            counts.table[:, SHARE],
            counts.unparsed,
            clusters=clusters,
            parts=_parts(counts, clusters),
        )


class DiagnosisNamed(_OfTranscripts):
    """The share of cases whose diagnosis was named, with Wilson's interval; coverage among the parts."""

    name = "diagnosis_named"

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        parts = {**_parts(counts, clusters), "coverage": _mean(counts.table[:, SHARE])}
        return intervals.from_mean(
            self.name,
            counts.table[:, NAMED],
            counts.unparsed,
            clusters=clusters,
            parts=parts,
            method="wilson",
        )


def _row(answer: str, question: Question) -> list[float]:
    case = case_of(question.gold)
    nameable = float(bool(case.diagnosis.names))
    turns = read(answer)
    if turns is None:
        return [0.0, 0.0, nameable, *[0.0] * (WIDTH - 3)]
    asked, result = questions_and_result(turns)
    first = list(coverage.first_turns(case, asked).values())
    shares = coverage.by_turn(first, MOST_EXCHANGES)
    return [
        shares[-1],
        float(coverage.names(result.diagnosis, case.diagnosis)),
        nameable,
        len(asked),
        *shares,
    ]


def _parts(counts: Counts, clusters: npt.NDArray[np.int64] | None) -> dict[str, float]:
    table = counts.table
    parts = {"exchanges": _mean(table[:, EXCHANGES])}
    parts |= {
        f"by_exchange_{turn}": _mean(column) for turn, column in enumerate(table[:, BY_TURN].T, start=1)
    }
    some = table[:, NAMEABLE] > 0
    if some.any():
        found = intervals.from_mean(
            "named", table[some, NAMED], counts.unparsed[some], method="wilson",
            clusters=None if clusters is None else clusters[some],
        )  # fmt: skip
        limits = {"": found.value, "_low": found.low, "_high": found.high}
        parts |= {f"diagnosis_named{end}": value for end, value in limits.items() if value is not None}
        parts["cases_with_a_name"] = float(some.sum())
    return parts


def _mean(column: npt.NDArray[np.float64]) -> float:
    return float(column.mean()) if len(column) else 0.0


MUST_ASK_COVERAGE = MustAskCoverage()
DIAGNOSIS_NAMED = DiagnosisNamed()
