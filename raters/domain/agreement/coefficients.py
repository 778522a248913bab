"""Coefficients as functions of sums over items: 1 - observed / expected disagreement.

Each takes an item's counts n (V,) to a short row of numbers, its contribution, and the sum of the rows to
the two disagreements. Values with some items, ratings or raters left out then need no second look at the
ratings: their rows are taken off the sum. m is the number of ratings of an item; items with m ≥ 2 are
pairable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.scales import WEIGHTS_OF_LEVEL, Scale, WeightName, agreement_weights, distances

CoefficientName = Literal[
    "percent_agreement",
    "krippendorff_alpha",
    "cohen_kappa",
    "scott_pi",
    "fleiss_kappa",
    "conger_kappa",
    "brennan_prediger",
    "gwet_ac1",
    "gwet_ac2",
    "weighted_agreement",
]

_NOTHING = 1e-12  # an expected disagreement below this share of the greatest is rounding


class Disagreement(NamedTuple):
    """(B,) each, for B sums: observed, expected by chance, and the greatest that an item could show."""

    observed: Floats
    expected: Floats
    greatest: Floats

    @property
    def agreement(self) -> Floats:
        """(B,) 1 - observed / expected; nan where nothing is expected or nothing observed."""
        defined = np.isfinite(self.observed) & (self.expected > _NOTHING * self.greatest)
        ratio = np.divide(self.observed, self.expected, out=np.full(len(defined), np.nan), where=defined)
        value: Floats = 1.0 - np.maximum(ratio, 0.0)  # rounding alone gives less than none
        return value


class Coefficient(Protocol):
    """`pairable_only`: items with a single rating do not bear on the value."""

    @property
    def weights(self) -> str: ...

    @property
    def pairable_only(self) -> bool: ...

    def contributions(self, counts: Floats) -> Floats:
        """(B, F) rows of items with counts (B, V)."""
        ...

    def disagreement(self, sums: Floats) -> Disagreement:
        """The disagreements of B sums of such rows (B, F)."""
        ...


@dataclass(frozen=True, eq=False)
class FixedAlpha:
    """Krippendorff's alpha (2011) with distances δ² that do not depend on the data.

    D_o = Σ_i n'δ²n / (m - 1) / n.., D_e = n'δ²n / (n.. (n.. - 1)) with n the sum over pairable items.
    Row: the item's part of D_o, then n (V,).
    """

    weights: str
    squares: Floats
    pairable_only: bool = True

    def contributions(self, counts: Floats) -> Floats:
        m = counts.sum(axis=1)
        pairable = m >= 2
        within = np.einsum("bv,bv->b", counts @ self.squares, counts) / np.maximum(m - 1, 1)
        return np.column_stack([np.where(pairable, within, 0.0), counts * pairable[:, None]])

    def disagreement(self, sums: Floats) -> Disagreement:
        within, marginals = sums[:, 0], sums[:, 1:]
        total = marginals.sum(axis=1)
        among = np.einsum("bv,bv->b", marginals @ self.squares, marginals)
        return Disagreement(
            share_of(within, total),
            share_of(among, total * (total - 1)),
            np.full(len(sums), self.squares.max()),
        )


@dataclass(frozen=True, eq=False)
class OrdinalAlpha:
    """Krippendorff's alpha (2011) with the ordinal metric δ² = (M_c - M_k)², M_c = Σ_{g ≤ c} n_g - n_c / 2.

    The distances follow from the marginals of whatever is left in. Row: the item's coincidences
    (n n' - diag n) / (m - 1) (V²,).
    """

    size: int
    weights: str = "ordinal"
    pairable_only: bool = True

    def contributions(self, counts: Floats) -> Floats:
        m = counts.sum(axis=1)
        pairs = counts[:, :, None] * counts[:, None, :]
        at = np.arange(self.size)
        pairs[:, at, at] -= counts
        scale = np.where(m >= 2, 1.0 / np.maximum(m - 1, 1), 0.0)
        rows: Floats = (pairs * scale[:, None, None]).reshape(len(counts), -1)
        return rows

    def disagreement(self, sums: Floats) -> Disagreement:
        coincidences = sums.reshape(-1, self.size, self.size)
        marginals = coincidences.sum(axis=2)
        total = marginals.sum(axis=1)
        middle = np.cumsum(marginals, axis=1) - marginals / 2 - total[:, None] / 2
        spread = np.einsum("bv,bv->b", marginals, middle * middle)
        products = np.einsum("bvw,bw->bv", coincidences, middle)
        within = 2 * (spread - np.einsum("bv,bv->b", products, middle))
        mean = np.einsum("bv,bv->b", marginals, middle)
        among = 2 * (total * spread - mean * mean)
        greatest = (middle[:, -1] - middle[:, 0]) ** 2
        return Disagreement(share_of(within, total), share_of(among, total * (total - 1)), greatest)


ChanceRule = Literal["none", "marginal", "uniform", "gwet"]


@dataclass(frozen=True, eq=False)
class WeightedKappa:
    """(p_a - p_e) / (1 - p_e) for raters taken as interchangeable, with agreement weights w.

    p_a   mean over pairable items of Σ_c n_c ((w n)_c - 1) / (m (m - 1)) (Gwet 2014)
    p_e   none      0: the agreement itself
          marginal  Σ w π_c π_k (Scott 1955, Fleiss 1971), π the mean over rated items of n / m
          uniform   Σ w / V² (Brennan & Prediger 1981, Randolph 2005)
          gwet      Σ w / (V (V - 1)) Σ π (1 - π) (Gwet 2008: AC1, with other weights AC2)
    Row: the item's agreement, whether it is pairable, n / m (V,), whether it is rated.
    """

    weights: str
    matrix: Floats
    rule: ChanceRule

    @property
    def pairable_only(self) -> bool:
        return self.rule in ("none", "uniform")

    def contributions(self, counts: Floats) -> Floats:
        m = counts.sum(axis=1)
        pairable, rated = m >= 2, m >= 1
        agreeing = np.einsum("bv,bv->b", counts @ self.matrix - 1.0, counts)
        observed = np.where(pairable, agreeing / np.maximum(m * (m - 1), 1), 0.0)
        shares = counts / np.maximum(m, 1)[:, None]
        return np.column_stack([observed, pairable, shares, rated])

    def disagreement(self, sums: Floats) -> Disagreement:
        observed = 1.0 - share_of(sums[:, 0], sums[:, 1])
        expected = 1.0 - self.chance(share_of(sums[:, 2:-1], sums[:, -1:]))
        return Disagreement(observed, expected, np.full(len(sums), 1.0 - self.matrix.min()))

    def chance(self, shares: Floats) -> Floats:
        """(B,) p_e of prevalences π (B, V)."""
        size, total = len(self.matrix), self.matrix.sum()
        if self.rule == "none":
            return np.zeros(len(shares))
        if self.rule == "uniform":
            return np.full(len(shares), total / size**2)
        if self.rule == "gwet":
            spread: Floats = (shares * (1 - shares)).sum(axis=1) * total / (size * max(size - 1, 1))
            return spread
        alike: Floats = np.einsum("bv,bv->b", shares @ self.matrix, shares)
        return alike


@dataclass(frozen=True)
class Prevalence:
    """The mean over rated items of the share n_c / m of one category. Row: that share, whether rated."""

    category: int
    weights: str = ""
    pairable_only: bool = False

    def contributions(self, counts: Floats) -> Floats:
        m = counts.sum(axis=1)
        return np.column_stack([counts[:, self.category] / np.maximum(m, 1), m >= 1])

    def disagreement(self, sums: Floats) -> Disagreement:
        one = np.ones(len(sums))
        return Disagreement(1.0 - share_of(sums[:, 0], sums[:, 1]), one, one)


_RULES: dict[CoefficientName, ChanceRule] = {
    "percent_agreement": "none",
    "weighted_agreement": "none",
    "scott_pi": "marginal",
    "fleiss_kappa": "marginal",
    "brennan_prediger": "uniform",
    "gwet_ac1": "gwet",
    "gwet_ac2": "gwet",
}


def alpha(scale: Scale) -> Coefficient:
    """Krippendorff's alpha with the metric of the scale's level."""
    if scale.level == "ordinal":
        return OrdinalAlpha(scale.size)
    return FixedAlpha(scale.level, distances(scale))


def pattern_coefficient(
    name: CoefficientName, scale: Scale, weights: WeightName | None = None
) -> Coefficient:
    """A coefficient that does not ask who gave which rating.

    Default weights are those of the scale's level; identity for `percent_agreement` and `gwet_ac1`, which
    take no others. ValueError for the two that ask (`cohen_kappa`, `conger_kappa`) and for an alpha with
    weights: its metric is the scale's level.
    """
    if name == "krippendorff_alpha":
        check_weights(name, scale, weights)
        return alpha(scale)
    if name not in _RULES:
        raise ValueError(f'"{name}" needs to know the raters; of patterns there are {sorted(_RULES)}')
    chosen = weights_of(name, scale, weights)
    return WeightedKappa(chosen, agreement_weights(scale, chosen), _RULES[name])


def weights_of(name: CoefficientName, scale: Scale, weights: WeightName | None) -> WeightName:
    """The weights of a kappa: those asked for, else those of the level."""
    if name not in ("percent_agreement", "gwet_ac1"):
        return WEIGHTS_OF_LEVEL[scale.level] if weights is None else weights
    if weights not in (None, "identity"):
        other = "weighted_agreement" if name == "percent_agreement" else "gwet_ac2"
        raise ValueError(f'"{name}" counts equal ratings only: with {weights} weights it is "{other}"')
    return "identity"


def check_weights(name: CoefficientName, scale: Scale, weights: WeightName | None) -> str:
    """The name of the weights, or an alpha's metric; ValueError if the scale does not allow them."""
    if name == "krippendorff_alpha":
        if weights is not None:
            raise ValueError("alpha takes the metric of the scale's level: it has no weights to choose")
        return scale.level
    chosen = weights_of(name, scale, weights)
    agreement_weights(scale, chosen)
    return chosen


def share_of(part: Floats, whole: Floats) -> Floats:
    """part / whole, nan where the whole is not above 0."""
    whole = np.broadcast_to(whole, part.shape)
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.5)
    return found
