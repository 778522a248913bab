"""How long a Bradley-Terry board of 1,000,000 votes takes with two-way clustered intervals, next to evalica.

    python bench/stats_ranking.py [--votes 1000000] [--systems 100] [--rounds 9]

Ours starts from kept-up counts after one more vote, as on a live board, and gives ratings, the order effect
and intervals clustered by rater and item. evalica starts from the rows, as it has no counts to keep, and gives
the ratings alone: one fit, no interval. How long one of its fits takes, times 100 resamples, is printed for what
a percentile bootstrap by votes would cost at the least; arena-rank and FastChat, which are not dependencies,
are run by stats_ranking_peers.py. Best of several rounds for both sides. The
exit status is 1 when the intervals take 60 ms or more, or the fit is less than 20 times as fast as evalica's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import evalica
import numpy as np
from scipy.special import expit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured.figures import figure

from leaderboard.domain.ranking import OUTCOMES, Vote, VoteCounts, from_bytes, rank, to_bytes
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.connectivity import connectivity
from leaderboard.domain.ranking.covariance import meats, sandwich

LONGEST, LEAST_RATIO = 0.060, 20.0  # seconds, times
RATERS, ITEMS, RESAMPLES = 2_000, 5_000, 100
WINNERS = (evalica.Winner.X, evalica.Winner.Draw, evalica.Winner.Y)


def main() -> int:
    asked = arguments()
    votes = drawn(asked.votes, asked.systems)
    print(f"{asked.votes:,} votes, {asked.systems} systems, {RATERS:,} raters, {ITEMS:,} items\n")
    counts, seconds = once(lambda: VoteCounts.of_columns(*votes))
    row("counting the votes, once", seconds)
    stored, seconds = once(lambda: to_bytes(counts))
    row("storing the counts", seconds, f"{len(stored) / 2**20:.1f} MiB")
    row("reading them back", once(lambda: from_bytes(stored))[1])
    fitting(counts, asked.rounds)
    one_more = Vote("m001", "m002", "tie", "r7", "q11")
    row("one more vote", best(lambda: counts.add(one_more), asked.rounds))
    intervals = best(lambda: with_intervals(counts), asked.rounds)
    row("ratings and two-way intervals", intervals, "evalica has none")
    row("the same and simultaneous rank ranges", best(lambda: rank(counts), asked.rounds))
    point = best(lambda: fit(counts.cells), asked.rounds)
    theirs = rows_to_fit(votes, asked.rounds)
    row("evalica, one fit from rows", theirs, f"times {RESAMPLES} resamples: {theirs * RESAMPLES:.0f} s")
    row("ours, one fit from counts", point)
    check(counts, votes)
    alike, ratio = theirs / intervals, theirs / point
    print(f"\nwith intervals {alike:.0f} times as fast as evalica's fit without")
    fast = figure("Bradley-Terry fit / evalica's, 1,000,000 votes", ratio, "×", least=LEAST_RATIO)
    in_time = figure("Bradley-Terry with two-way intervals", intervals * 1e3, "ms", most=LONGEST * 1e3)
    return 0 if fast and in_time else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=1_000_000)
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


def drawn(n: int, size: int) -> tuple[list[str], ...]:
    """Columns of votes; a few raters cast most of them."""
    rng = np.random.default_rng(7)
    first = rng.integers(0, size, n)
    second = (first + rng.integers(1, size, n)) % size
    activity = rng.pareto(1.2, RATERS) + 0.2
    rater = rng.choice(RATERS, n, p=activity / activity.sum())
    theta = np.linspace(-1, 1, size)
    won = rng.random(n) < expit(theta[first] - theta[second] + 0.1)
    outcome = np.where(rng.random(n) < 0.15, 1, np.where(won, 0, 2))
    return (
        [f"m{at:03}" for at in first],
        [f"m{at:03}" for at in second],
        [OUTCOMES[at] for at in outcome],
        [f"r{at}" for at in rater],
        [f"q{at}" for at in rng.integers(0, ITEMS, n)],
    )


def with_intervals(counts: VoteCounts) -> np.ndarray:
    """Everything an interval needs, from counts that just took one more vote."""
    counts.add(Vote("m001", "m002", "first", "r7", "q11"))
    connectivity(counts.cells)
    fitted = fit(counts.cells)
    found = sandwich(fitted, meats(fitted, counts, np.arange(len(counts.systems))), "two-way")
    return np.sqrt(np.diag(found.theta))


def fitting(counts: VoteCounts, rounds: int) -> None:
    """The parts of the work, one by one."""
    among = np.arange(len(counts.systems))
    fitted = fit(counts.cells)
    found = meats(fitted, counts, among)
    row("  what can be ranked", best(lambda: connectivity(counts.cells), rounds))
    row("  Newton", best(lambda: fit(counts.cells), rounds))
    row("  scores of raters and items", best(lambda: meats(fitted, counts, among), rounds))
    row("  sandwich", best(lambda: sandwich(fitted, found, "two-way"), rounds))


def rows_to_fit(votes: tuple[list[str], ...], rounds: int) -> float:
    winners = [WINNERS[OUTCOMES.index(outcome)] for outcome in votes[2]]
    return best(lambda: evalica.bradley_terry(votes[0], votes[1], winners), max(2, rounds // 3))


def check(counts: VoteCounts, votes: tuple[list[str], ...]) -> None:
    """Both sides say the same, up to evalica's tolerance."""
    winners = [WINNERS[OUTCOMES.index(outcome)] for outcome in votes[2]]
    theirs = evalica.bradley_terry(votes[0], votes[1], winners, tolerance=1e-10, limit=10_000).scores
    anew = VoteCounts.of_columns(*votes)
    logits = np.log([theirs[system] for system in anew.systems])
    apart = np.abs(fit(anew.cells, order_effect=False).theta - (logits - logits.mean())).max()
    print(f"\nlargest difference from evalica on the same votes: {apart:.1e} logits")
    assert apart < 1e-5


def best(work: Callable[[], object], rounds: int) -> float:
    return min(once(work)[1] for _ in range(rounds))


def once(work: Callable[[], object]) -> tuple[object, float]:
    start = perf_counter()
    result = work()
    return result, perf_counter() - start


def row(name: str, seconds: float, remark: str = "") -> None:
    print(f"{name:<40}{seconds * 1e3:>12.2f} ms   {remark}")


if __name__ == "__main__":
    sys.exit(main())
