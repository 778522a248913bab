"""From a vote that arrives to the new ranking: 1,000,000 stored votes, 100 systems, intervals clustered by rater.

    python bench/vote_to_ranking.py [--votes 1000000] [--systems 100] [--rounds 15]

Counts are kept up, so a vote changes three of them; then everything a board shows is made anew: what can be
ranked, the fit, its covariance clustered by raters and items, simultaneous rank ranges, bands and chances. The
first line is what it would take to count all votes again. All of it runs in one thread, as in a web process: the
limit holds for the time of a core, which is what passes on a machine that has one free; beside it stands what
passed. Each is the median of several rounds. The exit status is 1 when 50 ms are reached.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the web processes and workers: one a core

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured.figures import figure
from stats_ranking import drawn

from leaderboard.domain.ranking import RankingResult, Vote, VoteCounts, from_bytes, rank, to_bytes

LIMIT = 0.050  # seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    votes = drawn(asked.votes, asked.systems)
    print(f"{asked.votes:,} votes, {asked.systems} systems\n{'':<44}{'of a core, ms':>14}{'passed, ms':>12}")
    [counts] = row("all votes counted again", 1, lambda: VoteCounts.of_columns(*votes))[1]
    arrivals = iter(arriving(asked.systems))
    rank(counts)  # what a process that serves has done before
    row("a vote counted", asked.rounds, lambda: counts.add(next(arrivals)))
    row("a vote to the ranking, clustered by rater", asked.rounds, lambda: by_rater(counts, next(arrivals)))
    whole, _ = row("the same, by rater and item", asked.rounds, lambda: after(counts, next(arrivals)))
    check(counts)
    name = "a vote at 1,000,000 to the new clustered ranking"
    return 0 if figure(name, whole * 1e3, "ms", most=LIMIT * 1e3) else 1


def arriving(size: int) -> list[Vote]:
    rng = np.random.default_rng(11)
    pairs = [rng.choice(size, 2, replace=False) for _ in range(1_000)]
    return [
        Vote(f"m{a:03}", f"m{b:03}", "first" if n % 3 else "tie", f"r{n % 900}", f"q{n % 1_300}")
        for n, (a, b) in enumerate(pairs)
    ]


def after(counts: VoteCounts, vote: Vote) -> RankingResult:
    counts.add(vote)
    return rank(counts)


def by_rater(counts: VoteCounts, vote: Vote) -> RankingResult:
    counts.add(vote)
    return rank(counts, covariance="rater")


def check(counts: VoteCounts) -> None:
    """Kept-up counts rank as the same counts do when they are read back from where they are stored."""
    kept, anew = rank(counts), rank(from_bytes(to_bytes(counts)))
    assert kept.ranges is not None and anew.ranges is not None
    assert [one.system for one in kept.ratings] == [one.system for one in anew.ratings]
    assert np.array_equal(kept.ranges.low, anew.ranges.low) and np.array_equal(
        kept.ranges.high, anew.ranges.high
    )


def row(name: str, rounds: int, work: Callable[[], Any]) -> tuple[float, list[Any]]:
    """Print what one round takes; median seconds of a core, and what each round gave."""
    used, passed, results = [], [], []
    for _ in range(rounds):
        core, clock = process_time(), perf_counter()
        results.append(work())
        used.append(process_time() - core)
        passed.append(perf_counter() - clock)
    print(f"{name:<44}{np.median(used) * 1e3:>14.2f}{np.median(passed) * 1e3:>12.2f}")
    return float(np.median(used)), results


if __name__ == "__main__":
    sys.exit(main())
