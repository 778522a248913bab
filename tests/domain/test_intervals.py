"""Intervals against libraries, worked sums, brute force and simulation."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.influence import cluster_codes, variance
from evaluation.domain.intervals import from_mean, from_sums, rule_of_three, wilson
from evaluation.domain.metrics.sets import micro_f1

TABLES = st.integers(3, 25).flatmap(
    lambda n: arrays(np.float64, (n, 3), elements=st.integers(0, 4).map(float), fill=st.nothing())
)


def read(n: int) -> np.ndarray:
    return np.zeros(n, dtype=np.bool_)


def f1_of(table: Floats, clusters: np.ndarray | None = None) -> Estimate:
    return from_sums("f1", table, read(len(table)), micro_f1, np.zeros(len(table)), clusters=clusters)


def without_each(table: Floats, codes: np.ndarray) -> np.ndarray:
    """F1 with each cluster really deleted, one at a time."""
    return np.array([micro_f1(table[codes != g].sum(axis=0)[None])[0] for g in range(codes.max() + 1)])


def test_wilson_by_hand() -> None:
    # 8 of 10, z = 1.959964, z² = 3.841459
    # middle = (0.8 + 3.841459/20) / (1 + 0.3841459) = 0.9920729 / 1.3841459 = 0.716740
    # half = 1.959964 * sqrt(0.16/10 + 3.841459/400) / 1.3841459 = 0.226578
    assert wilson(8, 10) == pytest.approx((0.490162, 0.943318), abs=1e-6)


@settings(deadline=None)
@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_equals_scipy(sample: tuple[int, int]) -> None:
    reference = stats.binomtest(*sample).proportion_ci(0.95, method="wilson")
    assert wilson(*sample) == pytest.approx((reference.low, reference.high), abs=1e-12)


def test_wilson_reaches_the_end_it_observed_and_never_closes_up() -> None:
    assert wilson(0, 10)[0] == 0.0
    assert wilson(0, 10)[1] > 0.2
    assert wilson(10, 10)[1] == 1.0
    assert wilson(10, 10)[0] < 0.8


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 5), (1, nan)])
def test_wilson_refuses_impossible_counts(successes: float, n: float) -> None:
    with pytest.raises(ValueError, match="0 <= successes <= n"):
        wilson(successes, n)


def test_rule_of_three_is_one_minus_the_nth_root_of_five_percent() -> None:
    # no event in 100: 1 - 0.05^(1/100) = 0.029513, about 3/100
    low, high = rule_of_three(0.0, 100)
    assert (low, high) == (0.0, pytest.approx(0.029513, abs=1e-6))
    # at 0.5 half of what was not seen can pull either way
    assert rule_of_three(0.5, 100) == pytest.approx((0.5 - 0.029513 / 2, 0.5 + 0.029513 / 2), abs=1e-6)


@settings(deadline=None)
@given(TABLES)
def test_jackknife_equals_deleting_every_item(table: Floats) -> None:
    found = f1_of(table)
    deleted = without_each(table, np.arange(len(table)))
    if found.status != "ok":
        assert np.isnan(deleted).any() or np.count_nonzero(table.any(axis=1)) < 2
        return
    n = len(table)
    brute = (n - 1) / n * np.sum((deleted - deleted.mean()) ** 2)
    assert variance(found.influence) == pytest.approx(brute, abs=1e-12)
    assert found.influence == pytest.approx((n - 1) * (deleted.mean() - deleted), abs=1e-9)
    assert abs(found.influence.sum()) < 1e-9


@settings(deadline=None)
@given(TABLES, st.data())
def test_clustered_jackknife_equals_deleting_every_cluster(table: Floats, data: st.DataObject) -> None:
    clusters = data.draw(arrays(np.int64, len(table), elements=st.integers(0, 5), fill=st.nothing()))
    codes = cluster_codes(clusters)
    found = f1_of(table, clusters)
    if found.status != "ok" or codes is None:
        return
    deleted = without_each(table, codes)
    groups = len(deleted)
    brute = (groups - 1) / groups * np.sum((deleted - deleted.mean()) ** 2)
    assert variance(found.influence, codes) == pytest.approx(brute, abs=1e-12)
    of_clusters = (groups - 1) * (deleted.mean() - deleted) * len(table) / groups
    assert np.bincount(codes, weights=found.influence) == pytest.approx(of_clusters, abs=1e-9)


def test_f1_interval_by_hand() -> None:
    # tp fp fn of three items: sums 4 1 2, F1 = 2·4 / (2·4 + 1 + 2) = 8/11
    table = np.array([[2.0, 0, 1], [1, 1, 0], [1, 0, 1]])
    # without item 1: tp 2 fp 1 fn 1 → 4/6; item 2: tp 3 fp 0 fn 2 → 6/8; item 3: tp 3 fp 1 fn 1 → 6/8
    deleted = np.array([4 / 6, 6 / 8, 6 / 8])
    half = stats.t.ppf(0.975, 2) * np.sqrt(2 / 3 * np.sum((deleted - deleted.mean()) ** 2))
    found = f1_of(table)
    assert found.value == pytest.approx(8 / 11)
    assert (found.low, found.high) == pytest.approx((8 / 11 - half, min(1, 8 / 11 + half)))
    assert found.interval == "jackknife-t"


def test_items_that_are_their_own_clusters_are_independent_items() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(0, 4, (40, 3)).astype(float)
    own = rng.permutation(40)
    alone, clustered = f1_of(table), f1_of(table, own)
    assert (alone.low, alone.high) == (clustered.low, clustered.high)
    scores = (rng.random(40) < 0.7).astype(float)
    plain = from_mean("accuracy", scores, read(40), method="wilson")
    assert from_mean("accuracy", scores, read(40), method="wilson", clusters=own).high == plain.high


def test_a_mean_has_the_deviations_as_influence_and_the_textbook_interval() -> None:
    scores = np.array([0.2, 0.5, 0.9, 0.4])
    found = from_mean("composite", scores, read(4))
    assert found.influence == pytest.approx(scores - 0.5)
    reference = stats.t.interval(0.95, 3, loc=0.5, scale=stats.sem(scores))
    assert (found.low, found.high) == pytest.approx(reference)


def test_a_share_is_wilson() -> None:
    scores = np.array([1.0] * 8 + [0.0] * 2)
    found = from_mean("accuracy", scores, read(10), method="wilson")
    assert (found.low, found.high) == pytest.approx(wilson(8, 10))
    assert found.interval == "wilson"


def test_the_effective_number_of_items_is_the_design_effect_of_the_icc() -> None:
    """For clusters of m items each: n / (1 + (m - 1) ICC), ICC from the analysis of variance."""
    rng = np.random.default_rng(4)
    groups, size = 30, 6
    chance = rng.beta(2, 1, groups)
    scores = (rng.random((groups, size)) < chance[:, None]).astype(float)
    between = size * scores.mean(axis=1).var(ddof=1)
    within = scores.var(axis=1, ddof=1).mean()
    icc = (between - within) / (between + (size - 1) * within)
    effective = scores.size / (1 + (size - 1) * icc)
    found = from_mean(
        "accuracy",
        scores.ravel(),
        read(scores.size),
        clusters=np.repeat(np.arange(groups), size),
        method="wilson",
    )
    expected = wilson(scores.mean() * effective, effective, stats.t.ppf(0.975, groups - 1))
    assert effective < scores.size
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.interval == "cluster wilson"


def test_clustered_shares_at_the_end_count_clusters_not_items() -> None:
    found = from_mean(
        "accuracy", np.ones(60), read(60), clusters=np.repeat(np.arange(6), 10), method="wilson"
    )
    assert (found.low, found.high) == pytest.approx(wilson(6, 6, stats.t.ppf(0.975, 5)))


def test_clusters_that_balance_out_do_not_make_the_interval_narrower_than_independence() -> None:
    # one right and one wrong in every pair: the clusters do not vary at all
    found = from_mean(
        "accuracy", np.tile([0.0, 1.0], 50), read(100), clusters=np.repeat(np.arange(50), 2), method="wilson"
    )
    assert (found.low, found.high) == pytest.approx(wilson(50, 100, stats.t.ppf(0.975, 49)))


def test_no_items_is_undefined() -> None:
    for found in (f1_of(np.empty((0, 3))), from_mean("accuracy", np.empty(0), read(0), method="wilson")):
        assert (found.value, found.low, found.status, found.n_items) == (None, None, "undefined_no_items", 0)


def test_one_item_has_a_value_and_no_interval() -> None:
    for found in (f1_of(np.array([[1.0, 1, 0]])), from_mean("accuracy", np.ones(1), read(1))):
        assert found.value is not None
        assert (found.low, found.high, found.status) == (None, None, "too_few_items")


def test_one_cluster_has_a_value_and_no_interval() -> None:
    together = np.zeros(5, dtype=np.int64)
    for found in (
        f1_of(np.ones((5, 3)), together),
        from_mean("accuracy", np.array([1.0, 0, 1, 1, 0]), read(5), clusters=together, method="wilson"),
    ):
        assert found.value is not None
        assert (found.low, found.status) == (None, "too_few_items")


def test_nothing_to_find_and_nothing_found_is_undefined() -> None:
    found = f1_of(np.zeros((7, 3)))
    assert (found.value, found.low, found.status) == (None, None, "undefined_no_positives")


def test_a_value_that_hangs_on_one_item_has_no_interval() -> None:
    found = f1_of(np.array([[3.0, 1, 0], [0, 0, 0], [0, 0, 0]]))
    assert (found.value, found.low, found.status) == (pytest.approx(6 / 7), None, "too_few_items")


def test_a_perfect_score_has_the_rule_of_three_over_the_items_that_count() -> None:
    # 20 items, 5 of them with entities: the other 15 say nothing about F1
    table = np.zeros((20, 3))
    table[:5, 0] = 2
    found = f1_of(table)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.05 ** (1 / 5))
    assert found.interval == "rule-of-three"


def test_a_variance_needs_two_of_what_is_deleted() -> None:
    with pytest.raises(ValueError, match="two items or clusters"):
        variance(np.ones(3), np.zeros(3, dtype=np.int64))


def test_figures_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="counts of f1 hold nan or infinity"):
        f1_of(np.array([[1.0, nan, 0], [1, 0, 0]]))
    with pytest.raises(ValueError, match="scores of accuracy hold nan"):
        from_mean("accuracy", np.array([1.0, inf, 0.0]), read(3))


@settings(deadline=None)
@given(TABLES, st.booleans())
def test_estimates_are_ordered_inside_their_range_and_never_nan(table: Floats, clustered: bool) -> None:
    clusters = np.arange(len(table)) // 3 if clustered else None
    found = f1_of(table, clusters)
    assert np.isfinite(found.influence).all()
    if found.status == "ok":
        assert found.value is not None and found.low is not None and found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high
    else:
        assert (found.low, found.high) == (None, None)


def test_a_part_of_the_rows_at_a_time_is_the_same_sum() -> None:
    """Above 2^18 cells the deletions are worked on in parts."""
    rng = np.random.default_rng(2)
    table = rng.integers(0, 3, (100_000, 3)).astype(float)
    found = f1_of(table)
    total = table.sum(axis=0)
    deleted = micro_f1(total - table)
    assert found.influence == pytest.approx((len(table) - 1) * (deleted.mean() - deleted))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_items_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 4, (30, 3)).astype(float)
    order = rng.permutation(30)
    one, other = f1_of(table), f1_of(table[order])
    assert (one.low, one.high) == pytest.approx((other.low, other.high))
    assert one.influence[order] == pytest.approx(other.influence)
