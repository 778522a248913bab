"""Moments of tasks and the boards made of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.domain.aggregation import MacroBoard, macro_average
from leaderboard.domain.moments import TaskMoments, covariances_with, difference_variances, task_moments

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


def test_variances_and_covariance_are_sums_of_products_over_items():
    # influences: A ¼ ¼ -¾ ¼, B ½ -½ -½ ½; n(n - 1) = 12
    # var A = (3/16 + 9/16) / 12 = 1/16; var B = 1/12; cov = (1/8 - 1/8 + 3/8 + 1/8) / 12 = 1/24
    found = moments_of([A, B])
    np.testing.assert_allclose(found.covariance, [[1 / 16, 1 / 24], [1 / 24, 1 / 12]])
    np.testing.assert_allclose(found.values, [0.75, 0.5])
    assert (found.n_items, found.n_clusters, found.statuses) == (4, 4, ("ok", "ok"))


def test_items_of_one_cluster_are_added_up_before_they_are_squared():
    # clusters 1-2 and 3-4: sums of A ½, -½, of B 0, 0; G / ((G - 1) n²) = 2/16
    # var A = (¼ + ¼) · 2/16 = 1/16, var B = 0
    found = moments_of([A, B], clusters=np.array([7, 7, 3, 3]))
    np.testing.assert_allclose(found.covariance, [[1 / 16, 0], [0, 0]])
    assert (found.n_items, found.n_clusters) == (4, 2)


def test_clusters_of_one_item_each_change_nothing():
    scores = random_task(np.random.default_rng(1))
    codes = np.random.default_rng(2).permutation(scores.shape[1])
    plain, clustered = moments_of(scores), moments_of(scores, clusters=codes)
    np.testing.assert_allclose(clustered.covariance, plain.covariance, rtol=1e-12)
    assert clustered.n_clusters == plain.n_items


@pytest.mark.parametrize("clusters", [None, np.arange(60) // 3])
def test_adding_systems_one_by_one_equals_all_at_once(clusters):
    scores = random_task(np.random.default_rng(3))
    influences = scores - scores.mean(axis=1, keepdims=True)
    grown = moments_of(scores[:1], clusters=clusters)
    for place in (1, 2, 3):
        products = covariances_with(influences[:place], influences[place], clusters)
        grown = grown.with_system(place + 1, float(scores[place].mean()), products)
    whole = moments_of(scores, clusters=clusters)
    np.testing.assert_allclose(grown.covariance, whole.covariance, rtol=1e-12, atol=1e-18)
    assert (grown.systems, grown.values.tolist()) == (whole.systems, whole.values.tolist())


def test_a_system_without_a_value_has_no_variance_either_way_it_is_added():
    influences = np.array([A - A.mean(), np.zeros(4)])
    at_once = task_moments([1, 2], [0.75, None], influences, statuses=["ok", "undefined_no_positives"])
    products = covariances_with(influences[:1], influences[1])
    later = moments_of([A]).with_system(2, None, products, "undefined_no_positives")
    third = later.with_system(3, 0.5, covariances_with(influences, B - B.mean()))
    for found in (at_once, later):
        assert found.statuses == ("ok", "undefined_no_positives")
        np.testing.assert_array_equal(np.isnan(found.values), [False, True])
        np.testing.assert_array_equal(np.isnan(found.covariance), [[False, True], [True, True]])
    np.testing.assert_array_equal(np.isnan(third.covariance[2]), [False, True, False])


def test_what_is_stored_comes_back():
    scores = random_task(np.random.default_rng(4), size=5)
    influences = scores - scores.mean(axis=1, keepdims=True)
    statuses = ["ok", "ok", "too_few_items", "undefined_no_items", "ok"]
    values = [0.1, 0.2, 0.3, None, 1 / 3]
    kept = task_moments([5, 2**40, 3, 4, 1], values, influences, np.arange(60) // 2, statuses)
    back = TaskMoments.from_bytes(kept.to_bytes())
    assert (back.systems, back.n_items, back.n_clusters) == (kept.systems, 60, 30)
    assert back.statuses == tuple(statuses)
    np.testing.assert_array_equal(back.values, kept.values)  # to the last bit, unlike the covariances
    np.testing.assert_allclose(back.covariance, kept.covariance, rtol=1e-5, atol=1e-9)


def test_storing_does_not_blur_two_systems_that_differ_in_one_answer():
    # one of n answers differs: var(v_a - v_b) = (1/n - 1/n²) / (n - 1) = 1/n²
    n = 100_000
    nearly = (np.random.default_rng(5).random((1, n)) < 0.5).astype(float).repeat(3, axis=0)
    nearly[1, 0] = 1 - nearly[1, 0]
    back = TaskMoments.from_bytes(moments_of(nearly).to_bytes())
    spread = difference_variances(back.covariance)
    np.testing.assert_allclose(spread[0, 1], 1 / n**2, rtol=1e-5)
    assert spread[0, 2] == 0


@pytest.mark.parametrize("rounding", [-1e-15, 1e-15])
def test_a_difference_that_varies_by_rounding_alone_does_not_vary(rounding):
    spread = difference_variances(
        np.array([[2.0, 2.0 + rounding, 1.0], [2.0 + rounding, 2.0, 1.0], [1.0, 1.0, 1.0]])
    )
    np.testing.assert_array_equal(spread, [[0, 0, 1], [0, 0, 1], [1, 1, 0]])


def test_a_store_of_87_tasks_and_95_systems_stays_under_two_megabytes():
    # header 24 + ids, statuses and values 17 · 95 + triangle 4 · 95 · 96 / 2 = 19 879 bytes a task
    stored = moments_of(np.random.default_rng(6).random((95, 3))).to_bytes()
    assert len(stored) == 19_879
    assert 87 * len(stored) < 2e6


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"XX" + b[2:], lambda _: b""]
)
def test_damaged_bytes_are_refused(damage):
    with pytest.raises(ValueError, match="anew"):
        TaskMoments.from_bytes(damage(moments_of([A, B]).to_bytes()))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [0.5], [A, B]), "as many values"),
        (([1, 1], [0.5, 0.5], [A, B]), "twice"),
        (([1], [None], [A]), "needs a value"),
        (([1], [float("nan")], [A]), "needs a value"),
        (([1], [0.5], [A * np.nan]), "nan or infinity"),
        (([1], [0.5], [A], np.array([1, 2])), "cluster codes"),
        (([1], [0.5], [np.zeros(0)]), "without items"),
    ],
)
def test_moments_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        task_moments(*arguments)


def test_a_system_is_not_added_twice_nor_with_too_few_covariances():
    with pytest.raises(ValueError, match="already"):
        moments_of([A]).with_system(1, 0.5, np.zeros(2))
    with pytest.raises(ValueError, match="need 2 covariances"):
        moments_of([A]).with_system(2, 0.5, np.zeros(1))


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
