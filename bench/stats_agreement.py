"""How long agreement takes: from scratch, from a maintained state, and resampled a thousand times.

    python bench/stats_agreement.py

Krippendorff's alpha of an ordinal scale with five categories throughout. The library beside it is given the
table of value counts, ours starts from the ratings. Its bootstrap is a loop that resamples items, of which a
few rounds are run (their median) and the rest extrapolated. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import krippendorff
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured.figures import figure

from raters.domain.agreement import (
    AgreementState,
    Scale,
    all_coefficients,
    alpha_of_codes,
    bootstrap_items,
    estimate,
)
from raters.domain.agreement.coefficients import alpha

SCALE = Scale("ordinal", (1, 2, 3, 4, 5))
DOMAIN = [1, 2, 3, 4, 5]
SPARSE, SPARSE_ITEMS, SPARSE_RATERS = 1_000_000, 200_000, 20
RESAMPLES, LOOP_ROUNDS = 1_000, 20
LARGEST_SHARE, LONGEST_READ, LEAST_RATIO = 0.25, 5e-3, 500.0

Table = tuple[np.ndarray, np.ndarray, np.ndarray]


def main() -> int:
    rng = np.random.default_rng(7)
    print(f"{'what':<66}{'ms':>10}")
    met = [from_scratch(rng), maintained(rng), resampled(rng)]
    return 0 if all(met) else 1


def from_scratch(rng: np.random.Generator) -> bool:
    """1,000,000 ratings spread unevenly: some items have one rating, some a dozen."""
    places = rng.choice(SPARSE_ITEMS * SPARSE_RATERS, SPARSE, replace=False)
    items, raters = places // SPARSE_RATERS, places % SPARSE_RATERS
    codes = answers(rng, items, SPARSE_ITEMS)
    counts = np.bincount(items * 5 + codes, minlength=SPARSE_ITEMS * 5).reshape(SPARSE_ITEMS, 5)
    theirs_is = library(counts)
    assert abs(alpha_of_codes(items, codes, SCALE) - theirs_is) < 1e-9
    ours = stopwatch(lambda: alpha_of_codes(items, codes, SCALE), 9)
    theirs = stopwatch(lambda: library(counts), 5)
    row("alpha, 1,000,000 sparse ratings, ours from the ratings", ours)
    row("the same, krippendorff from value counts", theirs)
    share = ours / theirs
    state = stopwatch(lambda: AgreementState.from_ratings(items, raters, codes, 5), 3)
    row("state of the same ratings from scratch", state)
    values = codes + 1
    row("every coefficient with its two-way interval from scratch", stopwatch(
        lambda: all_coefficients(items, raters, values, SCALE), 2
    ))  # fmt: skip
    return figure("alpha of 1,000,000 sparse ratings / krippendorff", share, "×", most=LARGEST_SHARE)


def maintained(rng: np.random.Generator) -> bool:
    """200,000 items, five ratings each."""
    items, raters, codes = dense(rng, 200_000)
    state = AgreementState.from_ratings(items, raters, codes, 5)
    before = {rater: int(code) for rater, code in zip(range(5), codes[:5], strict=True)}

    def write() -> None:
        state.delete(before, 0)
        state.insert({rater: code for rater, code in before.items() if rater}, 0, before[0])

    write()
    row("one edit of a state of 200,000 items × 5", stopwatch(write, 200) / 2)
    read = stopwatch(lambda: estimate(state, "krippendorff_alpha", SCALE), 50)
    row("alpha with its two-way interval from that state", read)
    stored = state.to_bytes()
    row(f"the same from its {len(stored):,} stored bytes", stopwatch(
        lambda: estimate(AgreementState.from_bytes(stored), "krippendorff_alpha", SCALE), 50
    ))  # fmt: skip
    return figure("alpha with its interval from a kept state", read * 1e3, "ms", most=LONGEST_READ * 1e3)


def resampled(rng: np.random.Generator) -> bool:
    """10,000 items, five ratings each, items resampled 1,000 times."""
    items, raters, codes = dense(rng, 10_000)
    table = AgreementState.from_ratings(items, raters, codes, 5).table()
    ratings = codes.reshape(-1, 5).T + 1.0
    counts = np.bincount(items * 5 + codes, minlength=50_000).reshape(10_000, 5)
    coefficient = alpha(SCALE)
    ours = stopwatch(lambda: bootstrap_items(table, coefficient, RESAMPLES, seed=1), 15)
    looped = stopwatch(
        lambda: krippendorff.alpha(
            reliability_data=ratings[:, rng.integers(0, 10_000, 10_000)],
            value_domain=DOMAIN,
            level_of_measurement="ordinal",
        ),
        LOOP_ROUNDS,
    )
    counted = stopwatch(lambda: library(counts[rng.integers(0, 10_000, 10_000)]), LOOP_ROUNDS)
    theirs = looped * RESAMPLES
    row(f"alpha resampled {RESAMPLES:,} times, 10,000 items × 5", ours)
    row(f"the same in a loop over krippendorff (from {LOOP_ROUNDS} rounds)", theirs)
    row("the same, the loop given value counts", counted * RESAMPLES)
    given_counts = counted * RESAMPLES / ours
    print(f"{'  times as fast as the loop given value counts':<66}{given_counts:>10,.2f}")
    return figure(
        "alpha resampled 1,000 times / a loop over krippendorff", theirs / ours, "×", least=LEAST_RATIO
    )


def dense(rng: np.random.Generator, n_items: int) -> Table:
    items = np.repeat(np.arange(n_items), 5)
    return items, np.tile(np.arange(5), n_items), answers(rng, items, n_items)


def answers(rng: np.random.Generator, items: np.ndarray, n_items: int) -> np.ndarray:
    """Codes within one category of what the item deserves."""
    deserved = rng.integers(0, 5, n_items)
    return np.clip(deserved[items] + rng.integers(-1, 2, len(items)), 0, 4)


def library(counts: np.ndarray) -> float:
    return float(krippendorff.alpha(value_counts=counts, value_domain=DOMAIN, level_of_measurement="ordinal"))


def stopwatch(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the median of several runs."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return float(np.median(times))


def row(what: str, seconds: float) -> None:
    print(f"{what:<66}{seconds * 1e3:>10,.3f}")


if __name__ == "__main__":
    sys.exit(main())
