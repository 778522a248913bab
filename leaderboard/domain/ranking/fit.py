"""Does one scale tell what the votes say? Goodness of fit of a ranking, and cycles that no scale can hold.

Goodness of fit compares the votes of every ordered pair with those the model expects:

    deviance   2 Σ n_abo log(n_abo / (n_ab p_abo))          Pearson   Σ (n_abo - n_ab p_abo)² / (n_ab p_abo)

over outcomes o, on cells less parameters degrees of freedom (Agresti 2002, sec. 10.6). The residual of a pair
is (points - expected) / √variance over both orders, points being wins and half the ties.

Cycles look at the votes alone: a pair is decided where the sign test of its wins and losses is significant
with Holm's correction over all pairs compared, so that with probability 1 - level no decided pair is wrong.
Three systems that beat each other in a circle, all three pairs decided, are a cycle that no ranking shows.

Both take votes as independent. Where raters or items differ the chi-square is too large and too many pairs
are decided: read them as where to look, beside the clustered intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import bdtr, chdtrc, xlogy

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers
from leaderboard.domain.multiplicity import family
from leaderboard.domain.ranking.bradley_terry import Fit

FitStatus = Literal["ok", "undefined_saturated", "undefined_penalised", "undefined_half_wins", "too_sparse"]
CycleStatus = Literal["ok", "undefined_no_pairs", "undefined_no_decided_triples"]

_LEAST_EXPECTED = 5.0  # Cochran's rule (1954): four cells in five expect this much, and none less than one
_SHARE_EXPECTED = 0.8
_MOST_NAMED = 50


@dataclass(frozen=True)
class PairResidual:
    """Two systems; `residual` above 0: the first did better against the second than the scale says."""

    first: str
    second: str
    n_votes: int
    points: float
    expected: float
    residual: float | None


@dataclass(frozen=True, kw_only=True)
class GoodnessOfFit:
    """How far the votes lie from the fitted model.

    deviance, pearson   None where the model has no likelihood of these votes
    p                   upper tail of the deviance on `df`; None unless `status` is "ok"
    dispersion          Pearson's chi-square by degree of freedom: about 1 where model and independence hold
    residuals           of every pair compared, the largest first
    """

    deviance: float | None
    pearson: float | None
    df: int
    p: float | None
    dispersion: float | None
    residuals: tuple[PairResidual, ...]
    n_votes: int
    status: FitStatus
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """In plain types, with the largest residuals."""
        return {**vars(self), "residuals": [vars(one) for one in self.residuals[:_MOST_NAMED]]}


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """Triples of systems whose three pairs are all decided, and those of them that go round.

    share    n_cycles / n_triples; None without such triples
    cycles   (a, b, c): a beat b, b beat c and c beat a; 50 at most
    """

    share: float | None
    n_pairs: int
    n_decided: int
    n_triples: int
    n_cycles: int
    cycles: tuple[tuple[str, str, str], ...]
    level: float
    status: CycleStatus
    reason: str = ""


@dataclass(frozen=True, eq=False)
class FittedVotes:
    """The votes of the systems fitted: names (S,), counts (S, S, 3) and their fit."""

    systems: tuple[str, ...]
    cells: Integers
    fit: Fit


def goodness_of_fit(votes: FittedVotes) -> GoodnessOfFit:
    """Deviance, Pearson's chi-square and residuals of a fit to the votes it was made from."""
    counts, fit = votes.cells.astype(np.float64), votes.fit
    shown = counts.sum(axis=2)
    tied = fit.ties != "half-win"
    outcomes = [0, 1, 2] if tied else [0, 2]
    p = np.exp(fit.votes.log_p[..., outcomes])
    expected, seen = shown[..., None] * p, counts[..., outcomes]
    free = len(counts) - 1 + int(fit.order_fitted) + int(tied)
    df = int(np.count_nonzero(shown)) * (len(outcomes) - 1) - free
    half_wins = not tied and bool(counts[..., 1].any())
    there = np.broadcast_to(shown[..., None] > 0, expected.shape)
    status, reason = _verdict(fit, half_wins, df, expected[there])
    known = status in ("ok", "too_sparse", "undefined_saturated")
    deviance = max(0.0, 2 * float((xlogy(seen, seen) - xlogy(seen, np.where(there, expected, 1))).sum()))
    pearson = float(((seen - expected)[there] ** 2 / expected[there]).sum())
    return GoodnessOfFit(
        deviance=deviance if known else None,
        pearson=pearson if known else None,
        df=max(df, 0),
        p=float(chdtrc(df, deviance)) if status == "ok" else None,
        dispersion=pearson / df if known and df > 0 else None,
        residuals=_residuals(votes),
        n_votes=int(shown.sum()),
        status=status,
        reason=reason,
    )


def cycles(votes: FittedVotes, level: float = 0.05) -> Cycles:
    """Decided triples and those that go round; `level` is the chance that any decided pair is wrong."""
    counts = votes.cells
    won = counts[..., 0] + counts[..., 2].T
    pairs = np.triu_indices(len(counts), 1)
    wins, losses = won[pairs], won.T[pairs]
    compared = (counts.sum(axis=2) + counts.sum(axis=2).T)[pairs] > 0
    p = np.where(compared, _sign_test(wins, losses), np.nan)
    decided = family(p, "holm").rejected(level)
    beats = np.zeros(won.shape, dtype=np.bool_)
    first, second = (place[decided] for place in pairs)
    ahead = (wins > losses)[decided]
    beats[np.where(ahead, first, second), np.where(ahead, second, first)] = True
    either = (beats | beats.T).astype(np.float64)
    n_triples = round(float(np.trace(either @ either @ either)) / 6)
    around = beats.astype(np.float64)
    n_cycles = round(float(np.trace(around @ around @ around)) / 3)
    status, reason = _cycle_verdict(int(np.count_nonzero(compared)), n_triples)
    return Cycles(
        share=n_cycles / n_triples if n_triples else None,
        n_pairs=int(np.count_nonzero(compared)),
        n_decided=int(np.count_nonzero(decided)),
        n_triples=n_triples,
        n_cycles=n_cycles,
        cycles=_named(votes.systems, beats) if n_cycles else (),
        level=level,
        status=status,
        reason=reason,
    )


def _verdict(fit: Fit, half_wins: bool, df: int, expected: Floats) -> tuple[FitStatus, str]:
    if fit.penalised:
        return (
            "undefined_penalised",
            "The fit is penalised: its likelihood has no finite maximum to compare with.",
        )
    if half_wins:
        why = "Ties as half wins have no likelihood: fit Davidson's or Rao and Kupper's ties to test the fit."
        return "undefined_half_wins", why
    if df < 1:
        return "undefined_saturated", "The model has a parameter for every pair: it fits any votes on them."
    if np.mean(expected >= _LEAST_EXPECTED) < _SHARE_EXPECTED or expected.min() < 1:
        why = (
            "Too few votes are expected of each outcome for a chi-square: more votes on each pair are needed."
        )
        return "too_sparse", why
    return "ok", ""


def _residuals(votes: FittedVotes) -> tuple[PairResidual, ...]:
    """Of unordered pairs; the variance is the model's, for half wins that of votes without ties."""
    counts = votes.cells.astype(np.float64)
    shown, p = counts.sum(axis=2), np.exp(votes.fit.votes.log_p)
    tied = votes.fit.ties != "half-win"
    mean = p[..., 0] + (p[..., 1] / 2 if tied else 0.0)
    spread = p[..., 0] + (p[..., 1] / 4 if tied else 0.0) - mean**2
    points = counts[..., 0] + counts[..., 1] / 2
    gained = points + (shown - points).T
    expected = shown * mean + (shown * (1 - mean)).T
    variance = shown * spread + (shown * spread).T
    found = []
    for a, b in zip(*(place.tolist() for place in np.nonzero(np.triu(shown + shown.T, 1))), strict=True):
        apart = float(gained[a, b] - expected[a, b])
        residual = apart / float(np.sqrt(variance[a, b])) if variance[a, b] > 0 else None
        number, names = int(shown[a, b] + shown[b, a]), (votes.systems[a], votes.systems[b])
        found.append(PairResidual(*names, number, float(gained[a, b]), float(expected[a, b]), residual))
    return tuple(sorted(found, key=lambda one: -abs(one.residual or 0.0)))


def _sign_test(wins: Integers, losses: Integers) -> Floats:
    """(m,) two-sided exact binomial p of as many wins as losses."""
    fewer, number = np.minimum(wins, losses), wins + losses
    found: Floats = np.minimum(2 * bdtr(fewer.astype(np.float64), number, 0.5), 1.0)
    return found


def _cycle_verdict(n_pairs: int, n_triples: int) -> tuple[CycleStatus, str]:
    if not n_pairs:
        return "undefined_no_pairs", "No two systems have been compared."
    if not n_triples:
        why = "No three systems are all decided against each other: nothing can be said of cycles yet."
        return "undefined_no_decided_triples", why
    return "ok", ""


def _named(
    systems: tuple[str, ...], beats: np.ndarray[Any, np.dtype[np.bool_]]
) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    for a in range(len(systems)):
        for b in np.flatnonzero(beats[a]).tolist():
            for c in np.flatnonzero(beats[b] & beats[:, a]).tolist():
                if a < min(b, c):  # each circle once, from its first system
                    found.append((systems[a], systems[b], systems[c]))
                if len(found) == _MOST_NAMED:
                    return tuple(found)
    return tuple(found)
