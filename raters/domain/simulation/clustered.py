"""Two-way clustered variances of many repetitions at once.

Influences are summed by rater, by item and by the cell of both, and V = V_rater + V_item - V_cell (Cameron,
Gelbach & Miller 2011), each with G / (G - 1). No less is taken than V_rater and than V_item: the difference
alone can come out too small. Student's t has min(raters, items) - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL
from raters.domain.simulation.sheet import Integers, Rows


@dataclass(frozen=True, eq=False, kw_only=True)
class Sums:
    """Sparse (G·S, n) sums of one influence per row by cluster and system, and (S,) clusters per system."""

    matrix: csr_array
    clusters: Integers

    def squares(self, influence: Floats) -> Floats:
        """(B, S, S) of influences (B, n), with G / (G - 1); nan for a system within one cluster."""
        systems = len(self.clusters)
        summed = np.asarray(self.matrix @ influence.T).reshape(-1, systems, len(influence))
        by_repetition = np.ascontiguousarray(summed.transpose(2, 1, 0))
        number = self.clusters.astype(np.float64)
        few = np.sqrt(np.divide(number, number - 1, out=np.full(systems, np.nan), where=number > 1))
        found: Floats = by_repetition @ by_repetition.transpose(0, 2, 1) * np.outer(few, few)
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Clustering:
    rater: Sums
    item: Sums
    cell: Sums
    these_raters_only: bool

    def critical(self) -> Floats:
        """(S, S) quantiles for contrasts, on the diagonal for single systems; nan without freedom."""
        units = self.item.clusters
        if not self.these_raters_only:
            units = np.minimum(units, self.rater.clusters)
        freedom = np.minimum(units[:, None], units) - 1.0
        return np.asarray(stdtrit(np.where(freedom > 0, freedom, np.nan), (1 + LEVEL) / 2), np.float64)

    def covariances(self, influence: Floats) -> TwoWay:
        if self.these_raters_only:
            only = self.item.squares(influence)
            return TwoWay(only, only, only)
        parts = (sums.squares(influence) for sums in (self.rater, self.item, self.cell))
        return TwoWay(*parts)


@dataclass(frozen=True, eq=False)
class TwoWay:
    """(B, S, S) each."""

    rater: Floats
    item: Floats
    cell: Floats

    def carried(self, by: Floats) -> TwoWay:
        """`by` V `by` for symmetric matrices (B, S, S)."""
        return TwoWay(by @ self.rater @ by, by @ self.item @ by, by @ self.cell @ by)

    def variances(self) -> Floats:
        """(B, S, S) of the contrasts of two systems; on the diagonal of the systems themselves."""
        rater, item, cell = (_of_contrasts(part) for part in (self.rater, self.item, self.cell))
        found: Floats = np.maximum(np.maximum(rater, item), rater + item - cell)
        return found


def _of_contrasts(covariance: Floats) -> Floats:
    own = np.einsum("bss->bs", covariance)
    between = own[:, :, None] + own[:, None, :] - 2 * covariance
    at = np.arange(covariance.shape[1])
    between[:, at, at] = own
    # the difference of two equal numbers leaves rounding, sometimes below zero
    found: Floats = np.maximum(between, 0.0)
    return found


def clustering(rows: Rows, systems: int, signs: csr_array, these_raters_only: bool) -> Clustering:
    """`signs` (n, S) holds what a row's influence counts for each system."""
    parts = {
        name: _sums(codes, systems, signs)
        for name, codes in (("rater", rows.rater), ("item", rows.item), ("cell", rows.cell))
    }
    return Clustering(**parts, these_raters_only=these_raters_only)


def answer_signs(system: Integers, systems: int) -> csr_array:
    """A row tells of one system, and weighs one over the number of its rows."""
    weight = 1.0 / np.maximum(np.bincount(system, minlength=systems), 1)
    at = np.arange(len(system))
    return csr_array((weight[system], (at, system)), shape=(len(system), systems))


def pair_signs(rows: Rows, systems: int) -> csr_array:
    """A vote adds to the left system what it takes from the right one."""
    n = len(rows)
    at = np.concatenate([np.arange(n), np.arange(n)])
    data = np.concatenate([np.ones(n), -np.ones(n)])
    return csr_array((data, (at, np.concatenate([rows.system, rows.other]))), shape=(n, systems))


def _sums(codes: Integers, systems: int, signs: csr_array) -> Sums:
    clusters = int(codes.max()) + 1
    entries = signs.tocoo()
    at, system = entries.coords
    into = codes[at] * systems + system
    matrix = csr_array((entries.data, (into, at)), shape=(clusters * systems, len(codes)))
    met = np.zeros((clusters, systems), dtype=np.bool_)
    met[codes[at], system] = True
    return Sums(matrix=matrix, clusters=met.sum(axis=0).astype(np.int64))
