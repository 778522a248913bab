"""Calculated answers, by the rules of MedCalc-Bench.

- number      right within the limits of the reference, else within `tolerance` (a share of the value, 5 %
              unless the task's options say otherwise)
- integer     right when it rounds to the value: rule-based scores
- date        the same day
- weeks_days  the same weeks and days
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.answers.numbers import date, number, weeks_days
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Options

KINDS = ("number", "integer", "date", "weeks_days")
TOLERANCE = 0.05
_ROUNDING = 1e-9  # share of a limit by which a decimal may miss it


class NumericTolerance:
    """The share of right results, with Wilson's interval; the parts are the shares by kind of result."""

    name = "numeric_tolerance"

    def read(self, answer: str, question: Question, options: Options) -> float | str | list[int] | None:
        """A number, a day as "2024-05-01", or [weeks, days], whichever the reference is."""
        kind = _kind(question)
        if kind == "date":
            return date(answer)
        if kind == "weeks_days":
            found = weeks_days(answer)
            return None if found is None else list(found)
        return number(answer)

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows (right, number of the kind of result)."""
        found = [self.read(*pair, options) for pair in zip(answers, questions, strict=True)]
        rows = [
            (
                float(read is not None and _is_right(read, question.gold, options)),
                KINDS.index(_kind(question)),
            )
            for read, question in zip(found, questions, strict=True)
        ]
        unparsed = np.array([read is None for read in found], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 2), unparsed)

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        right, kinds = counts.table.T
        parts = {
            kind: float(right[kinds == place].mean()) for place, kind in enumerate(KINDS) if place in kinds
        }
        return intervals.from_mean(
            self.name, right, counts.unparsed, clusters=clusters, parts=parts, method="wilson"
        )


def _is_right(read: Any, gold: Mapping[str, Any], options: Options) -> bool:
    if gold["kind"] == "number":
        low, high = _limits(gold, options)
        slack = _ROUNDING * max(abs(low), abs(high))
        return bool(low - slack <= read <= high + slack)
    if gold["kind"] == "integer":
        return bool(round(read) == gold["value"])
    return bool(read == (list(gold["value"]) if gold["kind"] == "weeks_days" else gold["value"]))


def _limits(gold: Mapping[str, Any], options: Options) -> tuple[float, float]:
    """The reference's own limits, in order: 95 % and 105 % of a negative value come upside down."""
    if gold.get("lower") is not None and gold.get("upper") is not None:
        low, high = sorted((float(gold["lower"]), float(gold["upper"])))
        return low, high
    value = float(gold["value"])
    margin = abs(value) * float(options.get("tolerance", TOLERANCE))
    return value - margin, value + margin


def _kind(question: Question) -> str:
    kind = question.gold.get("kind")
    if kind not in KINDS:
        raise BenchmarkError(
            f"item {question.key} of {question.task}: gold kind {kind!r} is not one of {', '.join(KINDS)}"
        )
    return str(kind)


NUMERIC_TOLERANCE = NumericTolerance()
