"""Does a rater notice? Ratings of answers against those of their clinically wrong twins.

The signed-rank test of Wilcoxon (1945), one-sided: the twin is rated worse. Pairs rated alike are left out,
as he did; they are counted beside the p value, because a rater who rates most twins alike notices little
however small p is. Up to 50 pairs that differ the p value is exact given the ranks, ties among them
included; beyond, the normal approximation with its correction for continuity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata, wilcoxon

TwinStatus = Literal["ok", "too_few_pairs", "undefined_no_pairs", "undefined_no_difference"]

SIGNIFICANCE = 0.05
_MOST_EXACT = 50
# with n pairs that differ p cannot be below 2⁻ⁿ: five are the fewest that reach 0.05
FEWEST_PAIRS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinTest:
    """One rater, or a panel, on `n_pairs` of an answer and its twin.

    noticed          pairs whose twin was rated worse; alike and better likewise
    statistic        sum of the ranks of pairs whose twin was rated worse
    p_value          one-sided; None where nothing differs
    detects          p at most 0.05; None where there are too few pairs to say
    mean_difference  answer less twin
    """

    status: TwinStatus
    reason: str
    n_pairs: int
    noticed: int
    alike: int
    better: int
    mean_difference: float | None
    statistic: float | None
    p_value: float | None
    detects: bool | None


def twin_test(answers: Sequence[float], twins: Sequence[float], *, higher_is_better: bool = True) -> TwinTest:
    """`answers` and `twins` hold the scores of each pair. ValueError for other lengths or no numbers."""
    first, second = np.asarray(answers, np.float64), np.asarray(twins, np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"each answer has one twin: {len(first)} answers and {len(second)} twins were given")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("leave pairs out that were not both rated: a score is no finite number")
    # rounding must not break ties such as 0.3 - 0.2 and 0.2 - 0.1
    gaps = np.round((first - second) * (1 if higher_is_better else -1), 9)
    apart = gaps[gaps != 0]
    status, reason = _status(len(gaps), len(apart))
    defined = len(apart) > 0
    statistic, p_value = _signed_rank(apart) if defined else (None, None)
    return TwinTest(
        status=status,
        reason=reason,
        n_pairs=len(gaps),
        noticed=int((gaps > 0).sum()),
        alike=int((gaps == 0).sum()),
        better=int((gaps < 0).sum()),
        mean_difference=float(gaps.mean()) if len(gaps) else None,
        statistic=statistic,
        p_value=p_value,
        detects=p_value <= SIGNIFICANCE if status == "ok" and p_value is not None else None,
    )


def _status(pairs: int, apart: int) -> tuple[TwinStatus, str]:
    if pairs == 0:
        return "undefined_no_pairs", "no answer and its twin have both been rated yet"
    if apart == 0:
        return "undefined_no_difference", "every twin was rated as its answer was: nothing was noticed so far"
    if apart < FEWEST_PAIRS:
        return (
            "too_few_pairs",
            f"{apart} pairs were rated differently: {FEWEST_PAIRS} are the fewest that can show anything",
        )
    return "ok", ""


def _signed_rank(apart: Floats) -> tuple[float, float]:
    if len(apart) > _MOST_EXACT:
        found = wilcoxon(apart, alternative="greater", method="approx", correction=True)
        return float(found.statistic), float(found.pvalue)
    doubled = np.round(2 * rankdata(np.abs(apart))).astype(np.int64)  # whole numbers, tied ranks too
    observed = int(doubled[apart > 0].sum())
    # the number of ways to each sum of ranks, if every pair could as well have gone the other way
    ways = np.zeros(int(doubled.sum()) + 1)
    ways[0] = 1.0
    for rank in doubled.tolist():
        ways[rank:] = ways[rank:] + ways[:-rank]
    return observed / 2, float(ways[observed:].sum() / 2.0 ** len(apart))
