"""F1 of sets: what was named, what should have been, what is in both.

    precision = tp/(tp + fp)    recall = tp/(tp + fn)    F1 = 2 tp/(2 tp + fp + fn)

Micro: over the sums of all items. Macro: the unweighted mean over the classes that occur in the
references, 0 for a class never rightly named (scikit-learn's zero_division=0).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts

Row = tuple[float, float, float, float]


def overlap(expected: AbstractSet[Any], named: AbstractSet[Any] | None) -> Row:
    """(tp, fp, fn, exact) of one item; `named` is None where nothing could be read, which is never exact."""
    if named is None:
        return 0.0, 0.0, float(len(expected)), 0.0
    right = len(expected & named)
    return float(right), float(len(named) - right), float(len(expected) - right), float(expected == named)


def micro_f1(sums: Floats) -> Floats:
    """(m, 3 or more) sums of tp, fp, fn → (m,) F1; nan where nothing was to be found and nothing was."""
    return ratio(2 * sums[:, 0], 2 * sums[:, 0] + sums[:, 1] + sums[:, 2], np.nan)


def macro_f1(sums: Floats) -> Floats:
    """(m, 3K) sums of right, expected and named by class → (m,) mean F1; nan where nothing is expected."""
    right, expected, named = np.split(sums, 3, axis=1)
    return _mean_where(expected > 0, ratio(2 * right, expected + named))


def macro_parts(sums: Floats) -> dict[str, float]:
    """Macro precision and recall of (3K,) sums; {} where nothing is expected."""
    right, expected, named = np.split(sums[np.newaxis], 3, axis=1)
    present = expected > 0
    if not present.any():
        return {}
    return {
        "precision": float(_mean_where(present, ratio(right, named))[0]),
        "recall": float(_mean_where(present, ratio(right, expected))[0]),
    }


def micro_estimate(name: str, counts: Counts, clusters: npt.NDArray[np.int64] | None) -> Estimate:
    """Micro F1 of rows (tp, fp, fn, exact); an item scores its own F1, 1 where it is rightly empty."""
    table = counts.table
    of_items = np.where(np.isnan(own := micro_f1(table)), table[:, 3], own)
    return intervals.from_sums(
        name, table[:, :3], counts.unparsed, micro_f1, of_items, clusters=clusters, parts=micro_parts(table)
    )


def micro_parts(table: Floats) -> dict[str, float]:
    """Precision, recall, the share of exact items and the mean of the items' own F1; {} without items."""
    if not len(table):
        return {}
    tp, fp, fn, exact = table.sum(axis=0).tolist()
    own = micro_f1(table)
    return {
        "precision": tp / (tp + fp) if tp + fp else 0.0,
        "recall": tp / (tp + fn) if tp + fn else 0.0,
        "exact": exact / len(table),
        "item_f1": float(np.where(np.isnan(own), table[:, 3], own).mean()),
    }


def ratio(above: Floats, below: Floats, otherwise: float = 0.0) -> Floats:
    """above/below, `otherwise` where below is 0."""
    out = np.full(np.broadcast_shapes(above.shape, below.shape), otherwise)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _mean_where(present: npt.NDArray[np.bool_], values: Floats) -> Floats:
    return ratio((values * present).sum(axis=1), present.sum(axis=1).astype(np.float64), np.nan)
