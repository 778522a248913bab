"""Bootstrap of items as a multinomial over count patterns: the same distribution, one matrix product."""

from __future__ import annotations

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.coefficients import Coefficient
from raters.domain.agreement.state import PatternTable

_SMALL_PRODUCT = 1 << 17  # multiplications


def bootstrap_items(table: PatternTable, coefficient: Coefficient, resamples: int, seed: int) -> Floats:
    """(resamples,) values of the coefficient with items drawn anew (Efron 1979); nan where undefined.

    Items only: raters are taken as fixed, as in the item jackknife. For raters too, use the two-way interval.
    """
    rows = coefficient.contributions(table.counts.astype(np.float64))
    number = int(table.items.sum())
    if not number:
        return np.full(resamples, np.nan)
    drawn = np.random.default_rng(seed).multinomial(number, table.items / number, size=resamples)
    # products this small are quicker on one core: linear algebra libraries wake the others for larger ones
    at_once = max(1, _SMALL_PRODUCT // rows.size)
    parts = [drawn[start : start + at_once] @ rows for start in range(0, resamples, at_once)]
    return coefficient.disagreement(np.concatenate(parts)).agreement
