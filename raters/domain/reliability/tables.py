"""Ratings as a table of items by raters, and how a coefficient of such a table is reported."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.estimates import AgreementEstimate, AgreementStatus

Limits = tuple[float, float]


@dataclass(frozen=True, eq=False)
class RatingTable:
    """values (n_items, n_raters), NaN where a rater did not rate an item; no row or column is empty."""

    values: Floats

    @property
    def n_items(self) -> int:
        return int(self.values.shape[0])

    @property
    def n_raters(self) -> int:
        return int(self.values.shape[1])

    @property
    def n_ratings(self) -> int:
        return int(np.isfinite(self.values).sum())

    @property
    def n_pairable(self) -> int:
        return int((np.isfinite(self.values).sum(axis=1) >= 2).sum())

    @property
    def is_complete(self) -> bool:
        return self.n_ratings == self.values.size

    def complete_items(self) -> RatingTable:
        """The items that every rater rated."""
        return RatingTable(self.values[np.isfinite(self.values).all(axis=1)])

    def estimate(
        self, coefficient: str, value: float, limits: Limits | None, interval: str, *, these_only: bool,
        why_no_interval: str = "",
    ) -> AgreementEstimate:  # fmt: skip
        low, high = limits or (None, None)
        return AgreementEstimate(
            coefficient=coefficient,
            value=value,
            low=low,
            high=high,
            status="ok" if limits else "no_interval",
            reason="" if limits else why_no_interval,
            interval=interval if limits else "none",
            n_items=self.n_items,
            n_raters=self.n_raters,
            n_ratings=self.n_ratings,
            n_pairable=self.n_pairable,
            these_raters_only=these_only,
        )

    def undefined(self, coefficient: str, status: AgreementStatus, reason: str) -> AgreementEstimate:
        return AgreementEstimate(
            coefficient=coefficient,
            value=None,
            low=None,
            high=None,
            status=status,
            reason=reason,
            interval="none",
            n_items=self.n_items,
            n_raters=self.n_raters,
            n_ratings=self.n_ratings,
            n_pairable=self.n_pairable,
            these_raters_only=True,
        )


def rating_table(values: Floats) -> RatingTable:
    """A table from values (n_items, n_raters); items and raters without any rating are left out.

    ValueError for infinite ratings and for anything but two dimensions.
    """
    table = np.array(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError("ratings come as a table of items by raters: give it two dimensions")
    if np.isinf(table).any():
        raise ValueError("a rating is infinite: leave it out as NaN or correct it")
    rated = np.isfinite(table)
    return RatingTable(table[np.ix_(rated.any(axis=1), rated.any(axis=0))])
