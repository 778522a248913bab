"""Coefficients: worked sums, what they do not depend on, and what is said where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from raters.domain.agreement import (
    AgreementState,
    Scale,
    all_coefficients,
    coded_ratings,
    coefficients_of,
    estimate,
    labelled_ratings,
    prevalence,
    real_alpha,
)

HARM = Scale("nominal", ("none", "mild", "severe"))
LIKERT = Scale("ordinal", (1, 2, 3, 4, 5))
SCALES = [HARM, Scale("ordinal", (1, 2, 3)), Scale("interval", (0, 1, 5)), Scale("ratio", (1, 2, 8))]
DRAWN = st.dictionaries(
    st.tuples(st.integers(0, 14), st.integers(0, 5)), st.integers(0, 2), min_size=12, max_size=80
)


def arrays(drawn):
    items, raters = np.array(list(drawn), dtype=np.int64).T
    return items, raters, np.array(list(drawn.values()), dtype=np.int64)


def same(ours, theirs):
    """Two dictionaries of estimates say the same."""
    assert ours.keys() == theirs.keys()
    for name, found in ours.items():
        other = theirs[name]
        assert (found.status, found.interval) == (other.status, other.interval)
        for one, two in ((found.value, other.value), (found.low, other.low), (found.high, other.high)):
            assert one == pytest.approx(two, abs=1e-9)


def test_three_raters_of_five_items_worked_by_hand():
    # a a a | a a b | b b b | a b b | a a a: nine a and six b, n = 15
    # agreeing pairs of three: 1, 1/3, 1, 1/3, 1; p_a = 11/15
    # free-marginal: (11/15 - ½)/½ = 7/15; π = (3/5, 2/5)
    # Fleiss p_e = 13/25: (55 - 39)/75 / (36/75) = 4/9; AC1 p_e = 2·(6/25) = 12/25: (55 - 36)/(75 - 36) = 19/39
    # alpha: D_o = 4/15, D_e = 2·9·6/(15·14) = 18/35; 1 - (4/15)(35/18) = 13/27
    rows = ["aaa", "aab", "bbb", "abb", "aaa"]
    items, raters = np.repeat(np.arange(5), 3), np.tile(np.arange(3), 5)
    found = all_coefficients(items, raters, list("".join(rows)), Scale("nominal", ("a", "b")))
    assert {name: one.value for name, one in found.items() if name != "conger_kappa"} == pytest.approx(
        {
            "percent_agreement": 11 / 15,
            "krippendorff_alpha": 13 / 27,
            "gwet_ac1": 19 / 39,
            "brennan_prediger": 7 / 15,
            "fleiss_kappa": 4 / 9,
        }
    )
    # Conger: shares of a are 4/5, 3/5, 2/5 by rater; the pairs of raters agree by chance with
    # .48 + .08, .32 + .12, .24 + .24, mean 37/75: (55 - 37)/(75 - 37) = 9/19
    assert found["conger_kappa"].value == pytest.approx(9 / 19)
    sizes = {(one.n_items, one.n_pairable, one.n_raters, one.n_ratings) for one in found.values()}
    assert sizes == {(5, 5, 3, 15)}


def test_prevalence_is_told_for_every_declared_category():
    # two items a a a, one a b b: π_a = (1 + 1 + 1/3)/3 = 7/9; "c" was never chosen
    ratings = labelled_ratings(
        [1] * 3 + [2] * 3 + [3] * 3, [1, 2, 3] * 3, list("aaaaaaabb"), Scale("nominal", tuple("abc"))
    )
    found = prevalence(ratings, Scale("nominal", ("a", "b", "c")))
    assert [one.value for one in found.values()] == pytest.approx([7 / 9, 2 / 9, 0])
    # none in three items: up to 1 - 0.05^(1/3) of items could have it
    assert (found["c"].low, found["c"].high) == pytest.approx((0, 1 - 0.05 ** (1 / 3)))


def test_which_coefficients_apply_follows_from_the_raters_and_the_scale():
    def names(n_raters, scale):
        values = [scale.categories[k % 3] for k in range(8 * n_raters)]
        return set(all_coefficients(np.repeat(np.arange(8), n_raters), [*range(n_raters)] * 8, values, scale))

    always = {"percent_agreement", "krippendorff_alpha", "brennan_prediger"}
    assert names(2, HARM) == always | {"gwet_ac1", "cohen_kappa", "scott_pi"}
    assert names(3, HARM) == always | {"gwet_ac1", "fleiss_kappa", "conger_kappa"}
    ordered = always | {"weighted_agreement", "gwet_ac2"}
    assert names(2, LIKERT) == ordered | {"scott_pi", "cohen_kappa_linear", "cohen_kappa_quadratic"}
    assert names(3, LIKERT) == ordered | {"fleiss_kappa", "conger_kappa"}


@pytest.mark.parametrize(
    ("scale", "metric", "weights"),
    [(HARM, "nominal", "identity"), (LIKERT, "ordinal", "ordinal"), (SCALES[2], "interval", "quadratic"), (SCALES[3], "ratio", "ratio")],
)  # fmt: skip
def test_the_scale_chooses_metric_and_weights(scale, metric, weights):
    state = AgreementState.from_ratings([1, 1, 2, 2], [1, 2, 1, 2], [0, 1, 1, 1], scale.size)
    found = coefficients_of(state, scale)
    assert found["krippendorff_alpha"].weights == metric
    assert found["brennan_prediger"].weights == weights
    assert found["percent_agreement"].weights == "identity"


@settings(max_examples=40)
@given(DRAWN, st.permutations(range(15)), st.permutations(range(6)))
def test_names_of_items_and_raters_do_not_matter(drawn, items, raters):
    old_items, old_raters, codes = arrays(drawn)
    values = [str(code) for code in codes]
    scale = Scale("ordinal", ("0", "1", "2"))
    ours = all_coefficients(old_items, old_raters, values, scale)
    renamed = np.array(items)[old_items] * 1000, [f"Dr {raters[r]}" for r in old_raters]
    same(all_coefficients(*renamed, values, scale), ours)


@settings(max_examples=40)
@given(DRAWN, st.permutations(range(3)))
def test_nominal_coefficients_do_not_depend_on_which_category_is_which(drawn, places):
    items, raters, codes = arrays(drawn)
    ours = coefficients_of(coded_ratings(items, raters, codes, 3), HARM)
    same(coefficients_of(coded_ratings(items, raters, np.array(places)[codes], 3), HARM), ours)


@settings(max_examples=40)
@given(DRAWN, st.floats(-50, 50), st.floats(0.01, 100))
def test_interval_coefficients_do_not_depend_on_origin_and_unit(drawn, shift, unit):
    items, raters, codes = arrays(drawn)
    ratings = coded_ratings(items, raters, codes, 3)
    moved = Scale("interval", tuple(shift + unit * x for x in (0.0, 1.0, 5.0)))
    same(coefficients_of(ratings, moved), coefficients_of(ratings, SCALES[2]))


@settings(max_examples=40)
@given(DRAWN)
def test_an_ordinal_scale_read_backwards_agrees_as_well(drawn):
    items, raters, codes = arrays(drawn)
    ours = coefficients_of(coded_ratings(items, raters, codes, 3), SCALES[1])
    same(coefficients_of(coded_ratings(items, raters, 2 - codes, 3), SCALES[1]), ours)


@settings(max_examples=60)
@given(DRAWN, st.sampled_from(SCALES))
def test_no_number_is_given_without_its_status_and_no_status_without_its_reason(drawn, scale):
    items, raters, codes = arrays(drawn)
    for name, found in coefficients_of(coded_ratings(items, raters, codes, 3), scale).items():
        assert (found.value is None) == (found.status not in ("ok", "no_interval")), name
        assert bool(found.reason) == (found.status != "ok")
        if found.value is not None:
            assert np.isfinite(found.value)
            assert found.value <= 1
        if found.low is not None:
            assert found.low <= found.value <= found.high <= 1


@settings(max_examples=40)
@given(DRAWN)
def test_two_raters_scotts_pi_and_alpha_tell_the_same(drawn):
    # α = 1 - (1 - π)(2N - 1)/(2N) for two raters who both rated all N items
    codes = np.array(list(drawn.values()))[: len(drawn) // 2 * 2]
    number = len(codes) // 2
    assume(len(np.unique(codes)) > 1)
    items, raters = np.repeat(np.arange(number), 2), np.tile([0, 1], number)
    found = coefficients_of(coded_ratings(items, raters, codes, 3), HARM)
    wanted = 1 - (1 - found["scott_pi"].value) * (2 * number - 1) / (2 * number)
    assert found["krippendorff_alpha"].value == pytest.approx(wanted)


def test_fleiss_of_two_raters_is_scott_and_congers_is_cohen():
    rng = np.random.default_rng(1)
    state = AgreementState.from_ratings(np.repeat(np.arange(40), 2), [1, 2] * 40, rng.integers(0, 3, 80), 3)
    value = {
        name: estimate(state, name, HARM).value
        for name in ("scott_pi", "fleiss_kappa", "cohen_kappa", "conger_kappa")
    }
    assert value["scott_pi"] == pytest.approx(value["fleiss_kappa"])
    assert value["cohen_kappa"] == pytest.approx(value["conger_kappa"])


def test_real_numbers_and_the_same_numbers_declared_agree():
    rng = np.random.default_rng(2)
    items, raters = np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30)
    values = np.clip(rng.integers(1, 6, 30)[items] + rng.integers(-1, 2, 180), 1, 5)
    for level in ("interval", "ratio"):
        ours = real_alpha(items, raters, values, Scale(level, None))
        theirs = all_coefficients(items, raters, values, Scale(level, (1, 2, 3, 4, 5)))["krippendorff_alpha"]
        same({"alpha": ours}, {"alpha": theirs})
        assert (ours.n_items, ours.n_raters, ours.n_ratings, ours.n_pairable) == (30, 6, 180, 30)
