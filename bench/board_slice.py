"""How long a board takes for any slice of tasks: stored moments against a paired bootstrap of raw scores.

Run from the repository: python bench/board_slice.py [--systems 100] [--tasks 87] [--items 1000]

Times are of one core, as a web process has it, the best of several rounds. Memory is what the moments of all tasks
hold and the most that a slice needs beside them. The exit status is 1 when a slice takes 100 ms or the
statistics 50 MB.
"""

from __future__ import annotations

import argparse
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the web processes: one a core

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured.figures import figure

from leaderboard.domain.aggregation import macro_average
from leaderboard.domain.moments import TaskMoments, task_moments
from leaderboard.domain.order import ranges_of
from leaderboard.domain.significance import significance_matrix

LONGEST, MOST_MEMORY = 0.100, 50.0  # seconds, MB
Scores = npt.NDArray[np.float64]


def main() -> int:
    asked = _arguments()
    rng = np.random.default_rng(asked.seed)
    tasks = [_scores(asked.systems, asked.items, rng) for _ in range(asked.tasks)]
    print(
        f"{asked.systems} systems x {asked.tasks} tasks x {asked.items} items = "
        f"{sum(task.size for task in tasks):,} scores; best of {asked.rounds} rounds, seed {asked.seed}\n"
    )
    write, stored = _best(1, lambda: [_moments(task).to_bytes() for task in tasks])
    read, moments = _best(asked.rounds, lambda: [TaskMoments.from_bytes(task) for task in stored])
    average, board = _best(asked.rounds, lambda: macro_average(moments))
    judge, matrix = _best(
        asked.rounds,
        lambda: significance_matrix(board.values, board.covariance, board.pair_df, seed=asked.seed),
    )
    rank, ranges = _best(asked.rounds, lambda: ranges_of(matrix))
    third, _ = _best(asked.rounds, lambda: _board(moments[::3], asked.seed))
    resample, boot = _best(1, lambda: _bootstrap(tasks, asked.resamples, rng))
    slice_time = average + judge + rank
    held, beside = _memory(moments, asked.seed)
    _print_table(
        [
            ("once a task: moments from raw scores, packed", write, f"{sum(map(len, stored)) / 1e6:.2f} MB"),
            ("moments read back from bytes", read, ""),
            ("means, covariance, intervals", average, ""),
            ("all pairs: max-T and Holm, 4,000 draws", judge, f"{matrix.n_comparisons:,} pairs"),
            ("rank ranges and tie bands", rank, f"{ranges.band.max()} bands"),
            ("the whole slice, moments in memory", slice_time, ""),
            ("the whole slice, moments as bytes", slice_time + read, ""),
            ("a slice of every third task, in memory", third, f"{len(moments[::3])} tasks"),
            (
                "moments of all tasks, and beside them for a slice",
                float("nan"),
                f"{held:.1f} MB + {beside:.1f} MB",
            ),
            (f"paired bootstrap, {asked.resamples:,} resamples: means alone", resample, ""),
        ]
    )
    errors = boot.std(axis=0, ddof=1) / board.standard_errors
    print(
        f"\nbootstrap / slice from bytes: {resample / (slice_time + read):.0f} times as long\n"
        f"bootstrap SE / closed-form SE: mean {errors.mean():.4f}, {errors.min():.3f} to {errors.max():.3f}"
    )
    limit = LONGEST * 1e3
    kept = [
        figure("slice with intervals, rank ranges and matrix", slice_time * 1e3, "ms", most=limit),
        figure("the same of every third task", third * 1e3, "ms", most=limit),
        figure("memory of the slice's statistics", held + beside, "MB", most=MOST_MEMORY),
    ]
    return 0 if all(kept) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--tasks", type=int, default=87)
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--resamples", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=20_261_121)
    return parser.parse_args()


def _scores(systems: int, items: int, rng: np.random.Generator) -> Scores:
    """(S, n) right or wrong; items differ in difficulty, systems in ability, and twins answer much alike."""
    ability, difficulty = np.linspace(-1, 1, systems), rng.normal(0, 1.5, items)
    shared = rng.normal(size=(systems // 5 + 1, items))[np.arange(systems) // 5]
    return (ability[:, None] - difficulty + shared + rng.logistic(size=(systems, items)) > 0).astype(
        np.float64
    )


def _moments(scores: Scores) -> TaskMoments:
    means = scores.mean(axis=1)
    return task_moments(range(len(scores)), means.tolist(), scores - means[:, None])


def _board(moments: list[TaskMoments], seed: int) -> Any:
    board = macro_average(moments)
    return ranges_of(significance_matrix(board.values, board.covariance, board.pair_df, seed=seed))


def _memory(moments: list[TaskMoments], seed: int) -> tuple[float, float]:
    """MB that the moments hold, and the most that a board made of them needs beside them."""
    held = sum(task.covariance.nbytes + task.values.nbytes for task in moments)
    tracemalloc.start()
    _board(moments, seed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / 1e6, most / 1e6


def _bootstrap(tasks: list[Scores], resamples: int, rng: np.random.Generator) -> Scores:
    """(B, S) macro-averages: the same items drawn for all systems, task by task, one matrix product each."""
    total = np.zeros((resamples, len(tasks[0])))
    for scores in tasks:
        n = scores.shape[1]
        weights = rng.multinomial(n, np.full(n, 1 / n), size=resamples)
        total += weights @ scores.T / n
    return total / len(tasks)


def _best(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    times = []
    for _ in range(rounds):
        start = process_time()
        result = work()
        times.append(process_time() - start)
    return min(times), result


def _print_table(rows: list[tuple[str, float, str]]) -> None:
    for name, seconds, note in rows:
        shown = "" if seconds != seconds else f"{seconds * 1000:.1f} ms"
        print(f"{name:<58}{shown:>13}   {note}")


if __name__ == "__main__":
    sys.exit(main())
