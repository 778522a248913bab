"""How far estimates would move with other raters and other items: sandwich variances from sums of scores.

One vote adds u (e_first - e_second + e_delta) to the score. Votes of one rater, or on one item, go together:
their scores are summed first (Liang & Zeger 1986), so that B = G / (G - 1) sum over clusters of U U' and
V = I⁻¹ B I⁻¹. For raters and items at once V = V_rater + V_item - V_vote (Cameron, Gelbach & Miller 2011).
Contrast by contrast, no less is taken than V_rater and than V_item: the difference alone can come out too
small, even negative. Where a rater judges an item more than once, votes in common are counted twice, which
errs on the safe side when they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import ABSOLUTE_ZERO, RELATIVE_ZERO, Integers, difference_variances
from leaderboard.domain.ranking.bradley_terry import Fit, products
from leaderboard.domain.ranking.clusters import ClusterCounts, Table
from leaderboard.domain.ranking.votes import VoteCounts

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
    others  (P - S,) variances of delta, the parameter of ties and style features; 0 if none was seen
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


def meats(fit: Fit, counts: VoteCounts, among: Integers) -> Meats:
    """The meats of a fit of some of the systems, whose places in the counts are `among` (s,)."""
    score, ties = fit.votes.score, fit.votes.tie_score
    cells = counts.cells[np.ix_(among, among)].astype(np.float64)
    n_votes = int(cells.sum())

    def total(one: Floats, other: Floats) -> Floats:
        found: Floats = np.einsum("abo,abo,abo->ab", cells, one, other)
        return found

    with_ties = () if ties is None else (total(score, ties), total(ties, ties))
    return Meats(
        vote=few_votes(products(total(score, score), *with_ties), n_votes),
        n_votes=n_votes,
        rater=_clusters(fit, among, counts, counts.by_rater) if counts.has_raters else None,
        item=_clusters(fit, among, counts, counts.by_item) if counts.has_items else None,
    )


def clusters_of(sums: Table, others: Floats, judged: Table) -> Clusters:
    """Clusters from their scores for systems (G, S) and for the rest (G, P - S), and their votes (G, S)."""
    votes = np.sort(np.asarray(judged.sum(axis=1)))[::-1] / 2
    votes = votes[votes > 0]
    mixed = sums.T @ others
    own, sparse = sums.T @ sums, not isinstance(sums, np.ndarray)
    square = np.block([[own.toarray() if sparse else own, mixed], [mixed.T, others.T @ others]])
    return Clusters(
        meat=few_votes(square, len(votes)),
        n=len(votes),
        judging=np.asarray((judged > 0).sum(axis=0), np.int64),
        shares=votes / votes.sum(),
    )


def few_votes(square: Floats, n: int) -> Floats:
    """Times n / (n - 1), as scores were taken about an estimate; nothing is known from one alone."""
    return square * (n / (n - 1)) if n > 1 else np.full_like(square, np.nan)


def sandwich(fit: Fit, found: Meats, kind: Clustering) -> Covariance:
    """The covariance of the estimates of a fit. ValueError where the clusters it needs are not recorded."""
    clusters = _asked(found, kind)
    meat = [one.meat for one in clusters] or [found.vote]
    parts = [fit.bread @ one @ fit.bread for one in meat]
    if len(parts) == 2:
        parts.append(parts[0] + parts[1] - fit.bread @ found.vote @ fit.bread)
    size = len(fit.theta)
    free = int(np.count_nonzero(np.diag(fit.bread))) - 1  # theta adds up to 0
    no_clusters = found.n_votes - free + 1
    judging = [one.judging for one in clusters] or [np.full(size, no_clusters)]
    df: Floats = np.min(judging, axis=0) - 1.0
    theta = largest_contrasts([part[:size, :size] for part in parts])
    rounding = RELATIVE_ZERO * np.diag(fit.bread) + ABSOLUTE_ZERO
    unknown = (df < 1) | ~(np.diag(theta) > rounding[:size])
    theta[unknown], theta[:, unknown] = np.nan, np.nan
    others: Floats = np.max([np.diag(part)[size:] for part in parts], axis=0)
    others[others <= rounding[size:]] = 0.0
    fewest = min([one.n for one in clusters] or [no_clusters])
    return Covariance(kind, theta, others, df, fewest - 1.0)


def largest_contrasts(parts: list[Floats]) -> Floats:
    """(S, S) covariance that gives each value, and each difference of two, the largest variance of `parts`.

    Where no covariance does just that, the nearest one that gives no less: negative eigenvalues are set to 0.
    """
    if len(parts) == 1 or not np.isfinite(parts).all():
        return parts[0].copy() if len(parts) == 1 else np.full_like(parts[0], np.nan)
    own = np.max([np.diag(part) for part in parts], axis=0)
    apart = np.max([difference_variances(part) for part in parts], axis=0)
    found: Floats = (own[:, None] + own - apart) / 2
    values, vectors = np.linalg.eigh(found)
    if values[0] >= 0:
        return found
    nearest: Floats = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return nearest


def _clusters(fit: Fit, among: Integers, counts: VoteCounts, clusters: ClusterCounts) -> Clusters:
    size = len(counts.systems)
    places = np.ix_(among, among)

    def widened(score: Floats) -> Floats:
        wide = np.zeros((size, size, 3))
        wide[places] = score
        return wide

    ties = None if fit.votes.tie_score is None else widened(fit.votes.tie_score)
    sums, order, of_ties = clusters.score_sums(widened(fit.votes.score), ties)
    others = np.column_stack([order, np.zeros_like(order) if of_ties is None else of_ties])
    return clusters_of(sums[:, among], others, clusters.judged(size)[:, among])


def _asked(found: Meats, kind: Clustering) -> list[Clusters]:
    clusters = []
    for name, one in (("rater", found.rater), ("item", found.item)):
        if kind in (name, "two-way"):
            if one is None:
                raise ValueError(
                    f"{kind} intervals need the {name} of every vote: name it, or choose another"
                )
            clusters.append(one)
    return clusters
