"""One axis played many times: what the study would estimate in each repetition, and what is true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.simulation.agreement import INTERVALS, alphas, half_widths, scale_of
from raters.domain.simulation.assumptions import AxisKind
from raters.domain.simulation.bradley_terry import strengths
from raters.domain.simulation.clustered import Clustering, answer_signs, clustering, pair_signs
from raters.domain.simulation.playing import (
    Cast,
    Codes,
    Measure,
    Play,
    answers_latent,
    measure,
    pairs_latent,
    play,
)
from raters.domain.simulation.severity import Layout, Recovery, layout
from raters.domain.simulation.sheet import Rows, Sheet
from raters.domain.simulation.targets import (
    Workload,
    of_everybody,
    of_raters,
    wins_of_everybody,
    wins_of_raters,
    workload,
)

_CELLS_AT_ONCE = 3_000_000  # numbers kept at a time: some tens of megabytes


@dataclass(frozen=True, eq=False)
class Estimates:
    """value and truth (B, S); variance (B, S, S) of the contrasts, on the diagonal of the values."""

    value: Floats
    variance: Floats
    truth: Floats


@dataclass(frozen=True, eq=False)
class Outcome:
    """What B repetitions gave.

    means       of systems, or win rates;  contrasts  the scale systems are compared on (for pairs: logits)
    by_rater    (B, R, S) each rater's own mean value, the truth behind severity
    """

    means: Estimates
    contrasts: Estimates
    by_rater: Floats
    alphas: Floats
    widths: tuple[float, ...]
    recovery: Recovery | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Stage:
    """All that stays the same over the repetitions of one axis."""

    kind: AxisKind
    who: Cast
    how: Measure
    rows: Rows
    sides: Rows
    load: Workload
    of_means: Clustering
    of_contrasts: Clustering
    layout: Layout | None

    @property
    def pairwise(self) -> bool:
        return self.kind.kind == "pairwise"

    @property
    def these_raters_only(self) -> bool:
        return self.of_means.these_raters_only


def stage(kind: AxisKind, sheet: Sheet, who: Cast, these_raters_only: bool) -> Stage:
    """ValueError for a pairwise axis on a plan that shows no pairs."""
    pairwise = kind.kind == "pairwise"
    if pairwise and sheet.pairs is None:
        raise ValueError(f'axis {kind.axis} compares two answers: plan the study with task "pairwise"')
    rows = sheet.pairs if pairwise and sheet.pairs is not None else sheet.answers
    sides = _both_sides(rows) if pairwise else rows
    raters, systems = len(sheet.raters), len(sheet.systems)
    means = clustering(sides, systems, answer_signs(sides.system, systems), these_raters_only)
    return Stage(
        kind=kind,
        who=who,
        how=measure(kind, who),
        rows=rows,
        sides=sides,
        load=workload(rows, raters, systems),
        of_means=means,
        of_contrasts=clustering(rows, systems, pair_signs(rows, systems), these_raters_only)
        if pairwise
        else means,
        layout=None if pairwise else layout(rows, raters),
    )


def perform(on: Stage, repetitions: int, seed: tuple[int, ...]) -> Outcome:
    """`repetitions` studies, some at a time; the seed and the stage alone decide what happens."""
    each = on.who.items + len(on.rows) * 4 + len(on.of_means.cell.clusters) * (int(on.sides.cell.max()) + 1)
    at_once = max(1, _CELLS_AT_ONCE // each)
    starts = range(0, repetitions, at_once)
    parts = [
        _some(on, min(at_once, repetitions - start), np.random.default_rng([*seed, start]), first=start == 0)
        for start in starts
    ]
    return _joined(parts)


def _some(on: Stage, repetitions: int, rng: np.random.Generator, *, first: bool) -> Outcome:
    of = play(on.who, repetitions, rng)
    felt = (pairs_latent if on.pairwise else answers_latent)(on.who, of, on.rows, rng)
    codes = on.how.code(felt)
    values = on.how.values[codes]
    means, contrasts, by_rater = (_pairs if on.pairwise else _answers)(on, of, values)
    shared = _canonical(on, codes)
    scale = scale_of(on.kind)
    return Outcome(
        means=means,
        contrasts=contrasts,
        by_rater=by_rater,
        alphas=alphas(on.rows, shared, scale),
        widths=tuple(half_widths(on.rows, shared[:INTERVALS], scale)) if first else (),
        recovery=on.layout.recover(values, -by_rater.mean(axis=2)) if on.layout else None,
    )


def _answers(on: Stage, of: Play, values: Floats) -> tuple[Estimates, Estimates, Floats]:
    by_rater = of_raters(on.who, of, on.how, on.load)
    means = _means(on, values, by_rater, lambda: of_everybody(on.who, on.how, on.load))
    return means, means, by_rater


def _pairs(on: Stage, of: Play, values: Floats) -> tuple[Estimates, Estimates, Floats]:
    chances = wins_of_raters(on.who, of, on.how)
    votes = on.load.met.sum(axis=0)
    share = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    by_rater: Floats = (chances * share).sum(axis=3)
    everybody = wins_of_everybody(on.who, on.how, on.load)
    both = np.concatenate([values, 1 - values], axis=1)
    means = _means(on, both, by_rater, lambda: (everybody * share).sum(axis=1))
    if on.these_raters_only:
        weights = on.load.met / np.maximum(votes, 1)
        true_wins = np.einsum("brst,rst->bst", chances, weights) * votes
    else:
        true_wins = (everybody * votes)[None]
    truth = np.broadcast_to(strengths(true_wins)[0], means.value.shape)
    return means, _strengths(on, values, truth), by_rater


def _means(on: Stage, values: Floats, by_rater: Floats, population: Callable[[], Floats]) -> Estimates:
    systems, system = by_rater.shape[2], on.sides.system
    matrix = answer_signs(system, systems)
    found = np.asarray(matrix.T @ values.T).T
    influence = values - found[:, system]
    if on.these_raters_only:
        truth = np.einsum("brs,rs->bs", by_rater, on.load.share)
    else:
        truth = np.broadcast_to(population(), found.shape)
    return Estimates(found, on.of_means.covariances(influence).variances(), truth)


def _strengths(on: Stage, values: Floats, truth: Floats) -> Estimates:
    left, right, systems = on.rows.system, on.rows.other, truth.shape[1]
    wins = np.zeros((len(values), systems * systems))
    for side, scored in ((left * systems + right, values), (right * systems + left, 1 - values)):
        into = np.zeros((len(side), systems * systems))
        into[np.arange(len(side)), side] = 1.0
        wins += scored @ into
    theta, inverse = strengths(wins.reshape(-1, systems, systems))
    chance = 1 / (1 + np.exp(theta[:, right] - theta[:, left]))
    two_way = on.of_contrasts.covariances(values - chance)
    return Estimates(theta, two_way.carried(inverse).variances(), truth)


def _canonical(on: Stage, codes: Codes) -> Codes:
    """Outcomes told of the same system whichever side it stood on: two raters of turned pairs agree."""
    if not on.pairwise:
        return codes
    return np.where(on.rows.system > on.rows.other, len(on.how.values) - 1 - codes, codes)


def _both_sides(rows: Rows) -> Rows:
    """Each vote twice: as its left and as its right system's."""
    return Rows(
        rater=np.tile(rows.rater, 2),
        item=np.tile(rows.item, 2),
        system=np.concatenate([rows.system, rows.other]),
        other=np.empty(0, dtype=np.int64),
        place=np.concatenate([rows.place, -rows.place]),
        unit=np.tile(rows.unit, 2),
        cell=np.tile(rows.cell, 2),
    )


def _joined(parts: list[Outcome]) -> Outcome:
    def stacked(name: str) -> Estimates:
        own: list[Estimates] = [getattr(part, name) for part in parts]
        return Estimates(
            *(np.concatenate([getattr(e, f) for e in own]) for f in ("value", "variance", "truth"))
        )

    recoveries = [part.recovery for part in parts if part.recovery is not None]
    return Outcome(
        means=stacked("means"),
        contrasts=stacked("contrasts"),
        by_rater=np.concatenate([part.by_rater for part in parts]),
        alphas=np.concatenate([part.alphas for part in parts]),
        widths=tuple(width for part in parts for width in part.widths),
        recovery=Recovery(*_stacked_recoveries(recoveries)) if recoveries else None,
    )


def _stacked_recoveries(found: list[Recovery]) -> Iterator[Floats]:
    for name in ("truth", "estimate", "variance"):
        yield np.concatenate([getattr(one, name) for one in found])
