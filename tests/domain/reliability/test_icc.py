"""Intraclass correlations against the published table, pingouin, and what must not change them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from raters.domain.reliability.icc import FORMS, all_iccs, icc, mean_squares

# Shrout & Fleiss 1979, table 2: six items, four raters
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
PINGOUIN = {"ICC(A,1)": "ICC(2,1)", "ICC(C,1)": "ICC(3,1)", "ICC(A,k)": "ICC(2,k)", "ICC(C,k)": "ICC(3,k)"}


def theirs(table: np.ndarray) -> dict[str, tuple[float, float, float]]:
    n, k = table.shape
    long = pd.DataFrame(
        {"item": np.repeat(np.arange(n), k), "rater": np.tile(np.arange(k), n), "value": table.ravel()}
    )
    rows = pingouin.intraclass_corr(long, "item", "rater", "value")
    return {
        PINGOUIN.get(row.Type, row.Type): (row.ICC, *row.CI95)
        for row in rows.itertuples(index=False)
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        ("ICC(1,1)", 0.17, -0.1329, 0.7226),
        ("ICC(2,1)", 0.29, 0.0188, 0.7611),
        ("ICC(3,1)", 0.71, 0.3425, 0.9459),
        ("ICC(1,k)", 0.44, -0.8844, 0.9124),
        ("ICC(2,k)", 0.62, 0.0711, 0.9272),
        ("ICC(3,k)", 0.91, 0.6757, 0.9859),
    ],
)
def test_the_six_coefficients_of_shrout_and_fleiss_are_theirs(
    form: str, value: float, low: float, high: float
) -> None:
    found = icc(SHROUT_FLEISS, form)  # type: ignore[arg-type]
    assert found.value == pytest.approx(value, abs=0.005)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (found.n_items, found.n_raters, found.n_ratings) == (6, 4, 24)


def test_mean_squares_are_worked_by_hand() -> None:
    # 1 3 / 5 7: grand mean 4, items 2 and 6, raters 3 and 5
    # between items 2(4 + 4) / 1 = 16, between raters 2(1 + 1) / 1 = 4, nothing left, within (4 + 0) / 2 = 2
    squares = mean_squares(np.array([[1.0, 3.0], [5.0, 7.0]]))
    assert (squares.items, squares.raters, squares.error, squares.within) == (16, 4, 0, 2)


def test_values_and_limits_are_those_of_pingouin_on_1000_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pingouin.options, "round.column.CI95", 12)  # instead of two decimals
    rng = np.random.default_rng(5)
    for _ in range(1000):
        n, k = rng.integers(3, 12), rng.integers(2, 6)
        items, raters = rng.normal(0, rng.uniform(0.2, 2), (n, 1)), rng.normal(0, rng.uniform(0, 1), k)
        table = items + raters + rng.normal(0, 1, (n, k))
        if rng.random() < 0.5:
            table = np.round(table, 1)  # coarser, and pingouin divides by 0 where no mean differs
        expected = theirs(table)
        for form, found in all_iccs(table).items():
            if (
                found.value is None
            ):  # a variance between items below 0 can turn their share into more than all
                assert form == "ICC(2,k)"
                assert expected[form][0] > 1
                continue
            assert found.value == pytest.approx(expected[form][0], abs=1e-9)
            if found.low is None:  # theirs do not hold the value
                assert not expected[form][1] <= expected[form][0] <= expected[form][2]
                continue
            assert (found.low, found.high) == pytest.approx(expected[form][1:], abs=1e-7)


tables = arrays(np.float64, st.tuples(st.integers(3, 8), st.integers(2, 5)), elements=st.integers(1, 5))


@settings(max_examples=150, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_items_and_raters_changes_nothing(table: np.ndarray, chance: object) -> None:
    rows = list(range(len(table)))
    columns = list(range(table.shape[1]))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    chance.shuffle(columns)  # type: ignore[attr-defined]
    before, after = all_iccs(table), all_iccs(table[np.ix_(rows, columns)])
    for form in FORMS:
        assert after[form].status == before[form].status
        assert after[form].value == pytest.approx(before[form].value, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(tables, st.floats(-50, 50), st.floats(0.1, 20))
def test_another_unit_of_measurement_changes_nothing(table: np.ndarray, shift: float, scale: float) -> None:
    before, after = all_iccs(table), all_iccs(shift + scale * table)
    for form in FORMS:
        assert after[form].status == before[form].status
        assert after[form].value == pytest.approx(before[form].value, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(tables)
def test_the_mean_of_raters_is_spearman_and_browns_step_up_and_limits_hold_the_value(
    table: np.ndarray,
) -> None:
    k = table.shape[1]
    found = all_iccs(table)
    for case in "123":
        one, mean = found[f"ICC({case},1)"], found[f"ICC({case},k)"]  # type: ignore[index]
        if one.value is not None and mean.value is not None:
            assert mean.value == pytest.approx(k * one.value / (1 + (k - 1) * one.value), abs=1e-9)
        for estimate in (one, mean):
            if estimate.status == "ok":
                assert estimate.low <= estimate.value <= estimate.high <= 1


def test_a_rater_who_is_always_two_points_higher_costs_agreement_and_not_consistency() -> None:
    items = np.array([1.0, 4.0, 2.0, 8.0, 5.0])
    found = all_iccs(np.stack([items, items + 2], axis=1))
    assert found["ICC(3,1)"].value == 1
    assert found["ICC(2,1)"].value < 1
    # nothing is left unexplained: 1 is seen, but five items do not prove it
    assert found["ICC(3,1)"].status == "no_interval"
    assert found["ICC(3,1)"].low is None


def test_items_that_not_everyone_rated_are_left_out_and_the_count_says_so() -> None:
    holes = np.vstack([SHROUT_FLEISS, [7, np.nan, 3, 4], [np.nan, np.nan, np.nan, 2]])
    found, full = icc(holes, "ICC(2,1)"), icc(SHROUT_FLEISS, "ICC(2,1)")
    assert (found.value, found.n_items, found.n_ratings) == (full.value, 6, 24)


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (np.full((4, 3), 0.1), "undefined_no_variation"),
        (np.full((4, 3), np.nan), "undefined_no_items"),
        (np.array([[1.0], [2.0], [3.0]]), "undefined_too_few_raters"),
        (np.array([[1.0, np.nan], [np.nan, 2.0], [1.0, 2.0]]), "undefined_wrong_design"),
    ],
)
def test_what_cannot_be_computed_has_a_status_and_no_number(table: np.ndarray, status: str) -> None:
    for found in all_iccs(table).values():
        assert found.status == status
        assert found.value is found.low is found.high is None
        assert found.reason


def test_items_alike_to_the_last_digit_have_no_reliability_of_means() -> None:
    # every item has the mean 2: the variance between items is 0 and a share of it is not defined
    table = np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [3.0, 1.0, 2.0]])
    found = all_iccs(table)
    assert found["ICC(1,k)"].status == "undefined_no_variation"
    # single ratings: (0 - MSW) / (0 + 2 MSW) = -1/2
    assert found["ICC(1,1)"].value == pytest.approx(-0.5)
    assert found["ICC(1,1)"].status == "no_interval"


def test_parts_that_cancel_leave_no_reliability_of_means() -> None:
    # MSR = 1/6, MSC = 0, MSE = 1/2, n = 3: MSR + (MSC - MSE)/n = 0
    found = all_iccs(np.array([[1.0, 2.0], [2.0, 1.0], [2.0, 2.0]]))
    assert found["ICC(2,k)"].status == "undefined_no_variation"


def test_the_interval_covers_the_truth_in_about_95_of_100_panels() -> None:
    # variances 1 between items, 0.3 between raters, 0.7 left: ICC(2,1) = 1 / (1 + 0.3 + 0.7) = 0.5
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(600):
        table = rng.normal(0, 1, (30, 1)) + rng.normal(0, 0.3**0.5, 8) + rng.normal(0, 0.7**0.5, (30, 8))
        found = icc(table, "ICC(2,1)")
        hits += found.low <= 0.5 <= found.high
    assert 0.93 <= hits / 600 <= 0.975  # standard error 0.9 points
