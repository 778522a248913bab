"""How far estimates would move with other raters and other items: sandwich variances from sums of scores.

One vote adds u (e_first - e_second + e_delta) to the score. Votes of one rater, or on one item, move together:
their scores are summed first (Liang & Zeger 1986), so that B = G / (G - 1) sum over clusters of U U' and
V = I⁻¹ B I⁻¹. For raters and items at once V = V_rater + V_item - V_vote (Cameron, Gelbach & Miller 2011), of
which, contrast by contrast, no less is taken than V_rater and V_item: the difference alone can come out too
small, even negative. Where a rater judges an item more than once, votes in common are counted twice, which
errs on the safe side when they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import ABSOLUTE_ZERO, Integers, difference_variances
from leaderboard.domain.ranking.bradley_terry import Cells, Fit, products
from leaderboard.domain.ranking.clusters import ClusterCounts

Clustering = Literal["independent", "rater", "item", "two-way"]

FEWEST_CLUSTERS = 5  # with fewer, a variance between them is hardly an estimate


@dataclass(frozen=True, eq=False)
class Clusters:
    """The scores of clusters: raters, or items.

    meat    (P, P) B above
    n       clusters with votes; `judging` (S,) those of them with votes on each system
    shares  (n,) each one's share of the votes, largest first
    """

    meat: Floats
    n: int
    judging: Integers
    shares: Floats


@dataclass(frozen=True, eq=False)
class Meats:
    """Sums of squared scores, at the fit's estimate: by vote, by rater and by item, as far as recorded."""

    vote: Floats
    n_votes: int
    rater: Clusters | None
    item: Clusters | None


@dataclass(frozen=True, eq=False)
class Covariance:
    """Of the estimates of a fit.

    theta   (S, S); NaN in the rows of systems whose variance is not known
    others  (P - S,) variances of delta, the parameter of ties and style coefficients
    df      (S,) degrees of freedom of each system: clusters that judged it, less one
    df_all  the same for the other parameters
    """

    kind: Clustering
    theta: Floats
    others: Floats
    df: Floats
    df_all: float

    @property
    def pair_df(self) -> Floats:
        """(S, S) the fewer of each two."""
        return np.minimum(self.df[:, None], self.df)


def choose(n_raters: int | None, n_items: int | None) -> Clustering:
    """The most general clustering that the numbers of raters and items bear; None: not recorded."""
    raters, items = (n_raters or 0) >= FEWEST_CLUSTERS, (n_items or 0) >= FEWEST_CLUSTERS
    if raters:
        return "two-way" if items else "rater"
    return "item" if items else "independent"


def meats(fit: Fit, cells: Cells, among: Integers, raters: ClusterCounts | None, items: ClusterCounts | None) -> Meats:
    """The meats of a fit of (s, s, 3) `cells`, whose systems are numbered `among` (s,) in the clusters."""
    score, ties = fit.votes.score, fit.votes.tie_score
    counts = np.asarray(cells, np.float64)
    n_votes = int(counts.sum())

    def total(one: Floats, other: Floats) -> Floats:
        found: Floats = np.einsum("abo,abo,abo->ab", counts, one, other)
        return found

    if ties is None:
        vote = products(total(score, score))
    else:
        vote = products(total(score, score), total(score, ties), total(ties, ties))
    return Meats(
        vote * (n_votes / max(n_votes - 1, 1)),
        n_votes,
        None if raters is None else _clusters(fit, among, raters),
        None if items is None else _clusters(fit, among, items),
    )


def sandwich(bread: Floats, found: Meats, kind: Clustering) -> Covariance:
    """The covariance of estimates with this bread (P, P). ValueError where what it needs is not recorded."""
    clusters = _asked(found, kind)
    size = len(bread)
    by_vote = bread @ found.vote @ bread
    parts = [bread @ one.meat @ bread for one in clusters]
    if not parts:
        parts = [by_vote]
    elif len(parts) == 2:
        parts.append(parts[0] + parts[1] - by_vote)
    n_fitted = int(np.count_nonzero(np.diag(bread))) - 1
    systems = size - len(np.diag(bread)[_systems(found, bread) :])
    least = [one.judging for one in clusters]
    df = np.min(least, axis=0) - 1.0 if least else np.full(systems, float(max(found.n_votes - n_fitted, 0)))
    theta = largest_contrasts([part[:systems, :systems] for part in parts])
    unknown = (df < 1) | (np.diag(theta) <= ABSOLUTE_ZERO)
    theta[unknown], theta[:, unknown] = np.nan, np.nan
    others = np.max([np.diag(part)[systems:] for part in parts], axis=0)
    fewest = min((one.n for one in clusters), default=found.n_votes - n_fitted + 1) - 1.0
    return Covariance(kind, theta, others, df, fewest)
