"""How well a plan's overlap tells strict raters from lenient ones.

Least squares of rating = answer + rater, answers fixed: only answers that two raters rated speak. With m
ratings of an answer and L = Σ over answers (diag(present) - 1 1ᵀ / m), the estimates are L⁺ times the sums
of the deviations from the answers' means, and their covariance is σ² L⁺ (two-way layout, Searle 1971).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from evaluation.domain.estimates import Floats
from raters.domain.simulation.sheet import Integers, Rows


@dataclass(frozen=True, eq=False)
class Recovery:
    """Per repetition: truth and estimate (B, R) within each connected part of the raters, and the residual
    variance (B,)."""

    truth: Floats
    estimate: Floats
    variance: Floats


@dataclass(frozen=True, eq=False)
class Layout:
    """inverse (R, R) L⁺; part (R,) of the overlap's graph each rater is in; joined (R,) has any overlap."""

    inverse: Floats
    part: Integers
    joined: npt.NDArray[np.bool_]
    freedom: int
    rater: csr_array
    answer: csr_array

    def recover(self, values: Floats, strictness: Floats) -> Recovery:
        """From ratings (B, n) and the true mean strictness of each rater (B, R), higher is stricter."""
        deviation = values - np.asarray(self.answer.T @ (self.answer @ values.T)).T
        sums = np.asarray(self.rater @ deviation.T).T
        leniency = sums @ self.inverse
        left = (deviation**2).sum(axis=1) - (sums * leniency).sum(axis=1)
        return Recovery(self.centred(strictness), -leniency, left / max(self.freedom, 1))

    def centred(self, values: Floats) -> Floats:
        """(B, R) less the mean of the part."""
        belongs = self.part[:, None] == np.arange(self.part.max() + 1)
        means = values @ belongs / belongs.sum(axis=0)
        found: Floats = values - means[:, self.part]
        return found


def layout(rows: Rows, raters: int) -> Layout | None:
    """None where no answer is rated by two raters, or nothing is left to tell noise from severity."""
    n, units = len(rows), int(rows.unit.max()) + 1
    size = np.bincount(rows.unit, minlength=units)
    at = np.arange(n)
    # rows scaled by 1 / √m: the product with its transpose is the projection on the answers' means
    answer = csr_array((1 / np.sqrt(size[rows.unit]), (rows.unit, at)), shape=(units, n))
    rater = csr_array((np.ones(n), (rows.rater, at)), shape=(raters, n))
    given = answer @ rater.T
    laplacian = np.diag(np.bincount(rows.rater, minlength=raters)) - (given.T @ given).toarray()
    met = np.abs(laplacian) > 1e-9
    number, part = connected_components(met, directed=False)
    freedom = int((size - 1).sum()) - (raters - number)
    if number == raters or freedom < 1:
        return None
    joined = np.bincount(part)[part] > 1
    inverse = np.asarray(np.linalg.pinv(laplacian, hermitian=True, rcond=1e-10), dtype=np.float64)
    return Layout(inverse, part.astype(np.int64), joined, freedom, rater, answer)
