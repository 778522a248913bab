"""What each rater does to the result."""

from __future__ import annotations

import numpy as np
import pytest
from krippendorff import alpha as krippendorff_alpha
from scipy.stats import t as student

from raters.domain.agreement import Scale, all_coefficients, labelled_ratings
from raters.domain.agreement.leave_one_out import leave_one_rater_out

LIKERT = Scale("ordinal", (1, 2, 3, 4, 5))
POINTS = Scale("interval", (1, 2, 3, 4, 5))
HARM = Scale("nominal", ("none", "mild", "severe"))


def study(seed, n_items=30, n_raters=4, missing=0.2, shift=(0, 0, 0, 1)):
    """Items, raters and values 1 … 5; the last rater is higher."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n_items)
    item, rater = np.meshgrid(np.arange(n_items), np.arange(n_raters), indexing="ij")
    noise = rng.integers(-1, 2, item.shape) + np.resize(shift, n_raters)
    value = np.clip(truth[:, None] + noise, 1, 5)
    kept = rng.random(item.shape) >= missing
    return item[kept], rater[kept], value[kept]


@pytest.mark.parametrize("scale", [LIKERT, POINTS])
def test_alpha_without_a_rater_is_that_of_the_others_ratings(scale):
    for seed in range(50):
        item, rater, value = study(seed)
        whole = all_coefficients(item, rater, value, scale)["krippendorff_alpha"]
        table = leave_one_rater_out(labelled_ratings(item, rater, value, scale), scale)
        assert [row.rater for row in table] == ["0", "1", "2", "3"]
        for at, row in enumerate(table):
            kept = rater != at
            wide = np.full((4, 30), np.nan)
            wide[rater[kept], item[kept]] = value[kept]
            theirs = krippendorff_alpha(
                np.delete(wide, at, axis=0), level_of_measurement=scale.level, value_domain=[1, 2, 3, 4, 5]
            )
            assert row.alpha.value == pytest.approx(theirs, abs=1e-9)
            again = all_coefficients(item[kept], rater[kept], value[kept], scale)["krippendorff_alpha"]
            assert row.alpha == again
            assert row.difference.value == pytest.approx(row.alpha.value - whole.value)


@pytest.mark.parametrize("scale", [LIKERT, POINTS])
def test_the_interval_of_the_difference_is_the_jackknife_done_item_by_item(scale):
    item, rater, value = study(3)
    table = leave_one_rater_out(labelled_ratings(item, rater, value, scale), scale)

    def gap(kept, at):
        ours = kept & (rater != at)
        one, all_ = (
            all_coefficients(item[rows], rater[rows], value[rows], scale)["krippendorff_alpha"].value
            for rows in (ours, kept)
        )
        return one - all_

    pairable = [one for one in range(30) if np.count_nonzero(item == one) >= 2]
    for at, row in enumerate(table):
        without = np.array([gap(item != one, at) for one in pairable])
        n = len(without)
        spread = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
        half = student.ppf(0.975, n - 1) * spread
        assert row.difference.low == pytest.approx(row.difference.value - half, abs=1e-9)
        assert row.difference.high == pytest.approx(row.difference.value + half, abs=1e-9)
        assert row.difference.these_raters_only


def test_severity_is_worked_by_hand_on_both_kinds_of_scale():
    # rater a against b and c: 3 | 1, 3;  4 | 2;  2 | 2, 5;  5 | 1, 1;  1 | 1
    item = [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4]
    rater = ["a", "b", "c", "a", "b", "a", "b", "c", "a", "b", "c", "a", "b"]
    value = [3, 1, 3, 4, 2, 2, 2, 5, 5, 1, 1, 1, 1]
    # metric: 3 - 2 = 1, 2, 2 - 3.5 = -1.5, 4, 0: mean 5.5 / 5 = 1.1
    metric = leave_one_rater_out(labelled_ratings(item, rater, value, POINTS), POINTS)[0].severity
    assert (metric.value, metric.weights, metric.n_pairable) == (pytest.approx(1.1), "scale", 5)
    # ordinal: above one of two and level with the other ½, 1, -½, 1, 0: mean 2 / 5
    ordinal = leave_one_rater_out(labelled_ratings(item, rater, value, LIKERT), LIKERT)[0].severity
    assert (ordinal.value, ordinal.weights) == (pytest.approx(0.4), "sign")
    # standard deviation of (½, 1, -½, 1, 0): √(1.7/4); half-width 2.776 √(1.7/20)
    half = student.ppf(0.975, 4) * np.sqrt(1.7 / 20)
    assert (ordinal.low, ordinal.high) == pytest.approx((0.4 - half, 0.4 + half))


def test_a_rater_who_is_higher_is_shown_as_such_and_turning_the_scale_turns_the_sign():
    for seed in range(20):
        item, rater, value = study(seed, n_items=60)
        table = leave_one_rater_out(labelled_ratings(item, rater, value, LIKERT), LIKERT)
        turned = leave_one_rater_out(labelled_ratings(item, rater, 6 - value, LIKERT), LIKERT)
        assert table[3].severity.low > 0
        for one, other in zip(table, turned, strict=True):
            assert one.severity.value == pytest.approx(-other.severity.value)
            assert one.alpha.value == pytest.approx(other.alpha.value)


def test_neither_names_nor_the_order_of_items_and_raters_matter():
    item, rater, value = study(5)
    rng = np.random.default_rng(6)
    table = leave_one_rater_out(labelled_ratings(item, rater, value, LIKERT), LIKERT)
    rows, names, items = rng.permutation(len(item)), np.array(["d", "b", "c", "a"]), rng.permutation(30)
    other = leave_one_rater_out(
        labelled_ratings(items[item[rows]], names[rater[rows]], value[rows], LIKERT), LIKERT
    )
    by_name = {row.rater: row for row in other}
    for at, row in enumerate(table):
        again = by_name[str(names[at])]
        for one, two in ((row.difference, again.difference), (row.severity, again.severity)):
            assert (two.value, two.low, two.high) == pytest.approx((one.value, one.low, one.high))


def test_a_pair_without_one_of_them_has_no_alpha_and_a_nominal_scale_no_severity():
    item, rater = np.repeat(np.arange(10), 2), np.tile([0, 1], 10)
    value = np.array(["none", "mild"] * 5 + ["severe", "severe"] * 5)
    for row in leave_one_rater_out(labelled_ratings(item, rater, value, HARM), HARM):
        assert row.alpha.status == row.difference.status == "undefined_too_few_raters"
        assert "without this rater" in row.difference.reason
        assert (row.severity.status, row.severity.value) == ("undefined_wrong_design", None)
    alike = labelled_ratings(item, rater, np.full(20, 3), LIKERT)
    for row in leave_one_rater_out(alike, LIKERT):
        assert row.difference.status == "undefined_no_variation"
        assert "of all raters" in row.difference.reason
        # everybody says 3: no rating lies above another's, and nothing varies
        assert (row.severity.status, row.severity.value) == ("no_interval", 0.0)


def test_a_rater_who_shares_no_item_or_few_is_told_apart():
    item = np.array([*np.repeat(np.arange(12), 2), 12, 13, 0, 1])
    rater = np.array([*np.tile([0, 1], 12), 2, 2, 3, 3])
    value = np.resize([1, 2, 4, 4, 5, 3], len(item))
    table = leave_one_rater_out(labelled_ratings(item, rater, value, LIKERT), LIKERT)
    assert table[2].severity.status == "undefined_no_pairable_items"
    assert (table[3].severity.status, table[3].severity.n_pairable) == ("no_interval", 2)
    assert "from 5 on" in table[3].severity.reason
    assert leave_one_rater_out(labelled_ratings([], [], [], LIKERT), LIKERT) == ()


def test_real_numbers_have_no_table():
    ratings = labelled_ratings([1, 1], [1, 2], [1, 2], LIKERT)
    with pytest.raises(ValueError, match="real-valued ratings have no categories"):
        leave_one_rater_out(ratings, Scale("interval", None))
