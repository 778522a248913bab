"""How often intervals hold the truth, simulated with fixed seeds and wide limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.intervals import from_mean, from_sums
from evaluation.domain.metrics.sets import micro_f1


def read(n: int) -> np.ndarray:
    return np.zeros(n, dtype=np.bool_)


def f1_of(table: Floats) -> Estimate:
    return from_sums("f1", table, read(len(table)), micro_f1, np.zeros(len(table)))


def coverage(
    simulate: Callable[[np.random.Generator], Estimate], truth: float, rounds: int, seed: int
) -> float:
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(rounds):
        found = simulate(rng)
        hits += found.low is not None and found.low <= truth <= found.high
    return hits / rounds


def test_wilson_covers_a_high_share_in_about_95_of_100_samples() -> None:
    def one(rng: np.random.Generator) -> Estimate:
        return from_mean("accuracy", (rng.random(60) < 0.92).astype(float), read(60), method="wilson")

    # 1000 rounds: standard error 0.7 points
    assert 0.925 <= coverage(one, 0.92, 1000, seed=11) <= 0.985


def test_jackknife_t_covers_micro_f1_in_about_95_of_100_samples() -> None:
    """Each item has Poisson true positives, false positives and misses: F1 = 2·1.5 / (2·1.5 + 0.5 + 0.6)."""
    means = np.array([1.5, 0.5, 0.6])

    def one(rng: np.random.Generator) -> Estimate:
        return f1_of(rng.poisson(means, (80, 3)).astype(float))

    assert 0.92 <= coverage(one, 3.0 / 4.1, 800, seed=12) <= 0.98


def test_clusters_are_covered_where_independence_would_fail() -> None:
    def sample(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        right = rng.random((25, 8)) < rng.beta(1.4, 0.6, (25, 1))
        return right.ravel().astype(float), np.repeat(np.arange(25), 8)

    def clustered(rng: np.random.Generator) -> Estimate:
        scores, clusters = sample(rng)
        return from_mean("accuracy", scores, read(200), clusters=clusters, method="wilson")

    def independent(rng: np.random.Generator) -> Estimate:
        return from_mean("accuracy", sample(rng)[0], read(200), method="wilson")

    assert 0.92 <= coverage(clustered, 0.7, 500, seed=13) <= 0.985
    assert coverage(independent, 0.7, 500, seed=13) < 0.85
