"""A task summed up once: every system's value, and how the values vary together, paired by item.

With these, no board needs the items again; a system that comes later only needs its own products with the
others.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats, Status

Integers = npt.NDArray[np.int64]

# a variance this small, as a share of the two it was taken from or in absolute terms, is rounding
RELATIVE_ZERO, ABSOLUTE_ZERO = 1e-12, 1e-24

# stored by place: new ones go to the end
_STATUSES: tuple[Status, ...] = (
    "ok",
    "undefined_no_items",
    "undefined_no_variation",
    "undefined_no_positives",
    "too_few_items",
)
_HEADER = struct.Struct("<4sIQQ")  # mark, systems, items, clusters
_MARK = b"TM01"


@dataclass(frozen=True, eq=False)
class TaskMoments:
    """What a task says about the systems that answered it.

    systems     (S,) ids, in the order of everything below
    values      (S,) estimates in the metric's unit; NaN where undefined
    covariance  (S, S) of the estimates; NaN in the rows of a system whose variance is not known
                (undefined, too few items) and everywhere if there are fewer than two clusters
    n_items     items answered; n_clusters of them independent (n_items when none are shared)
    statuses    (S,) of the estimates
    """

    systems: tuple[int, ...]
    values: Floats
    covariance: Floats
    n_items: int
    n_clusters: int
    statuses: tuple[Status, ...]

    def to_bytes(self) -> bytes:
        """Little-endian: header, int64 ids, uint8 statuses, float64 values, float32 upper triangle.

        The triangle holds variances on its diagonal and variances of *differences* off it. Covariances
        rounded to float32 would lose the small differences of systems that answer nearly alike.
        """
        spread = difference_variances(self.covariance)
        np.fill_diagonal(spread, np.diag(self.covariance))
        upper = spread[_triangle(len(self.systems))].astype("<f4")
        codes = bytes(_STATUSES.index(status) for status in self.statuses)
        head = _HEADER.pack(_MARK, len(self.systems), self.n_items, self.n_clusters)
        ids = np.array(self.systems, "<i8").tobytes()
        return head + ids + codes + self.values.astype("<f8").tobytes() + upper.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> TaskMoments:
        """The moments stored by `to_bytes`; ValueError if these bytes are not."""
        if len(stored) < _HEADER.size or not stored.startswith(_MARK):
            raise ValueError("these are not stored task moments: compute the task's moments anew")
        _, size, n_items, n_clusters = _HEADER.unpack_from(stored)
        if len(stored) != _HEADER.size + 17 * size + 2 * size * (size + 1):
            raise ValueError("the stored task moments are cut short or too long: compute them anew")
        at = _HEADER.size
        ids = np.frombuffer(stored, "<i8", size, at)
        codes = stored[at + 8 * size : at + 9 * size]
        values = np.frombuffer(stored, "<f8", size, at + 9 * size).astype(np.float64)
        upper = np.frombuffer(stored, "<f4", offset=at + 17 * size)
        statuses = tuple(_STATUSES[code] for code in codes)
        return cls(tuple(ids.tolist()), values, _covariance(upper, size), n_items, n_clusters, statuses)


def task_moments(
    systems: Sequence[int],
    values: Sequence[float | None],
    influences: Sequence[Floats] | Floats,
    clusters: Integers | None = None,
    statuses: Sequence[Status] | None = None,
) -> TaskMoments:
    """The moments of one task from each system's value and influence (n,), as in `Estimate`.

    `clusters` (n,) are codes; items of one code are not taken as independent. A system whose status is not
    "ok" keeps its value, if any, and has no variance. ValueError where the shapes disagree.
    """
    size = len(systems)
    said = (_STATUSES[0],) * size if statuses is None else tuple(statuses)
    table = np.asarray(influences, dtype=np.float64)
    if table.ndim != 2 or not len(values) == len(said) == len(table) == size:
        raise ValueError(f"{size} systems need as many values, statuses and influences of one length")
    if len(set(systems)) != size:
        raise ValueError("a system appears twice in this task: keep one of its submissions")
    unknown = np.array([status != "ok" for status in said], dtype=bool)
    if not table.shape[1] and not unknown.all():
        raise ValueError('a task without items has no values: its systems\' status is "undefined_no_items"')
    if not np.isfinite(table[~unknown]).all():
        raise ValueError("an influence holds nan or infinity: give such an estimate its status")
    sums, scale = _cluster_sums(np.where(unknown[:, None], 0.0, table), clusters)
    covariance: Floats = sums @ sums.T * scale
    covariance[unknown], covariance[:, unknown] = np.nan, np.nan
    numbers = np.array([_number(value, status) for value, status in zip(values, said, strict=True)])
    return TaskMoments(tuple(systems), numbers, covariance, table.shape[1], sums.shape[1], said)


def difference_variances(covariance: Floats) -> Floats:
    """(…, S, S) variances of v_a - v_b; exactly 0 where only rounding is left, NaN where one is not known."""
    own = np.diagonal(covariance, axis1=-2, axis2=-1)
    both = own[..., :, None] + own[..., None, :]
    spread: Floats = both - 2 * covariance
    spread[spread <= RELATIVE_ZERO * both + ABSOLUTE_ZERO] = 0.0
    return spread


def _cluster_sums(table: Floats, clusters: Integers | None) -> tuple[Floats, float]:
    """(S, G) sums over clusters and G / ((G - 1) n²), which is 1 / (n (n - 1)) when G = n; NaN if G < 2."""
    n = table.shape[1]
    sums = table
    if clusters is not None and len(clusters) != n:
        raise ValueError(f"{n} items need as many cluster codes, not {len(clusters)}")
    if clusters is not None and n:
        order = np.argsort(clusters, kind="stable")
        starts = np.flatnonzero(np.diff(clusters[order], prepend=clusters[order[:1]] - 1))
        sums = np.add.reduceat(table[:, order], starts, axis=1)
    groups = sums.shape[1]
    return sums, groups / ((groups - 1) * n**2) if groups > 1 else np.nan


def _covariance(upper: npt.NDArray[np.float32], size: int) -> Floats:
    """(S, S) from the stored triangle: cov(a, b) = (var a + var b - var(a - b)) / 2."""
    spread = np.zeros((size, size))
    spread[_triangle(size)] = upper
    own = np.diag(spread).copy()
    np.fill_diagonal(spread, 0)
    found: Floats = (own[:, None] + own - (spread + spread.T)) / 2
    return found


@lru_cache(maxsize=64)
def _triangle(size: int) -> tuple[Integers, Integers]:
    return np.triu_indices(size)


def _number(value: float | None, status: Status) -> float:
    needed = status in ("ok", "too_few_items")
    if needed and (value is None or not isfinite(value)):
        raise ValueError(
            f'a system whose status is "{status}" needs a value, not {value}: score its answers again'
        )
    return np.nan if value is None else float(value)
