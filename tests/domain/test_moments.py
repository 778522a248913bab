"""A task summed up: values, covariances, storage."""

from __future__ import annotations

import numpy as np
import pytest

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
