"""An estimate is never a bare number: it carries its interval, its size and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

Status = Literal[
    "ok", "undefined_no_items", "undefined_no_variation", "undefined_no_positives", "too_few_items"
]


@dataclass(frozen=True)
class Estimate:
    """A metric over the items of one task.

    value, low, high   in the metric's own unit (0 to 1 for shares); None when `status` is not ok,
                       except "too_few_items", where value is given and the interval is not
    n_items            items scored, unparsed answers included: they count as wrong
    n_unparsed         answers from which nothing could be read
    interval           name of the interval's method, e.g. "wilson", "jackknife-t"
    item_scores        (n_items,) what each item earned, for the case page and paired tests
    influence          (n_items,) pseudo-values minus the estimate: the variance of the estimate is
                       sum(influence²) / (n (n − 1)), the covariance of two systems on the same items
                       likewise with the product
    parts              further figures of the same answers (precision, recall, …), without intervals
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    status: Status
    n_items: int
    n_unparsed: int
    interval: str
    item_scores: Floats
    influence: Floats
    parts: Mapping[str, float] = field(default_factory=dict)
