"""All the votes of one axis of one study, kept as counts that a single vote updates in O(1).

The fit reads the counts of pairs only, the clustered variance the counts of raters and items; neither ever
goes back to the votes. States of disjoint sets of votes add up, and a state that was kept up vote by vote
stores to the same bytes as one built from the votes that are left.

A vote that found both answers unacceptable is no tie: it says nothing of which is better. Such votes are
counted apart, enter no fit, and are reported beside the ranking.

Axes and studies are never pooled: keep one state for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.clusters import (
    MOST_CLUSTERS,
    MOST_SYSTEMS,
    ClusterCounts,
    Names,
    pack,
    totals,
)

Outcome = Literal["first", "tie", "second", "both bad"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True, slots=True)
class Vote:
    """One comparison: the system shown first (left, or A), the one shown second, and which was better."""

    first: str
    second: str
    outcome: Outcome
    rater: str | None = None
    item: str | None = None


class VoteCounts:
    """The counts of votes. Raters are recorded for every vote or for none, and so are items.

    systems   names, in the order of `cells`; `n_votes` counts the votes in them
    cells     (S, S, 3) votes with row's system shown first, column's second: first better, tie, second better
    both_bad  the votes that found both unacceptable, as ties of counts of their own; None without any
    """

    def __init__(self) -> None:
        self.both_bad: VoteCounts | None = None
        self._systems = Names()
        self._cells = np.zeros((4, 4, 3), np.int64)
        self.by_rater = ClusterCounts()
        self.by_item = ClusterCounts()
        self.n_votes = 0
        self.has_raters = self.has_items = False

    @classmethod
    def of(cls, votes: Iterable[Vote]) -> VoteCounts:
        """The counts of these votes."""
        rows = list(votes)
        raters, items = [vote.rater for vote in rows], [vote.item for vote in rows]
        return cls.of_columns(
            [vote.first for vote in rows],
            [vote.second for vote in rows],
            [vote.outcome for vote in rows],
            [rater for rater in raters if rater is not None] or None,
            [item for item in items if item is not None] or None,
        )

    @classmethod
    def of_columns(
        cls,
        first: Sequence[str],
        second: Sequence[str],
        outcome: Sequence[Outcome],
        rater: Sequence[str] | None = None,
        item: Sequence[str] | None = None,
    ) -> VoteCounts:
        """The counts of n votes given by column, each of length n. ValueError where they make no votes."""
        made = cls()
        n = len(first)
        for name, column in (("second", second), ("outcome", outcome), ("rater", rater), ("item", item)):
            if column is not None and len(column) != n:
                raise ValueError(
                    f"{n} votes, but {len(column)} with {name}: give it for every vote or leave it out"
                )
        for at, (one, other, result) in enumerate(zip(first, second, outcome, strict=True), start=1):
            if one == other or result not in _CODES:
                raise ValueError(f"vote {at}: {_fault(one, other, result)}")
        if "both bad" in outcome:
            return cls._parted(first, second, outcome, rater, item)
        a, b = made._systems.codes(first), made._systems.codes(second)
        results = np.fromiter((_CODES[result] for result in outcome), np.int64, n)
        made._count(a, b, results)
        made.has_raters, made.has_items = bool(n and rater is not None), bool(n and item is not None)
        made.by_rater = _clusters(rater or (), a, b, results)
        made.by_item = _clusters(item or (), a, b, results)
        return made

    @classmethod
    def _parted(
        cls,
        first: Sequence[str],
        second: Sequence[str],
        outcome: Sequence[Outcome],
        rater: Sequence[str] | None,
        item: Sequence[str] | None,
    ) -> VoteCounts:
        """The counts of checked votes some of which found both unacceptable."""

        def of(places: list[int], said: list[Outcome]) -> VoteCounts:
            one, other = ([column[at] for at in places] for column in (first, second))
            by = (None if column is None else [column[at] for at in places] for column in (rater, item))
            return cls.of_columns(one, other, said, *by)

        apart = [at for at, said in enumerate(outcome) if said == "both bad"]
        rest = [at for at, said in enumerate(outcome) if said != "both bad"]
        made = of(rest, [outcome[at] for at in rest])
        made.both_bad = of(apart, ["tie"] * len(apart))
        return made

    @property
    def systems(self) -> tuple[str, ...]:
        return self._systems.all()

    @property
    def cells(self) -> Integers:
        size = len(self._systems)
        return self._cells[:size, :size]

    def add(self, vote: Vote) -> None:
        """One more vote. ValueError if it is none, or if it names a rater or item where the others do not."""
        self._check(vote)
        other = self.both_bad if self.both_bad is not None and not self.n_votes else self
        for given, before, what in (
            (vote.rater, other.has_raters, "rater"),
            (vote.item, other.has_items, "item"),
        ):
            if other.n_votes and (given is not None) != before:
                raise ValueError(
                    f"this vote comes {'without' if before else 'with'} its {what}, those before "
                    f"{'with' if before else 'without'}: give the {what} of every vote or of none"
                )
        if vote.outcome == "both bad":
            self.both_bad = self.both_bad or VoteCounts()
            self.both_bad.add(replace(vote, outcome="tie"))
            return
        if not self.n_votes:
            self.has_raters, self.has_items = vote.rater is not None, vote.item is not None
        self._change(vote, 1)

    def remove(self, vote: Vote) -> None:
        """Take back a vote that was counted. ValueError if there is none such."""
        self._check(vote)
        if not self._holds(vote):
            raise ValueError(
                f"no such vote is counted ({vote.first} against {vote.second}: {vote.outcome}, rater "
                f"{vote.rater}, item {vote.item}): remove it just as it was added"
            )
        if self.both_bad is None or vote.outcome != "both bad":
            self._change(vote, -1)
            return
        self.both_bad.remove(replace(vote, outcome="tie"))
        if not self.both_bad.n_votes:
            self.both_bad = None

    def revise(self, old: Vote, new: Vote) -> None:
        """Put one vote in place of another; on ValueError nothing has changed."""
        self.remove(old)
        try:
            self.add(new)
        except ValueError:
            self.add(old)
            raise

    def merge(self, other: VoteCounts) -> VoteCounts:
        """The counts of both sets of votes, which must have none in common."""
        if self.n_votes and other.n_votes:
            for what, one, two in (
                ("raters", self.has_raters, other.has_raters),
                ("items", self.has_items, other.has_items),
            ):
                if one != two:
                    raise ValueError(
                        f"only one of these counts knows the {what} of its votes: count both alike"
                    )
        systems = sorted({*self.systems, *other.systems})
        merged = VoteCounts()
        merged._systems = Names(systems)
        merged._cells = self.cells_of(systems) + other.cells_of(systems)
        merged.n_votes = self.n_votes + other.n_votes
        merged.has_raters = self.has_raters or other.has_raters
        merged.has_items = self.has_items or other.has_items
        merged.by_rater = _merged(self, other, systems, self.by_rater, other.by_rater)
        merged.by_item = _merged(self, other, systems, self.by_item, other.by_item)
        if self.both_bad is not None and other.both_bad is not None:
            merged.both_bad = self.both_bad.merge(other.both_bad)
        else:  # a copy: what is added to one must not show in the other
            apart = self.both_bad or other.both_bad
            merged.both_bad = None if apart is None else apart.merge(VoteCounts())
        return merged

    def cells_of(self, systems: Sequence[str]) -> Integers:
        """(n, n, 3) counts of these systems, in this order; zero for those that have no votes here."""
        cells = np.zeros((len(systems), len(systems), 3), np.int64)
        known = [
            (at, code) for at, name in enumerate(systems) if (code := self._systems.find(name)) is not None
        ]
        if known:
            at, code = np.array(known).T
            cells[np.ix_(at, at)] = self.cells[np.ix_(code, code)]
        return cells

    def codes_among(self, systems: Sequence[str]) -> Integers:
        """(S,) place of each system here in `systems`; -1 for those not named."""
        wanted = {name: at for at, name in enumerate(systems)}
        return np.array([wanted.get(name, -1) for name in self.systems], np.int64)

    def _check(self, vote: Vote) -> None:
        if vote.first == vote.second or vote.outcome not in _CODES:
            raise ValueError(f"this is no vote: {_fault(vote.first, vote.second, vote.outcome)}")

    def _holds(self, vote: Vote) -> bool:
        """Whether the counts leave room for one such vote less; the same in each of the three tables."""
        if vote.outcome == "both bad":
            return self.both_bad is not None and self.both_bad._holds(replace(vote, outcome="tie"))
        a, b, outcome = self._systems.find(vote.first), self._systems.find(vote.second), _CODES[vote.outcome]
        if a is None or b is None or not self._cells[a, b, outcome]:
            return False
        for clusters, name, recorded in (
            (self.by_rater, vote.rater, self.has_raters),
            (self.by_item, vote.item, self.has_items),
        ):
            if (name is not None) != recorded:
                return False
            code = None if name is None else clusters.names.find(name)
            if recorded and (code is None or not clusters.count(code, a, b, outcome)):
                return False
        return True

    def _change(self, vote: Vote, by: int) -> None:
        a, b, outcome = self._systems.code(vote.first), self._systems.code(vote.second), _CODES[vote.outcome]
        self._make_room()
        self._cells[a, b, outcome] += by
        self.n_votes += by
        for clusters, name in ((self.by_rater, vote.rater), (self.by_item, vote.item)):
            if name is not None:
                clusters.add(clusters.names.code(name), a, b, outcome, by)

    def _count(self, first: Integers, second: Integers, outcome: Integers) -> None:
        self._make_room()
        size = len(self._cells)
        places = (first * size + second) * 3 + outcome
        self._cells += np.bincount(places, minlength=self._cells.size).reshape(self._cells.shape)
        self.n_votes += len(first)

    def _make_room(self) -> None:
        size, room = len(self._systems), len(self._cells)
        if size > MOST_SYSTEMS:
            raise ValueError(f"more than {MOST_SYSTEMS:,} systems: a vote names systems, not their answers")
        if size > room:
            cells = np.zeros((2 * size, 2 * size, 3), np.int64)
            cells[:room, :room] = self._cells
            self._cells = cells


def _clusters(names: Sequence[str], first: Integers, second: Integers, outcome: Integers) -> ClusterCounts:
    found = ClusterCounts()
    if not names:
        return found
    codes = found.names.codes(names)
    if len(found.names) > MOST_CLUSTERS:
        raise ValueError(f"more than {MOST_CLUSTERS:,} raters or items")
    keys = pack(codes, first, second, outcome)
    return ClusterCounts(found.names.all(), *totals(keys, np.ones(len(keys), np.int64)))


def _merged(
    one: VoteCounts, other: VoteCounts, systems: Sequence[str], of_one: ClusterCounts, of_other: ClusterCounts
) -> ClusterCounts:
    names = sorted({*of_one.names.all(), *of_other.names.all()})
    parts = [
        clusters.recoded(names, counts.codes_among(systems))
        for counts, clusters in ((one, of_one), (other, of_other))
    ]
    keys, by = (np.concatenate(part) for part in zip(*parts, strict=True))
    return ClusterCounts(names, *totals(keys, by))


def _fault(first: str, second: str, outcome: str) -> str:
    if first == second:
        return f"{first!r} is compared with itself; name two different systems"
    return f"{outcome!r} is no outcome; say one of {', '.join(OUTCOMES)}"
