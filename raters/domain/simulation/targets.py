"""What the study's intervals ought to hold, from the assumptions in closed form.

From five raters on the target is the mean over other raters and other items like these; with fewer, the mean
over other items with these raters. Places are weighed as the whole plan has them, alike for all systems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.simulation.playing import Cast, Measure, Play
from raters.domain.simulation.sheet import Rows


@dataclass(frozen=True, eq=False, kw_only=True)
class Workload:
    """share (R, S) of a system's ratings that each rater gives; met (R, S, S) votes between two systems."""

    share: Floats
    met: Floats
    places: Floats
    place_share: Floats


def workload(rows: Rows, raters: int, systems: int) -> Workload:
    counts = np.bincount(rows.rater * systems + rows.system, minlength=raters * systems)
    met = np.zeros((raters, systems, systems))
    if len(rows.other):
        np.add.at(met, (rows.rater, rows.system, rows.other), 1.0)
        met = met + met.transpose(0, 2, 1)
        counts = met.sum(axis=2).ravel()
    by_rater = counts.reshape(raters, systems).astype(np.float64)
    places, times = np.unique(rows.place, return_counts=True)
    return Workload(
        share=by_rater / np.maximum(by_rater.sum(axis=0), 1),
        met=met,
        places=places,
        place_share=times / times.sum(),
    )


def of_raters(who: Cast, of: Play, how: Measure, load: Workload) -> Floats:
    """(B, R, S) the mean value each rater would give each system, over items and places."""
    mean = who.quality - of.severity[:, :, None] + of.leaning
    sd = who.rest_sd()[None, :, None]
    total = np.zeros(mean.shape)
    for place, weight in zip(load.places.tolist(), load.place_share.tolist(), strict=True):
        total += weight * how.expected(mean + place * of.bias[:, :, None], sd)
    return total


def of_everybody(who: Cast, how: Measure, load: Workload) -> Floats:
    """(S,) the mean value over raters and items; a rater whose traits are known stands for his share."""
    one = who.assumptions
    drawn = np.isnan(who.severity), np.isnan(who.bias)
    severity = np.where(drawn[0], 0.0, who.severity)
    bias = np.where(drawn[1], one.position_bias, who.bias)
    variance = who.rest_sd() ** 2 + one.leaning_sd**2 + drawn[0] * one.severity_sd**2
    total = np.zeros(load.share.shape)
    for place, weight in zip(load.places.tolist(), load.place_share.tolist(), strict=True):
        sd = np.sqrt(variance + drawn[1] * (place * one.position_bias_sd) ** 2)
        total += weight * how.expected((place * bias - severity)[:, None] + who.quality, sd[:, None])
    found: Floats = (load.share * total).sum(axis=0)
    return found


def wins_of_raters(who: Cast, of: Play, how: Measure) -> Floats:
    """(B, R, S, S) the chance, ties as halves, that a rater prefers row to column, either side as often."""
    felt = who.quality + of.leaning
    gap = felt[:, :, :, None] - felt[:, :, None, :]
    sd = np.sqrt(2 * (who.assumptions.fit_sd**2 + who.noise**2))[None, :, None, None]
    bias = of.bias[:, :, None, None]
    found: Floats = (how.expected(gap + bias, sd) + how.expected(gap - bias, sd)) / 2
    return found


def wins_of_everybody(who: Cast, how: Measure, load: Workload) -> Floats:
    """(S, S) the same over raters and items, a rater by his share of the votes between the two."""
    one = who.assumptions
    drawn = np.isnan(who.bias)
    bias = np.where(drawn, one.position_bias, who.bias)[:, None, None]
    variance = 2 * (one.fit_sd**2 + who.noise**2 + one.leaning_sd**2) + drawn * one.position_bias_sd**2
    sd = np.sqrt(variance)[:, None, None]
    gap = (who.quality[:, None] - who.quality)[None]
    chance = (how.expected(gap + bias, sd) + how.expected(gap - bias, sd)) / 2
    found: Floats = (load.met * chance).sum(axis=0) / np.maximum(load.met.sum(axis=0), 1)
    return found
