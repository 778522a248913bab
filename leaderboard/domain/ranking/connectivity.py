"""What can be estimated at all from a set of votes, before anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import NegativeCycleError, bellman_ford, connected_components

from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.bradley_terry import inverse_information, products, spread

Flags = npt.NDArray[np.bool_]
OrderEffect = Literal["estimable", "not estimable", "separated"]

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Connectivity:
    """Which systems votes can rank on one scale.

    component  (S,) systems share a number if a chain of votes links them; -1 without votes
    connected  (S,) the component with most votes: only these are fitted
    rankable   (S,) of these, the systems linked by wins both ways, whose estimates are finite (Ford 1957)
    order      of the order effect within the component
    """

    component: Integers
    connected: Flags
    rankable: Flags
    order: OrderEffect

    @property
    def separated(self) -> bool:
        """Whether the likelihood of the component has no finite maximum."""
        return bool((self.connected & ~self.rankable).any()) or self.order == "separated"


def connectivity(cells: Integers) -> Connectivity:
    """What (S, S, 3) counts can rank."""
    votes = cells.sum(axis=2)
    shown = votes.sum(axis=1) + votes.sum(axis=0)
    component = _labels(votes > 0, directed=False)
    component[shown == 0] = -1
    connected = _largest(component, shown, by_votes=True) & (shown > 0)
    strong = np.where(connected, _labels(wins(cells) > 0, directed=True), -1)
    rankable = _largest(strong, shown, by_votes=False) & connected
    if np.count_nonzero(rankable) < 2:
        rankable = np.zeros_like(rankable)
    inside = np.flatnonzero(connected)
    order = order_effect(cells[np.ix_(inside, inside)]) if len(inside) else "not estimable"
    return Connectivity(component, connected, rankable, order)


def wins(counts: Integers) -> Integers:
    """(S, S) how often row's system came out at least as good as column's."""
    at_least: Integers = counts[..., 0] + counts[..., 1] + (counts[..., 2] + counts[..., 1]).T
    return at_least


def order_effect(counts: Integers) -> OrderEffect:
    """Whether the effect of being shown first has a finite estimate.

    It is not estimable if every system could be moved so that each vote looks the same without it: each pair
    was then shown in one order only. It is separated if it could grow for ever, systems moving along, without
    making any vote less likely: a system of differences that is solvable where no cycle is negative.
    """
    votes = counts.sum(axis=2).astype(np.float64)
    size = len(votes)
    laplacian = products(votes)
    fitted = np.arange(size + 2) < size
    slope = spread(votes, 0.0)[:size]
    left = votes.sum() - slope @ inverse_information(laplacian, fitted, size)[:size, :size] @ slope
    if left <= _ROUNDING * votes.sum():
        return "not estimable"
    first, second = counts[..., 0] + counts[..., 1] > 0, counts[..., 2] + counts[..., 1] > 0
    return "separated" if _grows(first, second) or _grows(second, first) else "estimable"


def _grows(wins: Flags, losses: Flags) -> bool:
    """Whether phi solves phi_b <= phi_a + 1 where a, shown first, won; phi_a <= phi_b - 1 where b won."""
    steps = np.where(losses.T, -1.0, np.where(wins, 1.0, np.inf))
    if (steps + steps.T < 0).any():
        return False
    size = len(steps)
    everywhere = np.full((size + 1, size + 1), np.inf)
    everywhere[:size, :size], everywhere[size, :size] = steps, 1.0  # a start from which all can be reached
    one, other = np.nonzero(np.isfinite(everywhere))
    graph = csr_array((everywhere[one, other], (one, other)), shape=everywhere.shape)
    try:
        bellman_ford(graph, indices=[size])
    except NegativeCycleError:
        return False
    return True


def _labels(edges: Flags, *, directed: bool) -> Integers:
    graph = csr_array(edges.astype(np.int8))
    found = connected_components(graph, directed=directed, connection="strong" if directed else "weak")
    labels: Integers = found[1].astype(np.int64)
    return labels


def _largest(labels: Integers, votes: Integers, *, by_votes: bool) -> Flags:
    """(S,) the group with most votes, or with most systems; the other number decides between equals."""
    if not len(labels) or labels.max() < 0:
        return np.zeros(len(labels), bool)
    inside = labels >= 0
    shown = np.bincount(labels[inside], votes[inside])
    systems = np.bincount(labels[inside])
    keys = (systems, shown) if by_votes else (shown, systems)
    chosen: Flags = labels == np.lexsort((-np.arange(len(shown)), *keys))[-1]
    return chosen
