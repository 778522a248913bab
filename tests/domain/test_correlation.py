"""Correlation of automatic and human scores: scipy's values, and intervals that hold with noisy scores."""

from __future__ import annotations

from math import asin, atanh, pi, sin, sqrt, tanh

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, pearsonr, spearmanr

from leaderboard.domain.correlation import Method, score_correlation

METHODS: tuple[Method, ...] = ("spearman", "kendall", "pearson")
SCIPY = {"spearman": spearmanr, "kendall": kendalltau, "pearson": pearsonr}
scores = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=25)


def test_values_are_scipys_on_1000_boards_with_ties() -> None:
    rng = np.random.default_rng(1)
    for _ in range(1000):
        a, b = rng.integers(0, int(rng.integers(2, 12)), (2, int(rng.integers(3, 20)))).astype(float)
        for method in METHODS:
            found = score_correlation(a, b, method=method)
            if found.value is None:
                assert np.ptp(a) == 0 or np.ptp(b) == 0
                continue
            assert found.value == pytest.approx(SCIPY[method](a, b).statistic, abs=1e-10)
            assert found.n_systems == len(a)


def of_population(rho: float, method: Method) -> float:
    """What the coefficient is for normal scores with Pearson correlation rho."""
    return {"pearson": rho, "spearman": 6 / pi * asin(rho / 2), "kendall": 2 / pi * asin(rho)}[method]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [8, 30])
def test_with_standard_errors_the_interval_covers_the_correlation_of_what_was_measured(
    method: Method, n: int
) -> None:
    # scores of SD 1 measured with SE 0.6 have reliability 1/1.36: an observed correlation of 0.9 is 0.66
    rng = np.random.default_rng(2)
    truth, errors = of_population(0.9, method), np.full(n, 0.6)
    with_errors, without = 0, 0
    for _ in range(400):
        measured = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], n).T + rng.normal(0, 0.6, (2, n))
        found = score_correlation(*measured, method=method, automatic_errors=errors, human_errors=errors)
        with_errors += found.low <= truth <= found.high
        found = score_correlation(*measured, method=method)
        without += found.low <= truth <= found.high
    assert with_errors / 400 >= 0.93
    assert without / 400 <= (0.9 if n == 8 else 0.3)


@pytest.mark.parametrize("method", METHODS)
def test_without_error_in_the_scores_the_interval_covers_in_about_95_of_100(method: Method) -> None:
    rng = np.random.default_rng(3)
    truth, hits = of_population(0.6, method), 0
    for _ in range(1000):
        found = score_correlation(*rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 20).T, method=method)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 1000 <= 0.98


@settings(max_examples=200, deadline=None)
@given(scores, st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_order_and_unit_do_not_matter_and_turning_one_score_round_changes_the_sign(
    pairs: list[tuple[int, int]], method: Method, chance: object
) -> None:
    a, b = np.array(pairs, dtype=float).T
    here = score_correlation(a, b, method=method, automatic_errors=np.full(len(a), 0.3))
    if here.value is None:
        return
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    c, d = np.array(pairs, dtype=float).T
    errors = np.full(len(a), 0.6)
    there = score_correlation(5 - 2 * c, d, method=method, automatic_errors=errors)
    assert there.value == pytest.approx(-here.value, abs=1e-9)
    assert there.status == here.status
    if here.status == "ok":
        assert (there.low, there.high) == pytest.approx((-here.high, -here.low), abs=1e-9)
        assert -1 <= here.low <= here.value <= here.high <= 1


@settings(max_examples=100, deadline=None)
@given(scores, st.sampled_from(METHODS), st.floats(0, 3))
def test_errors_of_the_scores_never_narrow_the_interval(
    pairs: list[tuple[int, int]], method: Method, error: float
) -> None:
    a, b = np.array(pairs, dtype=float).T
    plain = score_correlation(a, b, method=method)
    wide = score_correlation(a, b, method=method, human_errors=np.full(len(a), error))
    if plain.status == "ok":
        assert wide.value == plain.value
        assert wide.low <= plain.low + 1e-12
        assert wide.high >= plain.high - 1e-12


def test_the_interval_of_pearson_is_worked_by_hand() -> None:
    # n = 7, r = 0.5: z = 0.549306 ∓ 1.959964 / √4 → tanh(-0.430676), tanh(1.529288)
    a = np.array([-3, -2, -1, 0, 1, 2, 3.0])
    b = np.array([5, 0, -3, -4, -3, 0, 5.0])  # of the same spread over the systems as a is after scaling
    b = 0.5 * a / np.sqrt(28) + np.sqrt(0.75) * b / np.sqrt(84)
    found = score_correlation(a, b, method="pearson")
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((-0.405886, 0.910303), abs=1e-5)
    # half of the variance of one score is error: √½ of reliability takes both limits further out
    errors = np.full(7, np.sqrt(a.var(ddof=1) / 2))
    found = score_correlation(a, b, method="pearson", automatic_errors=errors)
    assert (found.low, found.high) == pytest.approx((-0.405886 / np.sqrt(0.5), 1.0), abs=1e-5)


def test_the_intervals_of_spearman_and_kendall_are_worked_by_hand() -> None:
    # seven systems, two swaps of neighbours: Spearman 1 - 6 · 4 / (7 · 48) = 13/14, tau 1 - 2 · 2/21 = 17/21
    a, b = np.arange(1.0, 8.0), np.array([2.0, 1.0, 3.0, 4.0, 5.0, 7.0, 6.0])
    found = score_correlation(a, b, method="spearman")
    half = 1.959964 * sqrt((1 + (13 / 14) ** 2 / 2) / 4)
    limits = tanh(atanh(13 / 14) - half), tanh(atanh(13 / 14) + half)
    assert found.value == pytest.approx(13 / 14)
    assert (found.low, found.high) == pytest.approx(limits, abs=1e-6)
    found = score_correlation(a, b, method="kendall")
    half = 1.959964 * sqrt(0.437 / 3)
    limits = tanh(atanh(17 / 21) - half), tanh(atanh(17 / 21) + half)
    assert found.value == pytest.approx(17 / 21)
    assert (found.low, found.high) == pytest.approx(limits, abs=1e-6)


def test_errors_widen_spearman_and_kendall_on_the_scale_of_normal_scores() -> None:
    a = np.arange(1.0, 21.0)  # variance 35; errors of variance 3.5 leave a reliability of 0.9
    b = np.random.default_rng(4).permutation(a)
    errors = np.full(20, sqrt(3.5))
    for method in ("spearman", "kendall"):
        plain = score_correlation(a, b, method=method)
        wide = score_correlation(a, b, method=method, automatic_errors=errors)
        assert plain.low < 0 < plain.high
        for narrow, far in ((plain.low, wide.low), (plain.high, wide.high)):
            if method == "spearman":
                assert sin(pi * far / 6) == pytest.approx(sin(pi * narrow / 6) / sqrt(0.9))
            else:
                assert sin(pi * far / 2) == pytest.approx(sin(pi * narrow / 2) / sqrt(0.9))


def test_complete_agreement_of_few_systems_is_not_certain() -> None:
    found = score_correlation([0.1, 0.2, 0.3, 0.4, 0.5], [3, 4, 5, 6, 7], method="spearman")
    assert found.value == found.high == 1
    assert found.low < 0.9


def test_systems_without_one_of_the_scores_are_left_out_and_the_count_says_so() -> None:
    found = score_correlation(
        [1, 2, 3, 4, np.nan, 6], [1, 3, 2, np.nan, 5, 4], automatic_errors=[0.1] * 4 + [np.nan, 0.1]
    )
    assert found.n_systems == 4
    assert found.value == pytest.approx(0.8)  # 1 - 6 · (0 + 1 + 1 + 0) / (4 · 15)


def test_below_three_systems_there_is_no_number() -> None:
    for n in (0, 1, 2):
        found = score_correlation(np.arange(n), np.arange(n))
        assert (found.status, found.value, found.low, found.n_systems) == (
            "undefined_too_few_systems", None, None, n,
        )  # fmt: skip
        assert str(n) in found.reason


def test_three_systems_have_a_value_and_no_interval() -> None:
    for method in METHODS:
        found = score_correlation([1, 2, 3], [1, 3, 2], method=method)
        assert (found.status, found.low, found.high) == ("no_interval", None, None)
        assert found.value is not None
    assert score_correlation([1, 2, 3, 4], [1, 3, 2, 4], method="kendall").status == "no_interval"


def test_equal_scores_have_no_order() -> None:
    found = score_correlation([1, 2, 3, 4], [0.5, 0.5, 0.5, 0.5])
    assert (found.status, found.value) == ("undefined_no_variation", None)


def test_scores_that_may_be_all_error_leave_everything_open_above() -> None:
    found = score_correlation([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5], human_errors=[4.0] * 6)
    assert found.high == 1


def test_bad_input_is_refused_with_its_remedy() -> None:
    with pytest.raises(ValueError, match="choose one of spearman, kendall, pearson"):
        score_correlation([1, 2, 3], [1, 2, 3], method="cosine")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two scores of the same systems"):
        score_correlation([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="3 systems need as many standard errors"):
        score_correlation([1, 2, 3], [1, 2, 3], human_errors=[0.1])
    with pytest.raises(ValueError, match="leave that system's score out too"):
        score_correlation([1, 2, 3], [1, 2, 3], human_errors=[0.1, -0.1, 0.1])
