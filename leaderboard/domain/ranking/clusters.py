"""The votes of each rater, or on each item, as counts: all that a clustered variance needs of them.

A vote changes one count. Counts that have been in place for a while are held sorted, as arrays ready to be
summed; recent changes wait in a dictionary and are folded in once there are enough of them, so that a vote
costs O(1) on average however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from evaluation.domain.estimates import Floats
from leaderboard.domain.moments import Integers

MOST_SYSTEMS, MOST_CLUSTERS = 1 << 16, 1 << 28

_CLUSTER, _FIRST, _SECOND = 34, 18, 2  # bits by which a key's parts are shifted; the outcome takes the last
Table: TypeAlias = Any  # (G, S), as an array or, where most of it is empty, a sparse one

_DENSE_CELLS = 1 << 22  # a larger table of clusters by systems is held sparse: 32 MiB
_FEWEST_PENDING = 2_048  # below this, folding in costs more than it saves


class Names:
    """Names and their codes 0, 1, …, in the order they were first met."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._codes = {name: code for code, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self._codes)

    def code(self, name: str) -> int:
        """The code of a name, a new one if it is new."""
        return self._codes.setdefault(name, len(self._codes))

    def find(self, name: str) -> int | None:
        return self._codes.get(name)

    def all(self) -> tuple[str, ...]:
        return tuple(self._codes)

    def codes(self, names: Sequence[str]) -> Integers:
        """(n,) codes of many names at once, new ones added."""
        codes = self._codes
        for name in names:
            if name not in codes:
                codes[name] = len(codes)
        return np.fromiter((codes[name] for name in names), np.int64, len(names))


@dataclass(frozen=True, eq=False)
class _Places:
    """Where each held count goes: its outcome in a table (S, S, 3), and its two systems in one (G, S)."""

    outcome: npt.NDArray[np.intp]
    cluster: npt.NDArray[np.intp]
    first: npt.NDArray[np.intp]
    second: npt.NDArray[np.intp]
    votes: Floats


class ClusterCounts:
    """How often each cluster (a rater, or an item) gave each outcome on each ordered pair of systems."""

    def __init__(self, names: Iterable[str] = (), keys: Integers | None = None, by: Integers | None = None):
        self.names = Names(names)
        self._keys = np.empty(0, np.int64) if keys is None else keys
        self._counts = np.empty(0, np.int64) if by is None else by
        self._recent: dict[int, int] = {}
        self._held: tuple[int, _Places] | None = None
        self._held_judged: Table | None = None

    def add(self, cluster: int, first: int, second: int, outcome: int, by: int) -> None:
        """`by` more votes (fewer, if negative) of this outcome. O(1) on average."""
        key = _key(cluster, first, second, outcome)
        self._recent[key] = self._recent.get(key, 0) + by
        if len(self._recent) > max(_FEWEST_PENDING, len(self._keys) // 64):
            self.fold()

    def count(self, cluster: int, first: int, second: int, outcome: int) -> int:
        key = _key(cluster, first, second, outcome)
        at = int(np.searchsorted(self._keys, key))
        held = int(self._counts[at]) if at < len(self._keys) and self._keys[at] == key else 0
        return held + self._recent.get(key, 0)

    def fold(self) -> tuple[Integers, Integers]:
        """The sorted keys and their counts, recent changes folded in and zeros left out."""
        if self._recent:
            keys, counts = self._recent_arrays()
            self._keys, self._counts = totals(
                np.concatenate([self._keys, keys]), np.concatenate([self._counts, counts])
            )
            self._recent, self._held, self._held_judged = {}, None, None
        return self._keys, self._counts

    def score_sums(self, score: Floats, tie_score: Floats | None) -> tuple[Table, Floats, Floats | None]:
        """Each cluster's sums of scores: for the systems (G, S), the order effect (G,), ties (G,) if asked.

        `score` (S, S, 3) is what one vote adds to the system shown first and takes from the other,
        `tie_score` (S, S, 3) what it adds to the parameter of ties.
        """
        size, groups = len(score), len(self.names)
        held, recent = self._held_places(size), self._recent_places(size)
        weight, late = (score.ravel()[places.outcome] * places.votes for places in (held, recent))
        gained = _tabulate(held.first, weight, groups, size)
        order = gained.sum(axis=1) + np.bincount(recent.cluster, late, groups)
        for at, by in ((held.second, -weight), (recent.first, late), (recent.second, -late)):
            gained = _increased(gained, at, by)
        if tie_score is None:
            return gained, order, None
        ties = np.zeros(groups)
        for places in (held, recent):
            ties += np.bincount(places.cluster, tie_score.ravel()[places.outcome] * places.votes, groups)
        return gained, order, ties

    def judged(self, size: int) -> Table:
        """(G, S) votes of each cluster that showed each of `size` systems."""
        held, recent = self._held_places(size), self._recent_places(size)
        groups = len(self.names)
        if self._held_judged is None or self._held_judged.shape != (groups, size):
            first = _tabulate(held.first, held.votes, groups, size)
            self._held_judged = _increased(first, held.second, held.votes)
        if not self._recent:
            return self._held_judged
        found = _increased(self._held_judged.copy(), recent.first, recent.votes)
        return _increased(found, recent.second, recent.votes)

    def voting(self) -> list[str]:
        """Names of the clusters that hold votes."""
        found = np.unique(self.fold()[0] >> _CLUSTER)
        names = self.names.all()
        return [names[code] for code in found.tolist()]

    def recoded(self, clusters: Sequence[str], systems: Integers) -> tuple[Integers, Integers]:
        """Keys and counts with clusters numbered as in `clusters` and systems by `systems` (S,)."""
        keys, counts = self.fold()
        wanted = {name: code for code, name in enumerate(clusters)}
        codes = np.array([wanted.get(name, -1) for name in self.names.all()], np.int64)
        cluster, first, second, outcome = _parts_of(keys)
        anew = pack(codes[cluster], systems[first], systems[second], outcome)
        return totals(anew, counts)

    def _held_places(self, size: int) -> _Places:
        if self._held is None or self._held[0] != size:
            self._held = size, _places(self._keys, self._counts, size)
        return self._held[1]

    def _recent_places(self, size: int) -> _Places:
        return _places(*self._recent_arrays(), size)

    def _recent_arrays(self) -> tuple[Integers, Integers]:
        n = len(self._recent)
        return np.fromiter(self._recent, np.int64, n), np.fromiter(self._recent.values(), np.int64, n)


def pack(cluster: Integers, first: Integers, second: Integers, outcome: Integers) -> Integers:
    """(n,) keys: one number for cluster, system shown first, system shown second and outcome."""
    return cluster << _CLUSTER | first << _FIRST | second << _SECOND | outcome


def totals(keys: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Distinct keys in ascending order with the sum of their counts; those with sum 0 are left out."""
    if not len(keys):
        return keys, counts
    order = np.argsort(keys, kind="stable")  # quick where the keys are nearly in order, as here
    keys, counts = keys[order], counts[order]
    starts = np.flatnonzero(np.diff(keys, prepend=keys[0] - 1))
    keys, counts = keys[starts], np.add.reduceat(counts, starts)
    kept = counts != 0  # what came and went
    return keys[kept], counts[kept]


def _key(cluster: int, first: int, second: int, outcome: int) -> int:
    return cluster << _CLUSTER | first << _FIRST | second << _SECOND | outcome


def _parts_of(keys: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    systems = MOST_SYSTEMS - 1
    return keys >> _CLUSTER, keys >> _FIRST & systems, keys >> _SECOND & systems, keys & 3


def _places(keys: Integers, counts: Integers, size: int) -> _Places:
    cluster, first, second, outcome = _parts_of(keys)
    row = cluster * size
    return _Places(
        outcome=((first * size + second) * 3 + outcome).astype(np.intp, copy=False),
        cluster=cluster.astype(np.intp, copy=False),
        first=(row + first).astype(np.intp, copy=False),
        second=(row + second).astype(np.intp, copy=False),
        votes=counts.astype(np.float64),
    )


def _tabulate(places: npt.NDArray[np.intp], weights: Floats, groups: int, size: int) -> Table:
    """(groups, size) sums of weights; sparse where that is too large to hold."""
    if groups * size <= _DENSE_CELLS:
        return _increased(np.zeros((groups, size)), places, weights)
    return csr_array((weights, (places // size, places % size)), shape=(groups, size))


def _increased(table: Table, places: npt.NDArray[np.intp], by: Floats) -> Table:
    """A table with `by` added at a few places: in its place, unless it is sparse."""
    if isinstance(table, np.ndarray):
        np.add.at(table.reshape(-1), places, by)
        return table
    return table + _tabulate(places, by, *table.shape)
