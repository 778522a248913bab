"""Printed scores: tasks are the sample, and no order is claimed that other tasks like these would not show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from leaderboard.domain.order import ranges_of
from leaderboard.domain.printed_order import printed_board, printed_places


def test_two_systems_are_compared_as_a_paired_t_test_over_tasks_does() -> None:
    rng = np.random.default_rng(5)
    scores = np.clip(rng.normal(0.6, 0.2, (2, 12)), 0, 1)
    board = printed_board(scores, seed=1)
    expected = stats.ttest_rel(scores[0], scores[1])
    assert board.matrix is not None
    assert board.matrix.p[0, 1] == pytest.approx(expected.pvalue)
    own = stats.ttest_1samp(scores[0], 0).confidence_interval(0.95)
    assert (board.low[0], board.high[0]) == (pytest.approx(own.low), pytest.approx(own.high))


def test_equal_weights_are_no_weights() -> None:
    scores = np.random.default_rng(6).uniform(size=(4, 9))
    plain, weighed = printed_board(scores, seed=1), printed_board(scores, np.full(9, 3.0), seed=1)
    assert weighed.means == pytest.approx(plain.means)
    assert weighed.low == pytest.approx(plain.low)


def test_a_weight_of_nearly_everything_is_that_task_with_an_interval_over_the_whole_scale() -> None:
    scores = np.random.default_rng(7).uniform(0.2, 0.8, (3, 10))
    board = printed_board(scores, np.array([1e9, *np.ones(9)]), seed=1)
    assert board.means == pytest.approx(scores[:, 0], abs=1e-6)


@pytest.mark.parametrize("tasks", [0, 1, 7])
def test_few_tasks_give_means_and_nothing_more(tasks: int) -> None:
    scores = np.random.default_rng(8).uniform(size=(5, max(tasks, 1)))
    board = printed_board(scores[:, : max(tasks, 1)], seed=1)
    assert board.matrix is None
    assert np.isnan(board.low).all()
    assert np.isfinite(board.means).all()


def test_false_orders_are_rare_with_more_systems_than_tasks() -> None:
    rng = np.random.default_rng(9)
    wrong = 0
    rounds = 200
    for number in range(rounds):
        difficulty = rng.normal(0.5, 0.15, 20)
        scores = difficulty + rng.normal(0, 0.05, (40, 20))  # no system is better than another
        matrix = printed_board(scores, bounded=False, seed=number).matrix
        assert matrix is not None
        wrong += int(ranges_of(matrix).band.max() > 1 or (ranges_of(matrix).low > 1).any())
    assert wrong <= stats.binom.ppf(0.999, rounds, 0.05)


def test_clear_differences_are_found() -> None:
    rng = np.random.default_rng(10)
    scores = rng.normal(0.5, 0.15, 30) + rng.normal(0, 0.03, (10, 30)) + np.linspace(0.2, 0, 10)[:, None]
    matrix = printed_board(scores, bounded=False, seed=1).matrix
    assert matrix is not None
    ranges = ranges_of(matrix)
    assert ranges.high[0] < 4
    assert ranges.low[9] > 6


def test_places_follow_the_printed_rule() -> None:
    means = np.array([0.50004, 0.50001, 0.7, 0.4, 0.50004])
    assert printed_places(means, 2, "shared") == [2, 2, 1, 5, 2]
    assert printed_places(means, 2, "exact") == [2, 4, 1, 5, 3]
    assert printed_places(means, 3, "shared") == [2, 4, 1, 5, 2]
