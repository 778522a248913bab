"""Paired tests: Darwin's maize, McNemar's tables, brute-force flips, and how often they cry wolf."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import permutation_test
from statsmodels.stats.contingency_tables import cochrans_q, mcnemar

from evaluation.domain.paired import exact_mcnemar, obuchowski, sign_flip_tests

CROSSED = [23.5, 12, 21, 22, 19.125, 21.5, 22.125, 20.375, 18.25, 21.625, 23.25, 21, 22.125, 23, 12]
SELFED = [17.375, 20.375, 20, 20, 18.375, 18.625, 18.625, 15.25, 16.5, 18, 16.25, 18, 12.75, 15.5, 18]


def answers(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])


def test_darwins_maize_has_fishers_p() -> None:
    # 1726 of 2^15 = 32768 flips are at least as extreme: 863 of the 16384 that differ in more than direction
    found = sign_flip_tests(np.array([CROSSED, SELFED]).T, seed=0)
    assert found.exact
    assert found.n_flips == 16384
    assert found.p[0, 1] == 1726 / 32768
    assert found.p_max_t[0, 1] == found.p[0, 1]  # a family of one
    assert found.difference[0, 1] == pytest.approx(2.6166666666666667)


@settings(max_examples=100, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(2, 4)), elements=st.integers(0, 3)))
def test_exact_p_are_those_of_flipping_every_item_both_ways(scores: np.ndarray) -> None:
    n, size = scores.shape
    found = sign_flip_tests(scores, seed=0)
    signs = np.array(list(product([1, -1], repeat=n)))
    flipped = {(a, b): np.abs(signs @ (scores[:, a] - scores[:, b])) for a in range(size) for b in range(a)}
    norm = {pair: np.sqrt(((scores[:, pair[0]] - scores[:, pair[1]]) ** 2).sum()) or 1.0 for pair in flipped}
    top = np.max([flipped[pair] / norm[pair] for pair in flipped], axis=0)
    for (a, b), values in flipped.items():
        assert found.p[a, b] == pytest.approx((values >= values[0] - 1e-9).mean())
        assert found.p_max_t[a, b] == pytest.approx((top >= values[0] / norm[a, b] - 1e-9).mean())


def test_sampled_p_are_those_of_scipy_up_to_the_luck_of_the_draw() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random((40, 3)) + np.array([0, 0.08, 0.16])
    found = sign_flip_tests(scores, flips=20_000, seed=2)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        theirs = permutation_test(
            (scores[:, a], scores[:, b]),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples", vectorized=True, n_resamples=20_000, rng=3,
        ).pvalue  # fmt: skip
        # two samples of 20,000: standard error at most √(2 · ¼ / 20000) = 0.005
        assert found.p[a, b] == pytest.approx(theirs, abs=0.02)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_what_holds_of_every_matrix_of_p(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 2, (30, size)).astype(float)
    found = sign_flip_tests(scores, flips=300, seed=seed)
    assert (found.p == found.p.T).all()
    assert (found.p_max_t >= found.p).all()
    assert found.p.min() >= 1 / 301
    assert (np.diag(found.p) == 1).all()
    # the same flips, the systems the other way round: nothing but the order changes
    turned = sign_flip_tests(scores[:, ::-1], flips=300, seed=seed)
    np.testing.assert_array_equal(turned.p[::-1, ::-1], found.p)
    np.testing.assert_array_equal(turned.p_max_t[::-1, ::-1], found.p_max_t)


def test_a_better_system_is_found_and_its_copy_is_not_told_from_it() -> None:
    rng = np.random.default_rng(4)
    weak = (rng.random(400) < 0.5).astype(float)
    strong = np.maximum(weak, rng.random(400) < 0.2)
    found = sign_flip_tests(np.stack([weak, strong, strong], axis=1), seed=5)
    assert found.p_max_t[0, 1] == 1 / 2001
    assert found.p[1, 2] == found.p_max_t[1, 2] == 1


def test_whole_clusters_are_flipped() -> None:
    # four vignettes of three questions, all won by the first system: 2 of 2^4 flips are as extreme
    scores = np.zeros((12, 2))
    scores[:, 0] = 1
    clusters = np.repeat([7, 3, 9, 1], 3)
    found = sign_flip_tests(scores, clusters=clusters, seed=0)
    assert (found.n_items, found.n_clusters) == (12, 4)
    assert found.p[0, 1] == 2 / 16
    assert sign_flip_tests(scores, seed=0).p[0, 1] == 2 / 4096


def clustered(
    rng: np.random.Generator, systems: int, clusters: int, each: int
) -> tuple[np.ndarray, np.ndarray]:
    """Equal systems whose luck is shared within a cluster."""
    luck = rng.beta(0.5, 0.5, (clusters, 1, systems))
    right = rng.random((clusters, each, systems)) < luck
    return right.reshape(-1, systems).astype(float), np.repeat(np.arange(clusters), each)


def test_equal_systems_on_shared_vignettes_are_told_apart_only_when_clusters_are_ignored() -> None:
    rng = np.random.default_rng(6)
    by_cluster, by_item = 0, 0
    for seed in range(300):
        scores, clusters = clustered(rng, 2, 30, 6)
        by_cluster += sign_flip_tests(scores, clusters=clusters, flips=399, seed=seed).p[0, 1] <= 0.05
        by_item += sign_flip_tests(scores, flips=399, seed=seed).p[0, 1] <= 0.05
    # standard error 1.3 points at 5 %
    assert by_cluster / 300 <= 0.09
    assert by_item / 300 >= 0.2


def test_max_t_finds_a_false_difference_on_5_boards_of_100_and_the_plain_p_on_many() -> None:
    rng = np.random.default_rng(7)
    any_plain, any_adjusted = 0, 0
    for seed in range(300):
        scores = (rng.random((100, 8)) < rng.random((100, 1))).astype(float)
        found = sign_flip_tests(scores, flips=399, seed=seed)
        any_plain += (found.p <= 0.05).any()
        any_adjusted += (found.p_max_t <= 0.05).any()
    assert any_adjusted / 300 <= 0.09
    assert any_plain / 300 >= 0.3


def test_mcnemars_published_table_has_its_exact_p() -> None:
    found = exact_mcnemar(*answers(48, 28, 35, 53))
    assert found.p == pytest.approx(0.44996253629022254, abs=1e-12)
    assert (found.only_first, found.only_second, found.n_items) == (28, 35, 164)
    assert found.difference == pytest.approx(-7 / 164)


def test_exact_mcnemar_is_statsmodels_on_1000_tables() -> None:
    rng = np.random.default_rng(8)
    for _ in range(1000):
        cells = rng.integers(0, rng.integers(2, 30), 4)
        if not cells.sum():
            continue
        expected = mcnemar([[cells[0], cells[1]], [cells[2], cells[3]]], exact=True).pvalue
        found = exact_mcnemar(*answers(*cells))
        assert found.p == pytest.approx(min(1, expected), abs=1e-10)
        assert found.low <= found.difference <= found.high


def test_mcnemar_is_the_sign_flip_test_of_right_and_wrong_answers() -> None:
    first, second = answers(3, 7, 2, 2)
    flips = sign_flip_tests(np.stack([first, second], axis=1).astype(float), seed=0)
    # of 2^9 flips of the items that differ, Σ C(9, k) over k ≤ 2 and k ≥ 7 is 2 · 46
    assert flips.p[0, 1] == pytest.approx(92 / 512)
    assert exact_mcnemar(first, second).p == pytest.approx(92 / 512)


def test_the_interval_of_a_paired_difference_covers_it() -> None:
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(2000):
        kind = rng.choice(4, size=60, p=[0.75, 0.12, 0.04, 0.09])
        found = exact_mcnemar(np.isin(kind, (0, 1)), np.isin(kind, (0, 2)))
        hits += found.low <= 0.08 <= found.high
    assert 0.935 <= hits / 2000 <= 0.985  # standard error 0.5 points


def test_obuchowski_with_single_items_is_mcnemars_chi_square_but_for_k_minus_1() -> None:
    first, second = answers(48, 28, 35, 53)
    found = obuchowski(first, second, np.arange(164))
    # (28 - 35)² / 63 = 0.7778 by McNemar, here times 163/164
    assert found.statistic == pytest.approx(49 / 63 * 163 / 164)
    # for two systems Cochran's Q is McNemar's chi-square
    assert found.statistic * 164 / 163 == pytest.approx(cochrans_q(np.stack([first, second], 1)).statistic)


def test_obuchowski_is_worked_by_hand() -> None:
    # three clusters with d = 2, 1, -1: 2/3 · (2 + 1 - 1)² / (4 + 1 + 1) = 4/9
    first, second = np.array([1, 1, 1, 0, 0]), np.array([0, 0, 0, 0, 1])
    found = obuchowski(first, second, np.array([5, 5, 8, 8, 2]))
    assert found.statistic == pytest.approx(4 / 9)
    assert found.p == pytest.approx(0.50498, abs=1e-5)
    # d̂ = 2/5; Σ (d_k - n_k d̂)² = 1.2² + 0.2² + 1.4² = 3.44; variance 3/2 · 3.44 / 25 = 0.2064
    assert found.high == 1.0
    assert found.low == pytest.approx(max(-1, 0.4 - 4.302653 * 0.2064**0.5))


def test_obuchowski_holds_its_level_where_mcnemar_does_not() -> None:
    rng = np.random.default_rng(10)
    ours, theirs, hits = 0, 0, 0
    for _ in range(600):
        scores, clusters = clustered(rng, 2, 40, 6)
        found = obuchowski(scores[:, 0], scores[:, 1], clusters)
        ours += found.p <= 0.05
        hits += found.low <= 0 <= found.high
        theirs += exact_mcnemar(scores[:, 0], scores[:, 1]).p <= 0.05
    assert ours / 600 <= 0.08
    assert hits / 600 >= 0.92
    assert theirs / 600 >= 0.2


def test_systems_that_answered_alike_do_not_differ() -> None:
    same = np.array([1, 0, 1, 1, 0, 1])
    found = exact_mcnemar(same, same)
    assert (found.difference, found.p) == (0, 1)
    assert found.low < 0 < found.high
    grouped = obuchowski(same, same, np.array([1, 1, 2, 2, 3, 3]))
    assert (grouped.difference, grouped.p) == (0, 1)
    assert (grouped.status, grouped.low, grouped.interval) == ("no_interval", None, "none")


def test_what_cannot_be_compared_has_a_status_and_no_number() -> None:
    empty = exact_mcnemar([], [])
    assert (empty.status, empty.difference, empty.p) == ("undefined_no_items", None, None)
    one = obuchowski([1, 0], [0, 0], np.array([4, 4]))
    assert (one.status, one.p, one.only_first) == ("undefined_too_few_clusters", None, 1)
    none = sign_flip_tests(np.empty((0, 3)), seed=0)
    assert none.status == "undefined_no_items"
    assert np.isnan(none.p).all()


def test_bad_input_is_refused_with_its_remedy() -> None:
    with pytest.raises(ValueError, match="items that every system answered"):
        sign_flip_tests(np.array([[1.0, np.nan]]), seed=0)
    with pytest.raises(ValueError, match="2 items need as many clusters, not 1"):
        sign_flip_tests(np.ones((2, 2)), clusters=np.array([1]), seed=0)
    with pytest.raises(ValueError, match="use sign_flip_tests"):
        exact_mcnemar([0.5], [1])
    with pytest.raises(ValueError, match="the same items"):
        exact_mcnemar([1, 0], [1])
