"""Do automatic scores order systems as physicians do? The correlation of two scores over systems.

All three coefficients are one (Daniels 1944, Biometrika 33): Σ a_ij b_ij / √(Σ a_ij² Σ b_ij²) over pairs of
systems, where a and b are the differences of scores (Pearson), of ranks (Spearman) or their signs (Kendall's
tau-b); ties share their mean rank.

The interval is made on Fisher's scale z = artanh r, systems being a sample of systems like them: SE² is
(1 + r²/2) / (n - 3) for Spearman (Bonett & Wright 2000, Psychometrika 65), 1 / (n - 3) for Pearson (Fisher
1921), 0.437 / (n - 4) for tau (Fieller, Hartley & Pearson 1957).

Scores that are themselves estimates agree less than what they estimate. Where standard errors are given, a
limit is also divided by √(reliability · reliability), if that takes it further from 0; the reliability of a
score is the share of its variance over systems that is not error (Spearman 1904, American Journal of
Psychology 15; limits so: Charles 2005, Psychological Methods 10). The interval then holds the correlation of
the scores as they are and that of the scores without error. Spearman's and Kendall's limits are divided on
the scale of the Pearson correlation that normal scores would have, r = 2 sin(π ρ / 6) and r = sin(π τ / 2)
(Pearson 1907; Greiner 1909).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, atanh, pi, sin, sqrt, tanh
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL

Method = Literal["spearman", "kendall", "pearson"]
Status = Literal["ok", "no_interval", "undefined_too_few_systems", "undefined_no_variation"]

FEWEST_SYSTEMS = 3
_FEWEST_FOR_INTERVAL: dict[Method, int] = {"pearson": 4, "spearman": 4, "kendall": 5}


@dataclass(frozen=True)
class ScoreCorrelation:
    """The correlation of two scores over `n_systems`, with its 95 % interval.

    value      None unless `status` is "ok" or "no_interval"; low and high are None unless it is "ok"
    interval   how the limits were made, and whether the scores' own errors are in them
    reason     why there is no value or no interval, naming the number of systems
    """

    method: Method
    value: float | None
    low: float | None
    high: float | None
    status: Status
    reason: str
    interval: str
    n_systems: int


def score_correlation(
    automatic: npt.ArrayLike,
    human: npt.ArrayLike,
    *,
    method: Method = "spearman",
    automatic_errors: npt.ArrayLike | None = None,
    human_errors: npt.ArrayLike | None = None,
) -> ScoreCorrelation:
    """The correlation of automatic and human scores (S,) of the same systems.

    Standard errors (S,) in the unit of the scores widen the interval; either may be left out. Systems that
    lack one of the two scores (NaN) are left out. The errors of different systems are taken as independent.
    ValueError for lengths that differ and for errors that are missing or negative.
    """
    if method not in get_args(Method):
        raise ValueError(f'no correlation "{method}": choose one of {", ".join(get_args(Method))}')
    scores, errors = _systems(automatic, human, automatic_errors, human_errors)
    n = scores.shape[1]
    refused = _refusal(scores, method)
    if refused:
        return refused
    value = _correlation(scores, method)
    if n < _FEWEST_FOR_INTERVAL[method]:
        reason = f"{n} systems have no interval: {_FEWEST_FOR_INTERVAL[method]} are the fewest"
        return ScoreCorrelation(method, value, None, None, "no_interval", reason, "none", n)
    centre = _inside(value, n, method)
    half = float(ndtri((1 + LEVEL) / 2)) * _standard_error(centre, n, method)
    low, high = tanh(atanh(centre) - half), tanh(atanh(centre) + half)
    name = "Fisher z"
    if errors is not None:
        name = "Fisher z, corrected for score errors"
        reliability = sqrt(_reliability(scores[0], errors[0]) * _reliability(scores[1], errors[1]))
        low, high = min(low, _freed(low, reliability, method)), max(high, _freed(high, reliability, method))
    return ScoreCorrelation(method, value, min(low, value), max(high, value), "ok", "", name, n)


def _systems(
    automatic: npt.ArrayLike,
    human: npt.ArrayLike,
    automatic_errors: npt.ArrayLike | None,
    human_errors: npt.ArrayLike | None,
) -> tuple[Floats, Floats | None]:
    """Scores (2, n) and errors (2, n), of the systems that have both scores."""
    scores = [np.asarray(given, dtype=np.float64) for given in (automatic, human)]
    if scores[0].ndim != 1 or scores[0].shape != scores[1].shape:
        raise ValueError(
            f"two scores of the same systems are needed: {scores[0].shape} and {scores[1].shape}"
        )
    kept = np.isfinite(scores[0]) & np.isfinite(scores[1])
    both = np.stack(scores)[:, kept]
    if automatic_errors is None and human_errors is None:
        return both, None
    given = [
        np.zeros(len(kept)) if errors is None else np.asarray(errors, dtype=np.float64)
        for errors in (automatic_errors, human_errors)
    ]
    if any(errors.shape != kept.shape for errors in given):
        raise ValueError(f"{len(kept)} systems need as many standard errors")
    errors = np.stack(given)[:, kept]
    if not (np.isfinite(errors).all() and (errors >= 0).all()):
        raise ValueError("a standard error is missing or negative: leave that system's score out too")
    return both, errors


def _refusal(scores: Floats, method: Method) -> ScoreCorrelation | None:
    n = scores.shape[1]
    if n < FEWEST_SYSTEMS:
        reason = f"{n} systems have both scores: a correlation takes {FEWEST_SYSTEMS} at least"
        return ScoreCorrelation(method, None, None, None, "undefined_too_few_systems", reason, "none", n)
    if (scores == scores[:, :1]).all(axis=1).any():
        reason = f"all {n} systems have the same score on one side: there is no order to compare"
        return ScoreCorrelation(method, None, None, None, "undefined_no_variation", reason, "none", n)
    return None


def _correlation(scores: Floats, method: Method) -> float:
    """Of scores (2, n), neither all ties."""
    if method == "pearson":
        a, b = scores - scores.mean(axis=1, keepdims=True)
    else:
        signs = np.sign(scores[:, :, None] - scores[:, None, :])
        # ranks follow from signs: (n + 1 + Σ_j sign(x_i - x_j)) / 2, their mean taken off
        a, b = signs.sum(axis=2) if method == "spearman" else signs
    found = float((a * b).sum()) / sqrt(float((a * a).sum()) * float((b * b).sum()))
    return max(-1.0, min(1.0, found))


def _inside(value: float, n: int, method: Method) -> float:
    """`value`, kept from ±1 by half of the smallest step there: z is not finite at the ends.

    One swap of neighbours takes Spearman's from 1 to 1 - 12 / (n (n² - 1)), tau to 1 - 4 / (n (n - 1)).
    """
    step = {"spearman": 12 / (n * (n * n - 1)), "kendall": 4 / (n * (n - 1)), "pearson": 1e-9}[method]
    return max(-1 + step / 2, min(1 - step / 2, value))


def _standard_error(value: float, n: int, method: Method) -> float:
    if method == "kendall":
        return sqrt(0.437 / (n - 4))
    return sqrt((1 + value**2 / 2 if method == "spearman" else 1.0) / (n - 3))


def _reliability(scores: Floats, errors: Floats) -> float:
    """Share of the variance of scores (n,) over systems that is not error; 0 where all of it may be."""
    return max(0.0, 1 - float((errors**2).mean()) / float(scores.var(ddof=1)))


def _freed(limit: float, reliability: float, method: Method) -> float:
    """`limit` as it would be without the errors of the scores."""
    normal = {"pearson": limit, "spearman": 2 * sin(pi * limit / 6), "kendall": sin(pi * limit / 2)}[method]
    freed = max(-1.0, min(1.0, normal / reliability)) if reliability else float(np.sign(normal))
    return {"pearson": freed, "spearman": 6 / pi * asin(freed / 2), "kendall": 2 / pi * asin(freed)}[method]
