"""Kendall's W and mean tau-b against published values, scipy, and brute-force deletion."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import friedmanchisquare, kendalltau, rankdata, t

from raters.domain.reliability.concordance import kendall_w, mean_tau_b, n_comparable_pairs, p_of_w

# the anxiety ratings of R's DescTools and irr: twenty subjects, three raters, W = 0.5396569
ANXIETY = np.array(
    [
        [3, 3, 2], [3, 6, 1], [3, 4, 4], [4, 6, 4], [5, 2, 3], [5, 4, 2], [2, 2, 1], [3, 4, 6], [5, 3, 1],
        [2, 3, 1], [2, 2, 1], [6, 3, 2], [1, 3, 3], [5, 3, 3], [2, 2, 1], [2, 2, 1], [1, 1, 3], [2, 3, 3],
        [4, 3, 2], [3, 4, 2],
    ],
    dtype=float,
)  # fmt: skip

tables = arrays(np.float64, st.tuples(st.integers(5, 9), st.integers(3, 6)), elements=st.integers(1, 4))


def test_w_of_the_anxiety_ratings_is_the_published_one() -> None:
    found = kendall_w(ANXIETY)
    assert found.value == pytest.approx(0.5396569, abs=5e-8)
    # chi-square 30.760442 on 19 df
    assert p_of_w(found.value, 20, 3) == pytest.approx(0.042883, abs=5e-7)


def test_w_is_friedmans_chi_square_on_1000_tables_with_ties() -> None:
    rng = np.random.default_rng(6)
    for _ in range(1000):
        n, m = int(rng.integers(3, 12)), int(rng.integers(2, 7))
        table = rng.integers(0, int(rng.integers(2, 9)), (n, m)).astype(float)
        found = kendall_w(table)
        if found.value is None:
            assert (table == table[0]).all()
            continue
        # scipy: blocks are raters, treatments are items
        assert found.value * m * (n - 1) == pytest.approx(friedmanchisquare(*table).statistic, abs=1e-8)


def test_tau_b_of_two_raters_is_scipys_on_1000_tables_with_holes_and_ties() -> None:
    rng = np.random.default_rng(7)
    for _ in range(1000):
        table = rng.integers(0, 5, (int(rng.integers(4, 15)), 2)).astype(float)
        table[rng.random(table.shape) < 0.15] = np.nan
        both = np.isfinite(table).all(axis=1)
        found = mean_tau_b(table)
        x, y = table[both].T
        if len(x) < 2 or len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
            assert found.value is None
            continue
        assert found.value == pytest.approx(kendalltau(x, y).statistic, abs=1e-10)


def test_tau_b_of_the_textbook_pair_is_its_value() -> None:
    table = np.array([[12, 2, 1, 12, 2], [1, 4, 7, 1, 0]], dtype=float).T
    assert mean_tau_b(table).value == pytest.approx(-0.47140452079103173, abs=1e-12)


def test_several_raters_have_the_mean_of_their_pairs() -> None:
    pairs = [kendalltau(ANXIETY[:, a], ANXIETY[:, b]).statistic for a, b in combinations(range(3), 2)]
    assert mean_tau_b(ANXIETY).value == pytest.approx(np.mean(pairs), abs=1e-12)
    assert n_comparable_pairs(ANXIETY) == (3, 3)


def brute_limits(table: np.ndarray, value: object, low: float, high: float) -> tuple[float, float]:
    """Items and, from five raters on, raters deleted one at a time."""
    n, m = table.shape
    pieces = [[value(np.delete(table, i, axis=0)) for i in range(n)]]  # type: ignore[operator]
    if m >= 5:
        pieces.append([value(np.delete(table, r, axis=1)) for r in range(m)])  # type: ignore[operator]
    spread = sum((len(one) - 1) / len(one) * ((np.array(one) - np.mean(one)) ** 2).sum() for one in pieces)
    df = min(len(one) for one in pieces) - 1
    half, middle = t.ppf(0.975, df) * spread**0.5, value(table)  # type: ignore[operator]
    return max(low, middle - half), min(high, middle + half)


def plain_w(table: np.ndarray) -> float:
    ranks = rankdata(table, axis=0)
    n, m = table.shape
    ties = sum((count**3 - count).sum() for count in (np.unique(c, return_counts=True)[1] for c in table.T))
    total = ((ranks.sum(axis=1) - m * (n + 1) / 2) ** 2).sum()
    return float(12 * total / (m**2 * (n**3 - n) - m * ties))


def plain_tau(table: np.ndarray) -> float:
    pairs = combinations(range(table.shape[1]), 2)
    return float(np.mean([kendalltau(table[:, a], table[:, b]).statistic for a, b in pairs]))


@pytest.mark.parametrize("raters", [3, 6])
def test_intervals_are_those_of_deleting_one_after_the_other(raters: int) -> None:
    rng = np.random.default_rng(8)
    for _ in range(15):
        table = np.round(rng.normal(0, 2, (12, 1)) + rng.normal(0, 2, (12, raters)))
        found = kendall_w(table)
        assert (found.low, found.high) == pytest.approx(brute_limits(table, plain_w, 0, 1), abs=1e-10)
        assert found.these_raters_only == (raters < 5)
        found = mean_tau_b(table)
        assert (found.low, found.high) == pytest.approx(brute_limits(table, plain_tau, -1, 1), abs=1e-10)


@settings(max_examples=150, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_of_items_and_raters_and_any_rising_scale_change_nothing(
    table: np.ndarray, chance: object
) -> None:
    rows, columns = list(range(len(table))), list(range(table.shape[1]))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    chance.shuffle(columns)  # type: ignore[attr-defined]
    other = np.exp(table[np.ix_(rows, columns)]) - 3
    for measure in (kendall_w, mean_tau_b):
        before, after = measure(table), measure(other)
        assert after.status == before.status
        assert after.value == pytest.approx(before.value, abs=1e-10)
        assert after.low == pytest.approx(before.low, abs=1e-10)


def test_raters_of_one_mind_have_1_and_two_who_disagree_have_the_least() -> None:
    order = np.arange(6.0)
    alike = np.stack([order, order, order], axis=1)
    assert kendall_w(alike).value == 1
    assert mean_tau_b(alike).value == 1
    opposed = np.stack([order, -order], axis=1)
    assert kendall_w(opposed).value == 0
    assert mean_tau_b(opposed).value == -1


def test_pairs_without_a_common_order_are_left_out_and_counted() -> None:
    # raters a and b share three items, c shares one with each: one pair of three can be compared
    nan = np.nan
    table = np.array([[1, 1, nan], [2, 3, nan], [3, 2, nan], [nan, nan, 1], [1, nan, 2], [nan, 2, 3]])
    assert n_comparable_pairs(table) == (1, 3)
    assert mean_tau_b(table).value == pytest.approx(1 / 3)  # two pairs of items agree, one does not


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (np.full((3, 2), np.nan), "undefined_no_items"),
        (np.array([[1.0], [2.0]]), "undefined_too_few_raters"),
        (np.ones((4, 3)), "undefined_no_variation"),
    ],
)
def test_what_has_no_order_has_no_number(table: np.ndarray, status: str) -> None:
    for found in (kendall_w(table), mean_tau_b(table)):
        assert (found.status, found.value, found.low) == (status, None, None)


def test_w_without_a_complete_block_points_to_tau_b() -> None:
    table = np.array([[1.0, 2.0, np.nan], [2.0, np.nan, 1.0], [np.nan, 3.0, 2.0], [4.0, 5.0, np.nan]])
    found = kendall_w(table)
    assert found.status == "undefined_wrong_design"
    assert "tau-b takes incomplete tables" in found.reason


def test_four_items_have_a_value_and_no_interval() -> None:
    found = kendall_w(ANXIETY[:4])
    assert (found.status, found.low) == ("no_interval", None)
    assert found.value is not None


def test_thousands_of_distinct_scores_are_compared_item_by_item_with_the_same_result() -> None:
    # 2,100 distinct scores on each side are more than the table of places holds
    rng = np.random.default_rng(10)
    scores = rng.normal(0, 1, (2100, 2)) + rng.normal(0, 1, (2100, 1))
    assert mean_tau_b(scores).value == pytest.approx(kendalltau(*scores.T).statistic, abs=1e-12)


def test_the_interval_of_tau_covers_other_raters_who_differ_in_skill() -> None:
    # a rater's loading q is uniform on 0.3 to 0.95; two raters correlate by q q', and tau = 2/π · arcsin(q q')
    rng = np.random.default_rng(11)
    truth = (2 / np.pi * np.arcsin(rng.uniform(0.3, 0.95, (2, 200_000)).prod(axis=0))).mean()
    hits = 0
    for _ in range(300):
        skill = rng.uniform(0.3, 0.95, 8)
        table = skill * rng.normal(size=(60, 1)) + np.sqrt(1 - skill**2) * rng.normal(size=(60, 8))
        found = mean_tau_b(table)
        hits += found.low <= truth <= found.high
    assert hits / 300 >= 0.92  # standard error 1.3 points; the sum of two variances errs on the wide side
