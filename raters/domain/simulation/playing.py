"""Simulated raters: their traits, what they feel of each answer, and the category that makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from evaluation.domain.estimates import Floats
from raters.domain.simulation.assumptions import Assumptions, AxisKind, Traits
from raters.domain.simulation.sheet import Rows, Sheet

Codes = npt.NDArray[np.int64]

_NOBODY = Traits()


@dataclass(frozen=True, eq=False, kw_only=True)
class Measure:
    """Values (V,) of the categories, ascending, and the latent cuts (V - 1,) between them."""

    values: Floats
    cuts: Floats

    def code(self, latent: Floats) -> Codes:
        found: Codes = np.searchsorted(self.cuts, latent).astype(np.int64, copy=False)
        return found

    def expected(self, mean: Floats, sd: Floats) -> Floats:
        """The mean value where the latent is normal: v₀ + Σ (v_k - v_{k-1}) P(latent > cut_k)."""
        total = np.full(np.broadcast(mean, sd).shape, self.values[0])
        for cut, step in zip(self.cuts.tolist(), np.diff(self.values).tolist(), strict=True):
            total += step * ndtr((mean - cut) / sd)
        return total


@dataclass(frozen=True, eq=False, kw_only=True)
class Cast:
    """Who plays: qualities (S,), each rater's noise (R,), severity and bias (R,), nan where drawn anew."""

    assumptions: Assumptions
    quality: Floats
    noise: Floats
    severity: Floats
    bias: Floats
    items: int

    def rest_sd(self) -> Floats:
        """(R,) standard deviation of a rating, the rater and the system given."""
        one = self.assumptions
        spread: Floats = np.sqrt(one.difficulty_sd**2 + one.fit_sd**2 + self.noise**2)
        return spread


@dataclass(frozen=True, eq=False, kw_only=True)
class Play:
    """B repetitions: severity and bias (B, R), leaning (B, R, S), item and fit together (B, I, S)."""

    severity: Floats
    bias: Floats
    leaning: Floats
    ease: Floats


def cast(sheet: Sheet, assumptions: Assumptions) -> Cast:
    step = assumptions.quality_step
    known = [assumptions.raters.get(name, _NOBODY) for name in sheet.raters]
    nan = float("nan")
    return Cast(
        assumptions=assumptions,
        quality=np.array([assumptions.qualities.get(s, step * n) for n, s in enumerate(sheet.systems)]),
        noise=np.array([assumptions.noise if one.noise is None else one.noise for one in known]),
        severity=np.array([nan if one.severity is None else one.severity for one in known]),
        bias=np.array([nan if one.position_bias is None else one.position_bias for one in known]),
        items=len(sheet.items),
    )


def measure(kind: AxisKind, who: Cast) -> Measure:
    """Cuts that give the levels their shares over all systems, raters and items; intervals are linear."""
    one, values = who.assumptions, np.array(kind.values)
    rating = sqrt(one.severity_sd**2 + one.leaning_sd**2 + float(np.mean(who.rest_sd() ** 2)))
    if kind.kind == "pairwise":
        apart = sqrt(2 * (one.fit_sd**2 + one.leaning_sd**2 + float(np.mean(who.noise**2))))
        tie = float(ndtri((1 + one.tie_share) / 2)) * hypot(apart, one.position_bias_sd)
        return Measure(values=values, cuts=np.array([-tie, tie]))
    if kind.kind == "interval":
        between = (values[1:] + values[:-1]) / 2
        latent = (between - (kind.low + kind.high) / 2) / ((kind.high - kind.low) / 6)
        return Measure(values=values, cuts=who.quality.mean() + rating * latent)
    shares = np.array(kind.shares or (1.0,) * len(values))
    below = np.cumsum(shares / shares.sum())[:-1]
    spread = hypot(rating, float(who.quality.std()))
    return Measure(values=values, cuts=who.quality.mean() + spread * ndtri(below))


def play(who: Cast, repetitions: int, rng: np.random.Generator) -> Play:
    one, raters, systems = who.assumptions, len(who.noise), len(who.quality)
    severity = one.severity_sd * rng.standard_normal((repetitions, raters))
    bias = one.position_bias + one.position_bias_sd * rng.standard_normal((repetitions, raters))
    difficulty = one.difficulty_sd * rng.standard_normal((repetitions, who.items, 1))
    fit = one.fit_sd * rng.standard_normal((repetitions, who.items, systems))
    return Play(
        severity=np.where(np.isnan(who.severity), severity, who.severity),
        bias=np.where(np.isnan(who.bias), bias, who.bias),
        leaning=one.leaning_sd * rng.standard_normal((repetitions, raters, systems)),
        ease=fit - difficulty,
    )


def answers_latent(who: Cast, of: Play, rows: Rows, rng: np.random.Generator) -> Floats:
    """(B, n) what each rater feels of each answer."""
    return _felt(who, of, rows, rows.system, rng) + (
        of.bias[:, rows.rater] * rows.place - of.severity[:, rows.rater]
    )


def pairs_latent(who: Cast, of: Play, rows: Rows, rng: np.random.Generator) -> Floats:
    """(B, n) how much more each rater thinks of the left answer; severity and difficulty cancel."""
    left, right = (_felt(who, of, rows, side, rng) for side in (rows.system, rows.other))
    return left - right + of.bias[:, rows.rater]


def _felt(who: Cast, of: Play, rows: Rows, system: Codes, rng: np.random.Generator) -> Floats:
    noise = rng.standard_normal((len(of.bias), len(rows)), dtype=np.float32)
    felt: Floats = who.noise[rows.rater] * noise + who.quality[system]
    felt += of.ease[:, rows.item, system]
    felt += of.leaning[:, rows.rater, system]
    return felt
