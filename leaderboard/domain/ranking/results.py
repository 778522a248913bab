"""What a ranking says, and how far it may be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from evaluation.domain.estimates import Floats
from leaderboard.domain.order import RankRanges
from leaderboard.domain.ranking.elo import elo_scale
from leaderboard.domain.ranking.fit import Cycles, FittedVotes, GoodnessOfFit, cycles, goodness_of_fit
from leaderboard.domain.ranking.planning import Separation, votes_to_separate
from leaderboard.domain.ranking.simulation import chances_of_rank
from leaderboard.domain.ranking.unacceptable import UnacceptableShare
from leaderboard.domain.significance import SignificanceMatrix

RatingStatus = Literal[
    "ok",
    "too_few_votes",
    "too_few_raters",
    "too_few_items",
    "undefined_no_variation",
    "not_rankable_separated",
    "not_rankable_disconnected",
    "not_rankable_no_votes",
]
ParameterStatus = Literal[
    "ok", "no_interval", "undefined_no_votes", "undefined_one_order", "undefined_not_fitted", "separated"
]


@dataclass(frozen=True, kw_only=True)
class Rating:
    """One system.

    value, low, high     logits above the mean of the systems fitted; None where there is none to give
    rank_low, rank_high  the ranks it may have: these ranges hold for all systems at once
    band                 1, 2, …; nobody in a band is separated from its best system
    reason               why `status` is not ok, and what would help
    n_votes, n_raters, n_items   that it was judged in, by and on; None where not recorded
    """

    system: str
    status: RatingStatus
    reason: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    band: int | None = None
    n_votes: int = 0
    n_raters: int | None = None
    n_items: int | None = None

    @property
    def elo(self) -> float | None:
        return None if self.value is None else elo_scale(self.value)

    @property
    def elo_interval(self) -> tuple[float, float] | None:
        return None if self.low is None or self.high is None else (elo_scale(self.low), elo_scale(self.high))


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One number of the model besides the systems' ratings; None where there is none to give."""

    name: str
    status: ParameterStatus
    reason: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class RankingResult:
    """A ranking from pairwise votes.

    ratings        best first; systems that cannot be ranked yet come last
    order_effect   logits by which being shown first raises the odds of winning
    ties           parameter of the model of ties: Davidson's nu, Rao and Kupper's theta; None for half wins
    style          coefficients of style features, logits per unit of the difference; see `controlled`
    controlled     the ranking with these features held equal, beside this one and never instead of it
    coefficient    the model; interval the intervals' method; scope whom they speak for
    level          of every interval, and of the rank ranges and bands as a whole
    n_ratings      votes among the systems fitted, by n_raters on n_items; None where not recorded
    top_rater      largest share of these votes by one rater
    components     groups of systems linked by votes, the one fitted first: nothing is ranked across them
    ranked         systems of the figures below, best first: values (R,) and covariance (R, R) in logits
    matrix, ranges every pair of them judged together; None with fewer than two
    votes          those the fit was made from, for its goodness and for cycles; None where nothing was fitted
    unacceptable   how often each system was in a pair found unacceptable as a whole; empty where none was
    """

    ratings: tuple[Rating, ...]
    order_effect: Parameter
    ties: Parameter | None
    style: tuple[Parameter, ...] = ()
    controlled: RankingResult | None = None
    coefficient: str
    interval: str
    scope: str
    level: float
    seed: int
    n_ratings: int
    n_raters: int | None
    n_items: int | None
    top_rater: float | None
    components: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    ranked: tuple[str, ...] = ()
    values: Floats
    covariance: Floats
    df: float
    matrix: SignificanceMatrix | None = None
    ranges: RankRanges | None = None
    separation: Separation | None = field(default=None, repr=False)
    votes: FittedVotes | None = field(default=None, repr=False)
    unacceptable: tuple[UnacceptableShare, ...] = ()

    def rating(self, system: str) -> Rating:
        """ValueError if the system is not among those voted on."""
        for rating in self.ratings:
            if rating.system == system:
                return rating
        raise ValueError(f"no vote names {system!r}: take one of {', '.join(r.system for r in self.ratings)}")

    @cached_property
    def p_rank_at_most(self) -> Floats | None:
        """(R, R) chance that row's system has rank column + 1 or better; None where a variance is unknown."""
        return chances_of_rank(self.values, self.covariance, self.df, seed=self.seed)

    @cached_property
    def goodness_of_fit(self) -> GoodnessOfFit | None:
        return None if self.votes is None else goodness_of_fit(self.votes)

    @cached_property
    def cycles(self) -> Cycles | None:
        """Circles of decided pairs, at the level of the intervals."""
        return None if self.votes is None else cycles(self.votes, 1 - self.level)

    def votes_to_separate(self, one: str, other: str, *, power: float = 0.8) -> int | None:
        """About how many further votes between these two would separate them: see `planning`."""
        for system in (one, other):
            if system not in self.ranked:
                raise ValueError(f"{system!r} is not ranked yet: {self.rating(system).reason}")
        if self.separation is None or self.ranges is None:
            return None
        pair = self.ranked.index(one), self.ranked.index(other)
        return votes_to_separate(self.separation, *pair, self.ranges.critical_value, power=power)

    def as_json(self) -> dict[str, Any]:
        """Everything a page or a file shows, in plain types."""
        ranges, p_rank = self.ranges, self.p_rank_at_most
        fit, found = self.goodness_of_fit, self.cycles
        return {
            "ratings": [_rating_json(rating) for rating in self.ratings],
            "order_effect": vars(self.order_effect),
            "ties": None if self.ties is None else vars(self.ties),
            "style": [vars(one) for one in self.style],
            "controlled": None if self.controlled is None else self.controlled.as_json(),
            "coefficient": self.coefficient,
            "interval": self.interval,
            "scope": self.scope,
            "level": self.level,
            "seed": self.seed,
            "n_ratings": self.n_ratings,
            "n_raters": self.n_raters,
            "n_items": self.n_items,
            "top_rater_share": self.top_rater,
            "components": [list(one) for one in self.components],
            "critical_value": None if ranges is None or not ranges.n_comparisons else ranges.critical_value,
            "ranked": list(self.ranked),
            "p_rank_at_most": None if p_rank is None else p_rank.tolist(),
            "goodness_of_fit": None if fit is None else fit.as_json(),
            "cycles": None if found is None else vars(found),
            "unacceptable": [vars(one) for one in self.unacceptable],
            "warnings": list(self.warnings),
        }


def _rating_json(rating: Rating) -> dict[str, Any]:
    points = rating.elo_interval
    return {
        **vars(rating),
        "elo": rating.elo,
        "elo_low": None if points is None else points[0],
        "elo_high": None if points is None else points[1],
    }
