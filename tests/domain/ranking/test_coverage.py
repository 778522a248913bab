"""Do intervals and rank ranges hold what they promise when raters have tastes of their own?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit, stdtrit

from leaderboard.domain.moments import difference_variances
from leaderboard.domain.ranking import OUTCOMES, VoteCounts, rank
from leaderboard.domain.ranking.bradley_terry import fit


@dataclass(frozen=True)
class Design:
    """Votes on 12 systems by raters, each with a taste (logits, normal) for each system, and items alike."""

    raters: int
    each: int
    items: int
    rater_sd: float
    item_sd: float = 0.0
    size: int = 12

    @property
    def theta(self):
        return np.linspace(-1, 1, self.size)

    def target(self):
        """What the fit would give with all the raters and items there are: chances averaged over tastes."""
        nodes, weights = hermegauss(40)
        spread = np.sqrt(2 * (self.rater_sd**2 + self.item_sd**2))
        apart = self.theta[:, None] - self.theta
        chance = expit(apart[..., None] + spread * nodes) @ weights / weights.sum()
        cells = np.zeros((self.size, self.size, 3))
        cells[..., 0], cells[..., 2] = chance, 1 - chance
        cells[np.arange(self.size), np.arange(self.size)] = 0
        return fit(cells, order_effect=False).theta

    def study(self, rng):
        n = self.raters * self.each
        rater, item = np.repeat(np.arange(self.raters), self.each), rng.integers(0, self.items, n)
        a = rng.integers(0, self.size, n)
        b = (a + rng.integers(1, self.size, n)) % self.size
        taste = rng.normal(0, self.rater_sd, (self.raters, self.size))
        fit_for = rng.normal(0, self.item_sd, (self.items, self.size))
        eta = (
            self.theta[a]
            - self.theta[b]
            + taste[rater, a]
            - taste[rater, b]
            + fit_for[item, a]
            - fit_for[item, b]
        )
        won = rng.random(n) < expit(eta)
        return VoteCounts.of_columns(
            [f"m{at:02}" for at in a],
            [f"m{at:02}" for at in b],
            [OUTCOMES[0 if first else 2] for first in won],
            [f"r{at}" for at in rater],
            [f"q{at}" for at in item],
        )


def coverage(design, kinds, studies, seed):
    """Of each kind: the share of differences whose interval holds the truth, and of boards whose ranges all do."""
    rng, target = np.random.default_rng(seed), design.target()
    pairs = np.triu_indices(design.size, 1)
    held = {kind: [] for kind in kinds}
    right = {kind: [] for kind in kinds}
    for at in range(studies):
        counts = design.study(rng)
        for kind in kinds:
            found = rank(counts, covariance=kind, seed=at)
            truth = target[[int(name[1:]) for name in found.ranked]]
            error = np.abs(found.values[:, None] - found.values - (truth[:, None] - truth))
            half = stdtrit(found.matrix.df, 0.975) * np.sqrt(difference_variances(found.covariance))
            held[kind].append((error <= half)[pairs].mean())
            place = 1 + np.argsort(np.argsort(-truth))
            right[kind].append(((found.ranges.low <= place) & (place <= found.ranges.high)).all())
    return {kind: (np.mean(held[kind]), np.mean(right[kind])) for kind in kinds}


def test_with_a_dozen_raters_of_their_own_taste_only_clustered_intervals_hold(record_figure):
    design = Design(raters=12, each=60, items=10_000, rater_sd=1.0)
    found = coverage(design, ["rater", "independent"], studies=300, seed=51)
    clustered, ranges = found["rater"]
    promised = "12 raters × 60 votes, strong taste: "
    shown, held = f"{100 * clustered:.1f} %", 0.93 <= clustered <= 0.98
    record_figure(f"{promised}clustered intervals hold the truth", shown, "93 to 97 %", held)
    record_figure(
        f"{promised}all rank ranges hold at once", f"{100 * ranges:.1f} %", "at least 95 %", ranges >= 0.95
    )
    assert 0.93 <= clustered <= 0.98
    assert found["independent"][0] < 0.90
    assert ranges >= 0.95


def test_without_tastes_clustering_costs_nothing_in_truth():
    design = Design(raters=12, each=60, items=10_000, rater_sd=0.0)
    found = coverage(design, ["rater", "independent"], studies=100, seed=52)
    assert found["rater"][0] == pytest.approx(0.95, abs=0.03)
    assert found["independent"][0] == pytest.approx(0.95, abs=0.03)


def test_where_items_differ_as_well_two_way_intervals_hold_and_neither_one_way_does():
    design = Design(raters=10, each=150, items=20, rater_sd=0.6, item_sd=0.9)
    found = coverage(design, ["two-way", "rater", "item"], studies=120, seed=53)
    two_way, ranges = found["two-way"]
    assert 0.93 <= two_way <= 0.995
    assert ranges >= 0.95
    assert max(found["rater"][0], found["item"][0]) < 0.93
