"""Whether two raters use the categories alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.stats.contingency_tables import SquareTable

from raters.domain.agreement import AgreementState, Scale, coded_ratings
from raters.domain.agreement.marginal_homogeneity import homogeneity_of_table, marginal_homogeneity

HARM = Scale("nominal", ("none", "mild", "severe"))


def test_two_categories_are_mcnemars_test():
    # 15 against 5 disagreements: (15 - 5)² / 20 = 5; with N = 60, Bhapkar 5 / (1 - 5/60) = 60/11
    table = [[30, 15], [5, 10]]
    found = homogeneity_of_table(table)
    assert (found.statistic, found.df) == (pytest.approx(5), 1)
    assert found.p == pytest.approx(chi2.sf(5, 1))
    assert homogeneity_of_table(table, "bhapkar").statistic == pytest.approx(60 / 11)
    assert (found.n_items, found.n_disagreements) == (60, 20)
    # the first rater chose the first category 45 times, the second 35 times
    assert found.shifts == pytest.approx([10 / 60, -10 / 60])


@pytest.mark.parametrize("test", ["stuart-maxwell", "bhapkar"])
def test_a_thousand_random_tables_agree_with_statsmodels(test):
    rng = np.random.default_rng(41)
    for _ in range(1_000):
        size = int(rng.integers(2, 7))
        table = rng.integers(1, int(rng.integers(3, 40)), (size, size))
        theirs = SquareTable(table, shift_zeros=False).homogeneity(test.replace("-", "_"))
        found = homogeneity_of_table(table, test, fewest=1)
        assert found.status == "ok"
        assert found.statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
        assert (found.df, found.p) == (theirs.df, pytest.approx(theirs.pvalue, abs=1e-9))


@pytest.mark.parametrize("test", ["stuart-maxwell", "bhapkar"])
def test_neither_the_order_of_categories_nor_of_raters_nor_unused_ones_matter(test):
    rng = np.random.default_rng(42)
    for _ in range(200):
        size = int(rng.integers(2, 6))
        table = rng.integers(0, 9, (size, size))
        found = homogeneity_of_table(table, test, fewest=1)
        order = rng.permutation(size)
        wider = np.zeros((size + 2, size + 2))
        wider[:size, :size] = table
        for same in (table[np.ix_(order, order)], table.T, wider):
            again = homogeneity_of_table(same, test, fewest=1)
            assert (again.status, again.df) == (found.status, found.df)
            if found.statistic is not None:
                assert again.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-9)


def test_categories_that_were_never_confused_with_each_other_are_tested_apart():
    # none/mild: (12 - 4)²/16 = 4; severe/deadly: (9 - 3)²/12 = 3; together 7 on 2 degrees of freedom
    table = np.zeros((4, 4))
    table[0, 1], table[1, 0], table[2, 3], table[3, 2] = 12, 4, 9, 3
    found = homogeneity_of_table(table)
    assert (found.statistic, found.df) == (pytest.approx(7), 2)


def test_a_fair_pair_is_called_biased_in_one_of_twenty_studies():
    rng = np.random.default_rng(43)
    shares = np.full((3, 3), 0.05)
    shares[np.diag_indices(3)] = 0.7 / 3
    tables = rng.multinomial(300, shares.ravel(), 2_000).reshape(-1, 3, 3)
    p = np.array([homogeneity_of_table(table).p for table in tables], float)
    # standard error √(0.05 · 0.95 / 2000) = 0.005
    assert 0.035 < np.mean(p <= 0.05) < 0.065


def test_the_table_is_that_of_the_two_raters_of_a_state():
    rng = np.random.default_rng(44)
    first = rng.integers(0, 3, 80)
    second = np.where(rng.random(80) < 0.6, first, rng.integers(0, 3, 80))
    table = np.zeros((3, 3))
    np.add.at(table, (first, second), 1)
    items, raters = [*range(80), *range(80)], [1] * 80 + [2] * 80
    codes = np.concatenate([first, second])
    wanted = homogeneity_of_table(table)
    ratings = coded_ratings(items, raters, codes, 3)
    for source in (ratings, AgreementState.from_ratings(items, raters, codes, 3)):
        found = marginal_homogeneity(source, HARM)
        assert found.statistic == pytest.approx(wanted.statistic)
        assert found.shifts == pytest.approx(wanted.shifts)


def test_why_there_is_no_test_is_said():
    nothing = homogeneity_of_table(np.zeros((3, 3)))
    assert (nothing.status, nothing.p) == ("undefined_no_pairable_items", None)
    agreed = homogeneity_of_table(np.diag([20, 30]))
    assert (agreed.status, agreed.statistic, agreed.n_items) == ("undefined_no_disagreement", None, 50)
    few = homogeneity_of_table([[20, 6], [3, 20]])
    assert (few.status, few.n_disagreements) == ("too_few_disagreements", 9)
    assert "from 10 on" in few.reason
    # all 12 items move the same way: X² = 12²/12 = N, and Bhapkar's variance is 0
    one_way = [[0, 12], [0, 0]]
    assert homogeneity_of_table(one_way).statistic == pytest.approx(12)
    assert homogeneity_of_table(one_way, "bhapkar").status == "undefined_one_sided"
    three = coded_ratings([1, 1, 1], [1, 2, 3], np.array([0, 1, 2]), 3)
    found = marginal_homogeneity(three, HARM)
    assert found.status == "undefined_wrong_number_of_raters"
    assert "3 have rated" in found.reason


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([[1, 2, 3]], "make it square"),
        ([[1, -1], [2, 3]], "none may be negative"),
        ([[1, np.nan], [2, 3]], "missing"),
    ],
)
def test_what_is_no_table_is_refused(table, said):
    with pytest.raises(ValueError, match=said):
        homogeneity_of_table(table)


def test_an_unknown_test_is_refused():
    with pytest.raises(ValueError, match="choose one of stuart-maxwell, bhapkar"):
        homogeneity_of_table([[1, 2], [3, 4]], "bowker")
