"""What a mean could have been had nothing been missing: worst-case bounds, without any assumption.

With n ratings given, k missing (skipped, cannot judge; not those never assigned) and a scale from a to b, the
mean over all n + k lies between (Σx + k a) / (n + k) and (Σx + k b) / (n + k) whatever made them missing
(Manski 1989; Horowitz & Manski 2000). The limits are the lower 95 % limit of the worst completion and the
upper one of the best, which hold the mean at least as often as they say (Imbens & Manski 2004 would be
shorter where little is missing). Items are taken as independent: give one number for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.intervals import from_mean


@dataclass(frozen=True, kw_only=True)
class MissingnessBounds:
    """A mean or share with what missing ratings could do to it.

    value        mean of the ratings given; None without any
    worst, best  the mean if all missing ratings had been the least, or the greatest, of the scale
    low, high    95 % limits that allow for both sampling and missing ratings
    interval     method of the limits; "none" where there are too few items
    """

    value: float | None
    worst: float | None
    best: float | None
    low: float | None
    high: float | None
    n_observed: int
    n_missing: int
    interval: str
    status: Literal["ok", "no_interval", "undefined_no_items"]
    reason: str = ""


def missingness_bounds(
    observed: npt.ArrayLike, n_missing: int, *, least: float = 0.0, greatest: float = 1.0
) -> MissingnessBounds:
    """Bounds of the mean of `observed` (n,) and `n_missing` ratings more, all from `least` to `greatest`.

    Zeros and ones on a scale from 0 to 1 are a share, with Wilson's limits; other means take jackknife-t.
    ValueError for ratings off the scale.
    """
    values = np.array(observed, dtype=np.float64)
    if not least < greatest:
        raise ValueError(
            f"the scale runs from its least to its greatest value, not from {least} to {greatest}"
        )
    if values.ndim != 1 or not ((values >= least) & (values <= greatest)).all():
        raise ValueError(f"ratings are one flat list of numbers from {least} to {greatest}")
    if n_missing < 0:
        raise ValueError(f"{n_missing} ratings cannot be missing: give how many were asked for and not given")
    if not len(values) + n_missing:
        return MissingnessBounds(
            value=None,
            worst=None,
            best=None,
            low=None,
            high=None,
            n_observed=0,
            n_missing=0,
            interval="none",
            status="undefined_no_items",
            reason="Nothing was asked for.",
        )
    ends = least, greatest
    worst, best = (_completed(values, n_missing, end, ends) for end in ends)
    known = worst.low is not None and best.high is not None
    return MissingnessBounds(
        value=float(values.mean()) if len(values) else None,
        worst=worst.value,
        best=best.value,
        low=worst.low if known else None,
        high=best.high if known else None,
        n_observed=len(values),
        n_missing=n_missing,
        interval=worst.interval if worst.interval == best.interval else f"{worst.interval}, {best.interval}",
        status="ok" if known else "no_interval",
        reason="" if known else "One item only: an interval takes two.",
    )


def _completed(values: Floats, n_missing: int, end: float, ends: tuple[float, float]) -> Estimate:
    """The mean with every missing rating put at one end of the scale."""
    whole = np.concatenate([values, np.full(n_missing, end)])
    share = ends == (0.0, 1.0) and bool(np.isin(whole, ends).all())
    method: Literal["wilson", "jackknife-t"] = "wilson" if share else "jackknife-t"
    return from_mean("mean", whole, np.zeros(len(whole), dtype=np.bool_), method=method, bounds=ends)
