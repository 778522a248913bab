"""A fit and its covariance put into words and numbers: ratings, intervals, rank ranges, warnings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import exp, sqrt
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from leaderboard.domain.moments import Integers
from leaderboard.domain.order import ranges_of
from leaderboard.domain.ranking.bradley_terry import Fit
from leaderboard.domain.ranking.connectivity import Connectivity
from leaderboard.domain.ranking.covariance import FEWEST_CLUSTERS, Clustering, Covariance, Meats
from leaderboard.domain.ranking.models import Ties
from leaderboard.domain.ranking.planning import separation
from leaderboard.domain.ranking.results import Parameter, RankingResult, Rating
from leaderboard.domain.ranking.statuses import interval_verdicts, known, standing
from leaderboard.domain.ranking.votes import VoteCounts
from leaderboard.domain.significance import significance_matrix

_COEFFICIENTS: dict[Ties, str] = {
    "half-win": "Bradley-Terry, ties as half wins",
    "davidson": "Bradley-Terry with Davidson's ties",
    "rao-kupper": "Bradley-Terry with Rao and Kupper's ties",
}
_INTERVALS: dict[Clustering, str] = {
    "independent": "sandwich by vote, t",
    "rater": "sandwich clustered by rater, t",
    "item": "sandwich clustered by item, t",
    "two-way": "sandwich clustered by rater and item, t",
}
_TOP_RATER = 0.3  # share of votes by one rater above which the ranking is largely theirs


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit and its covariance; `among` (s,) the places of its systems in the counts."""

    among: Integers
    fit: Fit
    meats: Meats
    covariance: Covariance


@dataclass(frozen=True)
class Asked:
    ties: Ties
    covariance: Clustering | Literal["auto"]
    level: float
    seed: int


def assembled(
    counts: VoteCounts, found: Connectivity, asked: Asked, fitted: Fitted, warnings: list[str]
) -> RankingResult:
    fit, covariance, of_votes = fitted.fit, fitted.covariance, fitted.meats
    ranked = np.flatnonzero(found.rankable[fitted.among])
    ranked = ranked[np.argsort(-fit.theta[ranked], kind="stable")]
    values, spread = fit.theta[ranked], covariance.theta[np.ix_(ranked, ranked)]
    degrees = np.maximum(covariance.pair_df[np.ix_(ranked, ranked)], 1.0)  # below 1 nothing is tested
    matrix = ranges = None
    if len(ranked):
        matrix = significance_matrix(values, spread, degrees, seed=asked.seed, score_range=None)
        ranges = ranges_of(matrix, asked.level)
    places = {} if ranges is None else _places(ranked, ranges.low, ranges.high, ranges.band)
    raters, top = _raters(of_votes)
    return RankingResult(
        ratings=_ratings(counts, found, asked, fitted, places),
        order_effect=_order_effect(found, fitted, asked.level),
        ties=_ties(fitted, asked),
        coefficient=_COEFFICIENTS[fit.ties] + (", Firth's penalty" if fit.penalised else ""),
        interval=_INTERVALS[covariance.kind],
        scope=_scope(covariance.kind, raters),
        level=asked.level,
        seed=asked.seed,
        n_ratings=of_votes.n_votes,
        n_raters=raters,
        n_items=None if of_votes.item is None else of_votes.item.n,
        top_rater=top,
        components=_components(counts.systems, found),
        warnings=(*warnings, *_warnings(found, raters, top)),
        ranked=tuple(counts.systems[at] for at in fitted.among[ranked]),
        values=values,
        covariance=spread,
        df=float(degrees.min()) if len(ranked) else 0.0,
        matrix=matrix,
        ranges=ranges,
        separation=separation(fit, covariance, ranked) if len(ranked) else None,
    )


def _places(ranked: Integers, *columns: Integers) -> dict[int, tuple[int, int, int]]:
    low, high, band = (column.tolist() for column in columns)
    return {at: (low[i], high[i], band[i]) for i, at in enumerate(ranked.tolist())}


def _ratings(
    counts: VoteCounts,
    found: Connectivity,
    asked: Asked,
    fitted: Fitted,
    places: dict[int, tuple[int, int, int]],
) -> tuple[Rating, ...]:
    """Ranked systems best first, then those fitted but not ranked, then the rest by name."""
    bare = _unranked(counts, found)
    without = interval_verdicts(fitted.covariance)
    half = _half_widths(fitted.covariance, asked.level)
    raters, items = fitted.meats.rater, fitted.meats.item
    made: list[Rating] = []
    for at, code in enumerate(fitted.among.tolist()):
        rating = bare.pop(code)
        status, reason = without.get(at, ("ok", "")) if at in places else (rating.status, rating.reason)
        value = float(fitted.fit.theta[at])
        low, high = (value - half[at], value + half[at]) if status == "ok" else (None, None)
        rank_low, rank_high, band = places.get(at, (None, None, None))
        made.append(
            replace(
                rating,
                status=status,
                reason=reason,
                value=value,
                low=low,
                high=high,
                rank_low=rank_low,
                rank_high=rank_high,
                band=band,
                n_raters=None if raters is None else int(raters.judging[at]),
                n_items=None if items is None else int(items.judging[at]),
            )
        )
    made.sort(key=lambda one: (one.band is None, -(one.value or 0.0), one.system))
    return (*made, *sorted(bare.values(), key=lambda one: one.system))


def _half_widths(covariance: Covariance, level: float) -> list[float]:
    critical = stdtrit(np.maximum(covariance.df, 1.0), (1 + level) / 2)
    halves: list[float] = (critical * np.sqrt(np.diag(covariance.theta))).tolist()
    return halves


def _unranked(counts: VoteCounts, found: Connectivity) -> dict[int, Rating]:
    cells = counts.cells
    votes = (cells.sum(axis=(1, 2)) + cells.sum(axis=(0, 2))).tolist()
    verdicts = standing(counts.systems, cells, found)
    ratings = {}
    for at, system in enumerate(counts.systems):
        status, reason = verdicts.get(at, ("ok", ""))
        ratings[at] = Rating(system=system, status=status, reason=reason, n_votes=votes[at])
    return ratings


def nothing(counts: VoteCounts, found: Connectivity, asked: Asked) -> RankingResult:
    """The result where no two systems are linked by votes."""
    bare = sorted(_unranked(counts, found).values(), key=lambda one: one.system)
    return RankingResult(
        ratings=tuple(bare),
        order_effect=Parameter(
            name="order effect", status="undefined_no_votes", reason="there are no votes to take it from"
        ),
        ties=None,
        coefficient=_COEFFICIENTS[asked.ties],
        interval="none",
        scope="nobody: no votes",
        level=asked.level,
        seed=asked.seed,
        n_ratings=0,
        n_raters=0 if counts.has_raters else None,
        n_items=0 if counts.has_items else None,
        top_rater=None,
        components=_components(counts.systems, found),
        warnings=("no votes: nothing can be ranked",),
        values=np.empty(0),
        covariance=np.empty((0, 0)),
        df=0.0,
    )


def parameter(name: str, value: float, variance: float, df: float, level: float) -> Parameter:
    """A number of the model with its t interval."""
    if not known(variance) or not df >= 1:
        reason = "too few clusters, or no variation, to take an interval from"
        return Parameter(name=name, status="no_interval", reason=reason, value=value)
    half = float(stdtrit(df, (1 + level) / 2)) * sqrt(variance)
    return Parameter(name=name, status="ok", value=value, low=value - half, high=value + half)


def _order_effect(found: Connectivity, fitted: Fitted, level: float) -> Parameter:
    name, covariance = "order effect", fitted.covariance
    if found.order == "not estimable":
        return Parameter(
            name=name,
            status="undefined_one_order",
            reason="each pair was shown in one order only, or as good as that: show pairs in both orders",
        )
    if found.order == "separated":
        return Parameter(
            name=name,
            status="separated",
            reason="the votes fit an order effect without bounds; the value is Firth's penalised one",
            value=fitted.fit.delta,
        )
    return parameter(name, fitted.fit.delta, float(covariance.others[0]), covariance.df_all, level)


def _ties(fitted: Fitted, asked: Asked) -> Parameter | None:
    """Davidson's nu or Rao and Kupper's theta; the interval is that of its logarithm."""
    fit, covariance = fitted.fit, fitted.covariance
    if asked.ties == "half-win":
        return None
    name = "nu" if asked.ties == "davidson" else "theta"
    if fit.tie is None:
        reason = "not fitted to these votes: see the warnings"
        return Parameter(name=name, status="undefined_not_fitted", reason=reason)
    found = parameter(name, fit.tie, float(covariance.others[1]), covariance.df_all, asked.level)
    low, high = (None if end is None else exp(end) for end in (found.low, found.high))
    return replace(found, value=exp(fit.tie), low=low, high=high)


def _scope(kind: Clustering, raters: int | None) -> str:
    if raters is None:
        return "not known: raters are not recorded, their votes were taken as independent"
    if raters < FEWEST_CLUSTERS or kind in ("independent", "item"):
        return "these raters only"
    return "raters and items like these" if kind == "two-way" else "raters like these"


def _raters(of_votes: Meats) -> tuple[int | None, float | None]:
    """How many there are, and the largest share of the votes by one."""
    raters = of_votes.rater
    return (None, None) if raters is None else (raters.n, float(raters.shares[0]))


def _warnings(found: Connectivity, raters: int | None, top: float | None) -> list[str]:
    said = []
    if (found.component >= 0).any() and not found.connected[found.component >= 0].all():
        said.append("votes fall into groups that were never compared with each other: one group is ranked")
    if not found.rankable.any():
        said.append("no two systems are linked by wins both ways: none can be ranked yet")
    if raters is not None and raters < FEWEST_CLUSTERS:
        said.append(f"{raters} raters: nothing can be said of others before there are {FEWEST_CLUSTERS}")
    if top is not None and top > _TOP_RATER:
        said.append(f"one rater cast {top:.0%} of the votes")
    return said


def _components(systems: tuple[str, ...], found: Connectivity) -> tuple[tuple[str, ...], ...]:
    groups: dict[tuple[bool, int], list[str]] = {}
    for at, component in enumerate(found.component.tolist()):
        if component >= 0:
            groups.setdefault((not found.connected[at], component), []).append(systems[at])
    return tuple(tuple(sorted(groups[key])) for key in sorted(groups))
