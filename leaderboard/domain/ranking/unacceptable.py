"""How often a system stood in a pair of which raters said that neither answer will do.

Of n votes that showed the system, ordinary ones included, x found both answers unacceptable; x / n is a lower
bound of how often its answers are, as a vote for the better of two says nothing of how good it is. With
residuals e_g = x_g - n_g x/n of the clusters g (raters, items) the variance is G/(G - 1) Σ e_g² / n², two-way
max(V_rater, V_item, V_rater + V_item - V_vote) as for ratings, and the limits are Wilson's with the effective
number of votes that goes with it and t on the fewer clusters less one (Korn & Graubard 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import wilson
from leaderboard.domain.ranking.clusters import ClusterCounts
from leaderboard.domain.ranking.covariance import choose
from leaderboard.domain.ranking.votes import VoteCounts


@dataclass(frozen=True, kw_only=True)
class UnacceptableShare:
    """Of one system: `n_unacceptable` of `n_votes` found both answers unacceptable.

    interval  method of the limits; "none" where one rater or one item is all there is (status "no_interval")
    """

    system: str
    value: float
    low: float | None
    high: float | None
    n_votes: int
    n_unacceptable: int
    interval: str
    status: Literal["ok", "no_interval"]
    reason: str = ""


@dataclass(frozen=True)
class _Clustered:
    """Of each system (S,): variance by these clusters, and how many of them judged it."""

    variance: Floats
    n: Floats


def unacceptable_shares(counts: VoteCounts, level: float = 0.95) -> tuple[UnacceptableShare, ...]:
    """The share of every system shown, the highest first; none where no vote found both unacceptable."""
    apart = counts.both_bad
    if apart is None:
        return ()
    systems = sorted({*counts.systems, *apart.systems})
    bad = _shown(apart, systems)
    shown = _shown(counts, systems) + bad
    seen = np.flatnonzero(shown)
    systems, bad, shown = [systems[at] for at in seen.tolist()], bad[seen], shown[seen]
    share = bad / shown
    raters = _clustered(counts.by_rater, apart.by_rater, (counts, apart), systems, share, shown)
    items = _clustered(counts.by_item, apart.by_item, (counts, apart), systems, share, shown)
    kind = choose(_fewest(raters), _fewest(items))
    asked = ((raters, "rater"), (items, "item"))
    used = [one for one, name in asked if one is not None and kind in (name, "two-way")]
    of_votes = share * (1 - share) / shown
    variance = np.max([one.variance for one in used] or [of_votes], axis=0)
    if len(used) == 2:
        variance = np.maximum(variance, used[0].variance + used[1].variance - of_votes)
    groups = np.min([one.n for one in used] or [shown], axis=0)
    name = "wilson" if not used else f"wilson clustered by {'rater and item' if len(used) == 2 else kind}, t"
    found = [
        _share(system, int(bad[at]), int(shown[at]), float(variance[at]), float(groups[at]), name, level)
        for at, system in enumerate(systems)
    ]
    return tuple(sorted(found, key=lambda one: (-one.value, one.system)))


def _share(
    system: str, bad: int, shown: int, variance: float, groups: float, name: str, level: float
) -> UnacceptableShare:
    value = bad / shown
    known = groups >= 2
    low = high = None
    if known:
        spread = value * (1 - value)
        effective = groups if not spread else min(shown, spread / variance) if variance > 0 else shown
        low, high = wilson(value * effective, effective, float(stdtrit(groups - 1, (1 + level) / 2)))
    return UnacceptableShare(
        system=system,
        value=value,
        low=low,
        high=high,
        n_votes=shown,
        n_unacceptable=bad,
        interval=name if known else "none",
        status="ok" if known else "no_interval",
        reason="" if known else "judged by one rater or on one item only: no interval before a second one",
    )


def _shown(counts: VoteCounts, systems: list[str]) -> Floats:
    """(S,) votes that showed each system."""
    cells = counts.cells_of(systems)
    shown: Floats = (cells.sum(axis=(1, 2)) + cells.sum(axis=(0, 2))).astype(np.float64)
    return shown


def _clustered(
    ordinary: ClusterCounts,
    apart: ClusterCounts,
    counts: tuple[VoteCounts, VoteCounts],
    systems: list[str],
    share: Floats,
    shown: Floats,
) -> _Clustered | None:
    names = {name: at for at, name in enumerate(sorted({*ordinary.voting(), *apart.voting()}))}
    if not names:
        return None
    bad = _table(apart, counts[1], names, systems)
    all_votes = _table(ordinary, counts[0], names, systems) + bad
    left = csr_array(bad - all_votes * share)
    groups = np.asarray((all_votes > 0).sum(axis=0), dtype=np.float64).ravel()
    square = np.asarray((left**2).sum(axis=0), dtype=np.float64).ravel() / shown**2
    return _Clustered(square * groups / np.maximum(groups - 1, 1), groups)


def _table(
    clusters: ClusterCounts, counts: VoteCounts, names: dict[str, int], systems: list[str]
) -> csr_array:
    """(G, S) votes of each cluster that showed each system."""
    found = coo_array(clusters.judged(len(counts.systems)))
    rows = np.array([names.get(name, -1) for name in clusters.names.all()], dtype=np.int64)
    columns = counts.codes_among(systems)
    kept = found.data > 0
    places = rows[found.row[kept]], columns[found.col[kept]]
    return csr_array(coo_array((found.data[kept], places), shape=(len(names), len(systems))))


def _fewest(clusters: _Clustered | None) -> int | None:
    """The fewest clusters that judged any system: all of them must bear the clustering."""
    return None if clusters is None else int(clusters.n.min())
