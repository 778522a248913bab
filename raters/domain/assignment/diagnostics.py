"""What a design is worth: balance, overlap, connectivity, and the numbers an interval's width hangs on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from raters.domain.agreement.connectivity import component_labels
from raters.domain.assignment.allocation import Floats, Integers
from raters.domain.assignment.eligibility import Rater


class Shown(Protocol):
    @property
    def block(self) -> int: ...
    @property
    def rater(self) -> str: ...
    @property
    def item(self) -> str: ...
    @property
    def screens(self) -> tuple[tuple[str, ...], ...]: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class PrecisionInputs:
    """What the width of a later interval depends on.

    n_pairs is the number of pairs of ratings of the same content by two raters, for agreement;
    effective_raters is (sum of loads)² / sum of loads²; degrees_of_freedom of the two-way clustered
    interval is the smaller of items and raters, less one.
    """

    n_items: int
    n_raters: int
    n_assignments: int
    n_ratings: int
    n_pairs: int
    ratings_per_item: float
    ratings_per_rater: float
    effective_raters: float
    largest_rater_share: float

    @property
    def degrees_of_freedom(self) -> int:
        return max(0, min(self.n_items, self.n_raters) - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class Diagnostics:
    """Counts over the R raters and S systems of a plan, in its order, and their ranges (largest - smallest).

    loads               (R,) assignments;  load_targets (R,) shares of the total by capacity
    load_range          over raters who can still be given work
    concurrence         (R, R) blocks rated by both raters; concurrence_range off the diagonal
    concurrence_excess  sum of squared meetings over the least possible for their number, less 1; None
                        where nobody meets
    system_counts       (R, S) times each rater sees each system; system_range the largest range in a rater
    position_counts     (S, P) times each system stands at each position; position_range the largest range
                        over positions of one system
    carry_over          (S, S) times the column's system follows the row's in one block; off the diagonal
    pair_surplus        |left - right|, the largest of any pair of systems; likewise rater_pair_surplus of a
                        pair within a rater, rater_system_surplus of a system within a rater (pairs only)
    overlap_share       of the blocks rated at all, those that two raters or more rate
    rater_components    parts of the graph of raters and items that share no assignment: 1 when connected
    rater_groups        ids of the raters of each of these parts, most raters first
    system_components   parts of the graph of systems that some rater sees for the same item
    """

    loads: Integers
    load_targets: Floats
    load_range: int
    concurrence: Integers
    concurrence_range: int
    concurrence_excess: float | None
    system_counts: Integers
    system_range: int
    position_counts: Integers
    position_range: int
    carry_over: Integers
    carry_over_range: int
    pair_surplus: int
    rater_pair_surplus: int
    rater_system_surplus: int
    overlap_share: float
    rater_components: int
    rater_groups: tuple[tuple[str, ...], ...]
    system_components: int
    precision: PrecisionInputs

    @property
    def connected(self) -> bool:
        """Can all raters and all systems be put on one scale? Without it no ranking is published."""
        return self.rater_components == 1 and self.system_components == 1


def diagnose(
    shown: Sequence[Shown],
    raters: Sequence[Rater],
    items: Sequence[str],
    systems: Sequence[str],
    *,
    active: Sequence[bool],
    pairs: bool,
) -> Diagnostics:
    """Diagnostics of assignments; `active` (R,) marks the raters who can still be given work."""
    rater_at = {rater.id: n for n, rater in enumerate(raters)}
    system_at = {system: n for n, system in enumerate(systems)}
    item_at = {item: n for n, item in enumerate(items)}
    rater = np.array([rater_at[a.rater] for a in shown], dtype=np.int64)
    item = np.array([item_at[a.item] for a in shown], dtype=np.int64)
    block = np.array([a.block for a in shown], dtype=np.int64)
    sequences = [[[system_at[s] for s in screen] for screen in a.screens] for a in shown]
    held = _table(block, rater, int(block.max(initial=-1)) + 1, len(raters)).astype(np.int64)
    loads = held.sum(axis=0)
    met = (held.astype(np.float64).T @ held).round().astype(np.int64)
    np.fill_diagonal(met, 0)
    seen, positions, after = _shown_counts(sequences, rater, len(raters), len(systems), pairs)
    sides = _surpluses(sequences, rater) if pairs else (0, 0, 0)
    rated = _table(item, rater, len(items), len(raters)) > 0
    by_item = rated.sum(axis=1)
    groups = _rater_groups(component_labels(item, rater, len(items), len(raters))[1], raters)
    return Diagnostics(
        loads=loads,
        load_targets=_targets(raters, active, loads),
        load_range=_range(loads[np.array(active, dtype=np.bool_)]),
        concurrence=met,
        concurrence_range=_range(met[np.triu_indices(len(raters), 1)]),
        concurrence_excess=_excess(met[np.triu_indices(len(raters), 1)]),
        system_counts=seen,
        system_range=max((_range(row) for row in seen), default=0),
        position_counts=positions,
        position_range=max((_range(row) for row in positions), default=0),
        carry_over=after,
        carry_over_range=_range(after[~np.eye(len(systems), dtype=np.bool_)]),
        pair_surplus=sides[0],
        rater_pair_surplus=sides[1],
        rater_system_surplus=sides[2],
        overlap_share=_share_of_two(held.sum(axis=1)),
        rater_components=len(groups),
        rater_groups=groups,
        system_components=_joined_systems(sequences, rater, item, len(systems)),
        precision=_precision(loads, by_item, held.sum(axis=1), sequences),
    )


def _table(rows: Integers, columns: Integers, height: int, width: int) -> Integers:
    counts = np.bincount(rows * width + columns, minlength=height * width)
    return counts.reshape(height, width)


def _share_of_two(by_block: Integers) -> float:
    rated = by_block[by_block > 0]
    return float(np.mean(rated > 1)) if len(rated) else 0.0


def _range(counts: Integers) -> int:
    return int(np.ptp(counts)) if counts.size else 0


def _targets(raters: Sequence[Rater], active: Sequence[bool], loads: Integers) -> Floats:
    on = np.array(active, dtype=np.bool_)
    capacity = np.where(on, [rater.capacity for rater in raters], 0.0)
    total = float(loads[on].sum())
    return np.where(on, total * capacity / max(capacity.sum(), 1e-300), loads)


def _excess(met: Integers) -> float | None:
    total = int(met.sum())
    if total == 0:
        return None
    each, rest = divmod(total, len(met))
    least = (len(met) - rest) * each**2 + rest * (each + 1) ** 2
    return float((met**2).sum() / least - 1)


def _shown_counts(
    sequences: list[list[list[int]]], rater: Integers, raters: int, systems: int, pairs: bool
) -> tuple[Integers, Integers, Integers]:
    seen = np.zeros((raters, systems), dtype=np.int64)
    after = np.zeros((systems, systems), dtype=np.int64)
    runs = [
        (r, run)
        for r, screens in zip(rater.tolist(), sequences, strict=True)
        for run in _runs(screens, pairs)
    ]
    positions = np.zeros((systems, max((len(run) for _, run in runs), default=0)), dtype=np.int64)
    for r, run in runs:
        for place, system in enumerate(run):
            seen[r, system] += 1
            positions[system, place] += 1
        for first, second in pairwise(run):
            after[first, second] += 1
    return seen, positions, after


def _runs(screens: list[list[int]], pairs: bool) -> Iterable[list[int]]:
    """Screens of a rating task continue one sequence; every pair is a sequence of its own."""
    return screens if pairs else [[system for screen in screens for system in screen]]


def _surpluses(sequences: list[list[list[int]]], rater: Integers) -> tuple[int, int, int]:
    sums: tuple[dict[tuple[int, ...], int], ...] = ({}, {}, {})
    for r, screens in zip(rater.tolist(), sequences, strict=True):
        for left, right in screens:
            low, high, sign = (left, right, 1) if left < right else (right, left, -1)
            keys = ((0, (low, high), sign), (1, (r, low, high), sign), (2, (r, left), 1), (2, (r, right), -1))
            for of, key, step in keys:
                sums[of][key] = sums[of].get(key, 0) + step
    pair, rater_pair, rater_system = (max(map(abs, kind.values()), default=0) for kind in sums)
    return pair, rater_pair, rater_system


def _rater_groups(of_rater: Integers, raters: Sequence[Rater]) -> tuple[tuple[str, ...], ...]:
    """Ids of the raters of each component, the largest group first; raters without work are in none."""
    groups: dict[int, list[str]] = {}
    for rater, label in zip(raters, of_rater.tolist(), strict=True):
        if label >= 0:
            groups.setdefault(label, []).append(rater.id)
    return tuple(
        sorted((tuple(sorted(group)) for group in groups.values()), key=lambda one: (-len(one), one))
    )


def _joined_systems(sequences: list[list[list[int]]], rater: Integers, item: Integers, systems: int) -> int:
    first: dict[tuple[int, int], int] = {}
    edges = set()
    for r, i, screens in zip(rater.tolist(), item.tolist(), sequences, strict=True):
        for screen in screens:
            for system in screen:
                edges.add((first.setdefault((r, i), system), system))
    if not edges:
        return 0
    a, b = np.array(sorted(edges)).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(systems, systems))
    return int(connected_components(graph, directed=False)[0])


def _precision(
    loads: Integers, by_item: Integers, by_block: Integers, sequences: list[list[list[int]]]
) -> PrecisionInputs:
    n_items, n_raters = int(np.count_nonzero(by_item)), int(np.count_nonzero(loads))
    total, ratings = int(loads.sum()), sum(len(screen) for screens in sequences for screen in screens)
    return PrecisionInputs(
        n_items=n_items,
        n_raters=n_raters,
        n_assignments=total,
        n_ratings=ratings,
        n_pairs=int((by_block * (by_block - 1) // 2).sum()),
        ratings_per_item=ratings / n_items if n_items else 0.0,
        ratings_per_rater=ratings / n_raters if n_raters else 0.0,
        effective_raters=total**2 / int((loads**2).sum()) if total else 0.0,
        largest_rater_share=int(loads.max(initial=0)) / total if total else 0.0,
    )
