"""How far a judge agrees with physicians, from counts that add up over items.

Every physician's label of an item is one comparison with the judge's verdict (so does HealthBench: Arora et
al. 2025, and MedVAL where one physician grades). An item gives a table of k + 1 rows, the judge's verdict and
last "nothing could be read", by k columns, the physicians' labels; the tables of all items are summed and a
statistic is a function of the sum. An unread verdict agrees with nobody and lowers every statistic.

What one physician achieves is measured alike: each is held out in turn and compared with the others of the
item, n_c(n_d - [c = d])/(m - 1) in each cell for m physicians, so that a held-out physician weighs as much as
the judge. The table is symmetric, as no physician is more the reference than another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.influence import Clusters
from evaluation.domain.metrics.sets import macro_f1, ratio

Codes = npt.NDArray[np.int64]
Statistic = Callable[[Floats], Floats]  # (m, k + 1, k) tables → (m,) values, nan where undefined

MARGIN = 0.05  # how much worse than one physician still counts as no worse (MedVAL)
UNREAD = -1


class AgainstPhysicians(NamedTuple):
    """The items of a task: verdicts (n,) 0 … k - 1 or UNREAD, labels (n, k) physicians who said each."""

    verdicts: Codes
    labels: Floats

    @property
    def raters(self) -> Floats:
        """(n,) physicians of each item."""
        counted: Floats = self.labels.sum(axis=1)
        return counted


def judge_tables(found: AgainstPhysicians) -> Floats:
    """(n, (k + 1) k) comparisons of the judge with each physician, item by item."""
    n, k = found.labels.shape
    tables = np.zeros((n, k + 1, k))
    tables[np.arange(n), np.where(found.verdicts < 0, k, found.verdicts)] = found.labels
    return tables.reshape(n, (k + 1) * k)


def physician_tables(labels: Floats) -> Floats:
    """(n, (k + 1) k) comparisons of each physician with the others, zero where there was only one."""
    n, k = labels.shape
    tables = np.zeros((n, k + 1, k))
    others = np.maximum(labels.sum(axis=1) - 1, 1)
    pairs = labels[:, :, np.newaxis] * (labels[:, np.newaxis, :] - np.eye(k))
    tables[:, :k] = pairs / others[:, np.newaxis, np.newaxis]
    return tables.reshape(n, (k + 1) * k)


def weighted_kappa(tables: Floats) -> Floats:
    """Cohen's (1968) kappa with quadratic weights 1 - (c - d)²/(k - 1)², 0 for what was not read.

    (p_o - p_e)/(1 - p_e) with p_o = Σ w p and p_e = Σ w a b of the margins a, b; nan where p_e is 1.
    """
    k = tables.shape[2]
    steps = np.arange(k)
    weights = np.zeros((k + 1, k))
    weights[:k] = 1 - ((steps[:, np.newaxis] - steps) / (k - 1)) ** 2
    return _kappa(tables, weights)


def nominal_kappa(tables: Floats) -> Floats:
    """Cohen's (1960) kappa: any two different values are as far apart as any others."""
    return _kappa(tables, np.eye(tables.shape[2] + 1, tables.shape[2]))


def agreement(tables: Floats) -> Floats:
    """The share of comparisons that agree."""
    return ratio(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)), np.nan)


def balanced_f1(tables: Floats) -> Floats:
    """Mean F1 over the values physicians gave, each value weighing alike."""
    right = np.diagonal(tables, axis1=1, axis2=2)
    return macro_f1(np.hstack([right, tables.sum(axis=1), tables[:, :-1].sum(axis=2)]))


def f1_of(value: int) -> Statistic:
    """F1 of one value; nan where neither side ever gave it."""

    def f1(tables: Floats) -> Floats:
        right = tables[:, value, value]
        return ratio(2 * right, tables[:, :, value].sum(axis=1) + tables[:, value].sum(axis=1), np.nan)

    return f1


def recall_of(value: int) -> Statistic:
    """The share of the physicians' labels of one value that the judge gave too."""
    return lambda tables: ratio(tables[:, value, value], tables[:, :, value].sum(axis=1), np.nan)


def over_tables(statistic: Statistic, k: int) -> intervals.Sums:
    """A statistic as a function of column sums (m, (k + 1) k)."""
    return lambda sums: statistic(sums.reshape(-1, k + 1, k))


def minus_one_physician(
    found: AgainstPhysicians, statistic: Statistic, clusters: Clusters | None = None
) -> tuple[Estimate, float | None]:
    """The judge's agreement less a held-out physician's own, both with the remaining physicians.

    On the items that two or more judged; with it the physician's own figure there. The interval lets items
    vary, or clusters of them, and holds for these physicians: `judging.one_expert` lets them vary as well.
    """
    shared = found.raters >= 2
    some = AgainstPhysicians(found.verdicts[shared], found.labels[shared])
    k = found.labels.shape[1]
    rows = np.hstack([judge_tables(some), physician_tables(some.labels)])
    f = difference(statistic, k)
    count = len(rows)
    estimate = intervals.from_sums(
        "minus_one_physician",
        rows,
        np.zeros(count, dtype=np.bool_),
        f,
        np.zeros(count),
        clusters=None if clusters is None else clusters[shared],
        bounds=(-1.0, 1.0),
        undefined="undefined_no_variation",
    )
    own = float(statistic(rows[:, (k + 1) * k :].sum(axis=0).reshape(1, k + 1, k))[0])
    return estimate, None if np.isnan(own) else own


def difference(statistic: Statistic, k: int) -> intervals.Sums:
    """Of sums of judge and physician tables side by side, (m, 2 (k + 1) k)."""
    of_judge = over_tables(statistic, k)
    half = (k + 1) * k
    return lambda sums: of_judge(sums[:, :half]) - of_judge(sums[:, half:])


def expert_parts(
    found: AgainstPhysicians, statistic: Statistic, margin: float, clusters: Clusters | None
) -> dict[str, float]:
    """The comparison with one physician as parts of an estimate; {} where no two judged the same item."""
    if not (found.raters >= 2).any():
        return {}
    estimate, own = minus_one_physician(found, statistic, clusters)
    parts = {
        "one_physician": own,
        "minus_one_physician": estimate.value,
        "minus_one_physician_low": estimate.low,
        "minus_one_physician_high": estimate.high,
        "margin": margin,
        "not_inferior": None if estimate.low is None else float(estimate.low > -margin),
        "items_of_several_physicians": float(estimate.n_items),
    }
    return {name: value for name, value in parts.items() if value is not None}


def with_interval(
    name: str, found: AgainstPhysicians, statistic: Statistic, clusters: Clusters | None
) -> dict[str, float]:
    """A further statistic as parts: value, `_low` and `_high` as far as they exist."""
    k = found.labels.shape[1]
    blank = np.zeros(len(found.verdicts))
    estimate = intervals.from_sums(
        name, judge_tables(found), blank.astype(np.bool_), over_tables(statistic, k), blank, clusters=clusters
    )
    parts = {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return {part: value for part, value in parts.items() if value is not None}


def _kappa(tables: Floats, weights: Floats) -> Floats:
    total = tables.sum(axis=(1, 2))
    observed = ratio((tables * weights).sum(axis=(1, 2)), total, np.nan)
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    expected = ratio(np.einsum("mr,rc,mc->m", rows, weights, columns), total**2, np.nan)
    room = 1 - expected
    return ratio(observed - expected, np.where(room > 1e-12, room, 0.0), np.nan)
