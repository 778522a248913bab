"""Boards made of the moments of tasks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.aggregation import MacroBoard, macro_average
from leaderboard.domain.moments import TaskMoments, difference_variances, task_moments

# two systems on four items: A gets 1 1 0 1, B gets 1 0 0 1
A = np.array([1.0, 1.0, 0.0, 1.0])
B = np.array([1.0, 0.0, 0.0, 1.0])


def moments_of(scores, systems=None, clusters=None):
    scores = np.asarray(scores, dtype=float)
    means = scores.mean(axis=1)
    names = range(1, len(scores) + 1) if systems is None else systems
    return task_moments(list(names), means.tolist(), scores - means[:, None], clusters)


def random_task(rng, size=4, n=60):
    ability, difficulty = np.linspace(-0.5, 0.5, size), rng.normal(size=n)
    return (ability[:, None] + difficulty + rng.normal(size=(size, n)) > 0).astype(float)


def test_the_board_of_two_tasks_is_their_mean():
    # task 1: A ¾, B ½ with the covariance above; task 2, two items: A 1 0, B 1 1
    # var A there = (¼ + ¼) / 2 = ¼, B does not vary
    board = macro_average([moments_of([A, B]), moments_of([[1, 0], [1, 1]])])
    np.testing.assert_allclose(board.values, [(0.75 + 0.5) / 2, (0.5 + 1) / 2])
    np.testing.assert_allclose(board.covariance, [[(1 / 16 + 1 / 4) / 4, 1 / 96], [1 / 96, 1 / 48]])
    # Satterthwaite for A: (1/64 + 1/16)² / ((1/64)² / 3 + (1/16)² / 1) = 25 / (1/3 + 16) = 75/49
    # for B only task 1 varies: its 3
    np.testing.assert_allclose(board.df, [75 / 49, 3])
    # A - B: in task 1 1/16 + 1/12 - 1/12 = 1/16, in task 2 ¼: the same two parts as A's own
    np.testing.assert_allclose(board.pair_df[0, 1], 75 / 49)
    np.testing.assert_allclose(board.standard_errors[1], np.sqrt(1 / 48))
    assert (board.n_tasks, board.n_items) == (2, 6)


def test_weights_are_shares_of_their_sum():
    tasks = [moments_of([A, B]), moments_of([[1, 0], [1, 1]])]
    board = macro_average(tasks, [3, 1])
    np.testing.assert_allclose(board.values, [0.75 * 0.75 + 0.25 * 0.5, 0.75 * 0.5 + 0.25])
    np.testing.assert_allclose(board.covariance[0, 0], 9 / 16 / 16 + 1 / 16 / 4)


def test_the_interval_of_one_task_is_a_t_interval_with_its_clusters_less_one():
    # A: ¾ ± t(3) · ¼, t(3) = 3.182446 → -0.0456 to 1.5456; a share is cut at 0 and 1
    board = macro_average([moments_of([A, B])], bounded=False)
    assert board.df.tolist() == [3, 3]
    np.testing.assert_allclose([board.low[0], board.high[0]], [-0.0456115, 1.5456115], atol=1e-6)
    cut = macro_average([moments_of([A, B])])
    assert (cut.low[0], cut.high[0]) == (0, 1)


def test_one_task_shows_the_metrics_own_interval():
    board = macro_average([moments_of([A, B])], own_intervals={1: (0.3, 0.95)})
    assert (board.low[0], board.high[0]) == (0.3, 0.95)
    assert board.high[1] == 1
    with pytest.raises(ValueError, match="one task"):
        macro_average([moments_of([A]), moments_of([A])], own_intervals={1: (0.3, 0.95)})


def test_a_system_without_all_tasks_is_listed_and_not_averaged():
    second = task_moments(
        [1, 3], [0.5, None], [B - 0.5, np.zeros(4)], statuses=["ok", "undefined_no_variation"]
    )
    board = macro_average([moments_of([A, B, A]), second])
    assert board.systems == (1,)
    two, three = board.incomplete
    assert (two.system, two.missing, two.undefined, two.n_missing) == (2, (1,), (), 1)
    assert (three.system, three.missing, three.undefined) == (3, (), ((1, "undefined_no_variation"),))


def test_a_task_without_items_leaves_everybody_incomplete():
    # a hidden split may hold none of a task's items
    empty = task_moments([1, 2], [None, None], np.zeros((2, 0)), np.zeros(0, int), ["undefined_no_items"] * 2)
    board = macro_average([moments_of([A, B]), TaskMoments.from_bytes(empty.to_bytes())])
    assert board.systems == ()
    assert [gap.undefined for gap in board.incomplete] == [((1, "undefined_no_items"),)] * 2


def test_a_board_of_chosen_systems_names_those_that_never_answered():
    board = macro_average([moments_of([A, B, A])], systems=[3, 1, 9])
    assert board.systems == (1, 3)
    assert [(gap.system, gap.missing) for gap in board.incomplete] == [(9, (0,))]


def test_a_board_on_which_nobody_is_complete_is_empty():
    board = macro_average([moments_of([A], [1]), moments_of([B], [2])])
    assert board.systems == ()
    assert board.values.shape == (0,)
    assert [gap.system for gap in board.incomplete] == [1, 2]


def test_a_value_from_too_few_items_counts_but_has_no_interval():
    few = task_moments([1, 2], [1.0, 0.5], [A * 0, B - 0.5], statuses=["too_few_items", "ok"])
    board = macro_average([few, moments_of([A, B])])
    assert board.values[0] == pytest.approx(0.875)
    assert np.isnan([board.standard_errors[0], board.low[0], board.high[0]]).all()
    assert np.isfinite([board.standard_errors[1], board.low[1], board.high[1]]).all()


def test_items_of_a_single_cluster_say_nothing_of_the_uncertainty():
    board = macro_average([moments_of([A, B], clusters=np.zeros(4, dtype=int))])
    assert board.values.tolist() == [0.75, 0.5]
    assert np.isnan(board.standard_errors).all()
    assert np.isnan(board.low).all()


def test_answers_that_all_scored_alike_have_rule_of_three_limits():
    # ten items all right: fewer than 1 - 0.05^(1/10) = 25.9 % can be of another kind; all wrong likewise
    task = moments_of([np.ones(10), np.zeros(10)])
    board = macro_average([task, task])
    np.testing.assert_allclose(board.low, [0.05**0.1, 0])
    np.testing.assert_allclose(board.high, [1, 1 - 0.05**0.1])
    unbounded = macro_average([task, task], bounded=False)
    assert np.isnan(unbounded.low).all()
    assert np.isnan(unbounded.high).all()


@pytest.mark.parametrize("weights", [[1.0], [1, 0], [1, -1], [1, np.nan]])
def test_weights_must_be_positive_and_one_a_task(weights):
    with pytest.raises(ValueError, match="positive weights"):
        macro_average([moments_of([A]), moments_of([B])], weights)


def test_a_slice_without_tasks_is_refused():
    with pytest.raises(ValueError, match="at least one task"):
        macro_average([])


def paired_bootstrap(tasks, codes, resamples, rng):
    """(B, S) macro-averages; whole clusters are drawn, the same for every system."""
    total = np.zeros((resamples, len(tasks[0])))
    for scores, clusters in zip(tasks, codes, strict=True):
        groups = clusters.max() + 1
        drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=resamples)[:, clusters]
        total += (drawn @ scores.T) / drawn.sum(axis=1, keepdims=True)
    return total / len(tasks)


@pytest.mark.parametrize("per_cluster", [1, 3])
def test_standard_errors_are_those_of_a_paired_bootstrap(per_cluster):
    # 4 000 resamples know an SE to 1 / √8000 = 1.1 %; resampling G clusters also leaves out G/(G - 1),
    # at most 0.6 % of the SE here. Tolerance: 6 %, five Monte-Carlo errors.
    rng = np.random.default_rng(7)
    tasks = [random_task(rng, n=n) for n in (240, 300, 360)]
    codes = [np.arange(task.shape[1]) // per_cluster for task in tasks]
    resampled = paired_bootstrap(tasks, codes, 4_000, rng)
    board = macro_average([moments_of(task, clusters=code) for task, code in zip(tasks, codes, strict=True)])
    np.testing.assert_allclose(resampled.std(axis=0, ddof=1), board.standard_errors, rtol=0.06)
    pairs = np.triu_indices(4, 1)
    apart = resampled[:, pairs[0]] - resampled[:, pairs[1]]
    expected = np.sqrt(difference_variances(board.covariance))[pairs]
    np.testing.assert_allclose(apart.std(axis=0, ddof=1), expected, rtol=0.06)


def test_intervals_hold_the_truth_as_often_as_they_say():
    # 500 boards of one system, three tasks of 12, 20 and 40 items: 95 % ± 3 Monte-Carlo errors of 1 %
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(500):
        tasks = [moments_of(rng.beta(2, 2, size=(1, n))) for n in (12, 20, 40)]
        board = macro_average(tasks)
        held += bool(board.low[0] <= 0.5 <= board.high[0])
    assert 0.92 <= held / 500 <= 0.98


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.permutations(range(5)), st.permutations(range(3)))
def test_neither_the_order_of_systems_nor_of_tasks_changes_a_board(seed, systems, tasks):
    rng = np.random.default_rng(seed)
    scores = [random_task(rng, size=5, n=n) for n in (10, 20, 30)]
    board = macro_average([moments_of(task) for task in scores])
    shuffled = macro_average(
        [moments_of(scores[t][list(systems)], systems=[s + 1 for s in systems]) for t in tasks]
    )
    assert shuffled.systems == board.systems
    for name in ("values", "covariance", "standard_errors", "low", "high", "df", "pair_df"):
        np.testing.assert_allclose(getattr(shuffled, name), getattr(board, name), rtol=1e-9, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_board_from_storage_is_the_board(seed):
    rng = np.random.default_rng(seed)
    tasks = [moments_of(random_task(rng, n=n)) for n in (15, 40)]
    fresh: MacroBoard = macro_average(tasks)
    stored = macro_average([TaskMoments.from_bytes(task.to_bytes()) for task in tasks])
    np.testing.assert_array_equal(stored.values, fresh.values)
    np.testing.assert_allclose(stored.standard_errors, fresh.standard_errors, rtol=1e-6)
    np.testing.assert_allclose(stored.covariance, fresh.covariance, rtol=1e-5, atol=1e-8)
