"""Families of p-values adjusted together."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from leaderboard.domain.multiplicity import family
from leaderboard.domain.significance import significance_matrix

ORACLE = {"bonferroni": "bonferroni", "holm": "holm", "benjamini-hochberg": "fdr_bh"}


def test_four_p_values_are_adjusted_by_hand():
    p = [0.04, 0.01, 0.03, 0.5]
    # Bonferroni: times 4
    assert family(p, "bonferroni").adjusted == pytest.approx([0.16, 0.04, 0.12, 1.0])
    # Holm: 0.01 · 4 = 0.04, 0.03 · 3 = 0.09, 0.04 · 2 = 0.08 raised to 0.09, 0.5
    assert family(p, "holm").adjusted == pytest.approx([0.09, 0.04, 0.09, 0.5])
    # Benjamini-Hochberg: 0.01 · 4/1 = 0.04, 0.03 · 4/2 = 0.06 lowered to 0.04 · 4/3 = 0.0533, 0.5
    found = family(p, "benjamini-hochberg")
    assert found.adjusted == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])
    assert found.rejected(0.05).tolist() == [False, True, False, False]
    assert found.rejected(0.06).tolist() == [True, True, True, False]
    assert (found.n_comparisons, found.controls, family(p, "holm").controls) == (4, "FDR", "FWER")


@pytest.mark.parametrize("name", sorted(ORACLE))
def test_a_thousand_random_families_agree_with_statsmodels(name):
    rng = np.random.default_rng(31)
    gc.freeze()  # statsmodels collects garbage for every Holm: with nothing to look through that takes no time
    for _ in range(1_000):
        p = rng.random(int(rng.integers(1, 30))) ** rng.integers(1, 6)
        p = np.round(p, int(rng.integers(1, 12)))  # with ties, zeros and ones
        reject, adjusted, *_ = multipletests(p, 0.05, ORACLE[name])
        found = family(p, name)
        assert found.adjusted == pytest.approx(adjusted, abs=1e-14)
        clear = np.abs(adjusted - 0.05) > 1e-12
        assert (found.rejected() == reject)[clear].all()
    gc.unfreeze()


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=20), st.randoms())
def test_order_does_not_matter_and_the_false_discovery_rate_is_never_the_stricter(p, random):
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)
    found = {name: family(p, name).adjusted for name in ORACLE}
    for name, adjusted in found.items():
        again = family([p[at] for at in shuffled], name).adjusted
        np.testing.assert_allclose(again, adjusted[shuffled], rtol=1e-12)
    known = ~np.isnan(np.array(p, float))
    assert (found["benjamini-hochberg"] <= found["holm"] + 1e-12)[known].all()
    assert (found["holm"] <= found["bonferroni"] + 1e-12)[known].all()
    assert (found["benjamini-hochberg"] >= np.array(p) - 1e-12)[known].all()


def test_a_test_that_could_not_be_made_is_not_in_the_family():
    found = family([0.02, float("nan"), 0.04], "bonferroni")
    assert found.n_comparisons == 2
    assert found.adjusted[[0, 2]] == pytest.approx([0.04, 0.08])
    assert np.isnan(found.adjusted[1])
    assert found.rejected().tolist() == [True, False, False]
    assert family([], "holm").n_comparisons == 0


def test_the_board_takes_its_holm_from_here():
    values, covariance = np.array([0.9, 0.7, 0.6]), np.diag([0.002, 0.003, 0.001])
    board = significance_matrix(values, covariance, 30.0, seed=1)
    pairs = np.triu_indices(3, 1)
    assert board.p_holm[pairs] == pytest.approx(family(board.p[pairs], "holm").adjusted)


@pytest.mark.parametrize("p", [[1.2], [-0.1], [[0.1, 0.2]]])
def test_what_is_no_p_value_is_refused(p):
    with pytest.raises(ValueError, match="numbers from 0 to 1"):
        family(p, "holm")


def test_an_unknown_correction_or_level_is_refused_with_the_choice():
    with pytest.raises(ValueError, match="choose one of bonferroni, holm, benjamini-hochberg"):
        family([0.1], "tukey")
    with pytest.raises(ValueError, match="between 0 and 1"):
        family([0.1], "holm").rejected(1.0)
