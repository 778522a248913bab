"""Many p-values read together, adjusted for how many they are.

    Bonferroni           p m                            chance of any false claim (FWER)
    Holm (1979)          max over j ≤ i of p_(j) (m - j + 1)   the same, never less powerful
    Benjamini & Hochberg (1995)   min over j ≥ i of p_(j) m / j   expected share of false claims (FDR)

with p_(1) ≤ … ≤ p_(m), and none above 1. The first two hold whatever the p-values have to do with each other;
Benjamini & Hochberg's needs them independent or positively dependent, and is for screens whose findings are
looked at again, not for claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats

Correction = Literal["bonferroni", "holm", "benjamini-hochberg"]


@dataclass(frozen=True, eq=False)
class Family:
    """A declared family of tests.

    p, adjusted     (m,) as they came and adjusted; NaN where there was no test
    n_comparisons   tests in the family, those without a p left out
    controls        "FWER", the chance of any false claim, or "FDR", the expected share of false ones
    """

    p: Floats
    adjusted: Floats
    n_comparisons: int
    correction: Correction
    controls: Literal["FWER", "FDR"]

    def rejected(self, level: float = 0.05) -> npt.NDArray[np.bool_]:
        """(m,) which tests the correction rejects at this level; never one without a p."""
        if not 0 < level < 1:
            raise ValueError(f"the level is a probability between 0 and 1, not {level}")
        found: npt.NDArray[np.bool_] = self.adjusted <= level
        return found


def family(p: npt.ArrayLike, correction: Correction) -> Family:
    """p-values (m,), NaN where a test could not be made, adjusted together; ValueError for other numbers."""
    raw = np.array(p, dtype=np.float64)
    if correction not in get_args(Correction):
        raise ValueError(f'no correction "{correction}": choose one of {", ".join(get_args(Correction))}')
    if raw.ndim != 1 or ((raw < 0) | (raw > 1)).any():
        raise ValueError("p-values are one flat list of numbers from 0 to 1, NaN where there is no test")
    adjusted = np.full(len(raw), np.nan)
    tested = np.flatnonzero(~np.isnan(raw))
    ascending = tested[np.argsort(raw[tested], kind="stable")]
    adjusted[ascending] = np.minimum(_adjusted(raw[ascending], correction), 1.0)
    controls: Literal["FWER", "FDR"] = "FDR" if correction == "benjamini-hochberg" else "FWER"
    return Family(raw, adjusted, len(tested), correction, controls)


def _adjusted(ascending: Floats, correction: Correction) -> Floats:
    size = len(ascending)
    if correction == "bonferroni":
        return ascending * size
    place = np.arange(1.0, size + 1)
    if correction == "holm":
        stepped_down: Floats = np.maximum.accumulate(ascending * (size - place + 1))
        return stepped_down
    stepped_up: Floats = np.minimum.accumulate((ascending * (size / place))[::-1])[::-1]
    return stepped_up
