"""Where there is no coefficient, or no interval, the reason is said; what cannot be is refused."""

from __future__ import annotations

import numpy as np
import pytest

from raters.domain.agreement import (
    AgreementState,
    Scale,
    agreement_weights,
    all_coefficients,
    alpha_of_codes,
    coded_ratings,
    cohen_inference,
    estimate,
    gwet_standard_error,
    real_alpha,
)
from raters.domain.agreement.coefficients import pattern_coefficient
from raters.domain.estimates import AgreementEstimate

HARM = Scale("nominal", ("none", "mild", "severe"))
LIKERT = Scale("ordinal", (1, 2, 3, 4, 5))


def statuses(items, raters, values, scale):
    return {name: one.status for name, one in all_coefficients(items, raters, values, scale).items()}


def test_why_there_is_no_coefficient_is_said():
    a_lot = np.repeat(np.arange(20), 3)
    assert set(statuses([], [], [], HARM).values()) == {"undefined_no_items"}
    assert set(statuses([1, 2], [7, 7], ["none", "mild"], HARM).values()) == {"undefined_too_few_raters"}
    apart = statuses([1, 2, 3], [7, 8, 9], ["none", "mild", "none"], HARM)
    assert set(apart.values()) == {"undefined_no_pairable_items"}
    few = statuses([1, 1, 2, 2], [7, 8, 7, 8], ["none", "mild", "none", "none"], HARM)
    assert few.pop("percent_agreement") == "ok"
    assert set(few.values()) == {"too_few_items"}
    alike = statuses(a_lot, [1, 2, 3] * 20, ["none"] * 60, HARM)
    assert alike.pop("percent_agreement") == "ok"
    assert set(alike.values()) == {"undefined_no_variation"}
    single = statuses(a_lot, [1, 2, 3] * 20, ["yes"] * 60, Scale("nominal", ("yes",)))
    assert single.pop("percent_agreement") == "ok"
    assert set(single.values()) == {"undefined_one_category_declared"}
    assert statuses([], [], [], Scale("ratio", None)) == {"krippendorff_alpha": "undefined_no_items"}
    assert statuses([1, 1], [1, 2], [3.5, 3.5], Scale("interval", None)) == {
        "krippendorff_alpha": "undefined_no_variation"
    }


def test_a_coefficient_of_two_raters_is_not_given_for_three():
    state = AgreementState.from_ratings([1, 1, 1, 2, 2, 2], [1, 2, 3] * 2, [0, 1, 0, 1, 1, 1], 3)
    found = estimate(state, "cohen_kappa", HARM)
    assert (found.status, found.value) == ("undefined_wrong_number_of_raters", None)
    assert "3 have rated" in found.reason


def test_congers_kappa_from_a_state_has_its_value_and_says_where_the_interval_is():
    rng = np.random.default_rng(3)
    given_ = np.repeat(np.arange(20), 3), np.tile(np.arange(3), 20), rng.integers(0, 3, 60)
    kept, whole = (
        estimate(source, "conger_kappa", HARM)
        for source in (AgreementState.from_ratings(*given_, 3), coded_ratings(*given_, 3))
    )
    assert kept.value == whole.value
    assert (kept.status, whole.status) == ("no_interval", "ok")
    assert "not from the state" in kept.reason


def test_two_raters_give_no_interval_for_other_raters():
    rng = np.random.default_rng(4)
    state = AgreementState.from_ratings(np.repeat(np.arange(20), 2), [1, 2] * 20, rng.integers(0, 3, 40), 3)
    found = estimate(state, "cohen_kappa", HARM, method="two-way")
    assert (found.status, found.low) == ("no_interval", None)
    assert "Two raters are too few" in found.reason


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Scale("likert", (1, 2)), "declare one of nominal"),
        (lambda: Scale("nominal", None), "needs its categories declared"),
        (lambda: Scale("ordinal", ("a", "a")), "each category once"),
        (lambda: Scale("interval", ("low", "high")), "are numbers"),
        (lambda: Scale("ratio", (-1, 2)), "starts at zero"),
        (lambda: LIKERT.codes([1, 6]), "not among the declared"),
        (lambda: LIKERT.codes([1.0, float("nan")]), "leave missing ratings out"),
        (lambda: HARM.codes(["none", None]), "leave missing ratings out"),
        (lambda: agreement_weights(HARM, "linear"), "need an order"),
        (lambda: agreement_weights(LIKERT, "ratio"), "need a ratio scale"),
        (lambda: agreement_weights(LIKERT, "cubic"), "choose one of"),
        (lambda: coded_ratings([1, 1], [2, 2], [0, 1], 2), "rated an item twice"),
        (lambda: coded_ratings([1, 1], [2, 3], [0, 2], 2), "run from 0 to 1"),
        (lambda: coded_ratings([1], [2, 3], [0, 1], 2), "one of each"),
        (lambda: coded_ratings([1.5], [2], [0], 2), "whole numbers or names"),
        (lambda: coded_ratings([1], [2], [0.5], 2), "category codes are whole numbers"),
        (lambda: all_coefficients([1], [1], [float("inf")], Scale("interval", None)), "must be finite"),
        (lambda: all_coefficients([1], [1], [-1.0], Scale("ratio", None)), "starts at zero"),
        (lambda: estimate(AgreementState(3), "kappa", HARM), "choose one of"),
        (lambda: estimate(AgreementState(5), "gwet_ac1", LIKERT, weights="linear"), "gwet_ac2"),
        (lambda: estimate(AgreementState(5), "krippendorff_alpha", LIKERT, weights="linear"), "no weights"),
        (lambda: pattern_coefficient("cohen_kappa", HARM), "needs to know the raters"),
        (lambda: alpha_of_codes(np.array([0]), np.array([3]), HARM), "run from 0 to 2"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_too_many_distinct_values_of_a_ratio_scale_are_refused():
    values = np.random.default_rng(5).random(4000)
    with pytest.raises(ValueError, match="round them"):
        real_alpha(np.repeat(np.arange(2000), 2), [1, 2] * 2000, values, Scale("ratio", None))


def test_standard_errors_are_none_where_the_coefficient_is():
    state = AgreementState.from_ratings([1, 1], [1, 2], [0, 0], 3)
    assert gwet_standard_error(state.table(), pattern_coefficient("fleiss_kappa", HARM)) is None
    assert cohen_inference(np.zeros((2, 2)), np.eye(2)) is None
    assert cohen_inference(np.array([[4.0, 0], [0, 0]]), np.eye(2)) is None
    assert alpha_of_codes(np.array([0, 0]), np.array([1, 1]), HARM) is None
    assert alpha_of_codes(np.array([], dtype=np.int64), np.array([], dtype=np.int64), HARM) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": None},
        {"status": "no_interval", "reason": "few"},
        {"reason": "fine"},
        {"status": "undefined_no_items", "value": None, "low": None, "high": None},
    ],
)
def test_an_estimate_that_contradicts_itself_cannot_be_made(wrong):
    told = {
        "coefficient": "gwet_ac1",
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "status": "ok",
        "reason": "",
        "interval": "item jackknife-t",
        "n_items": 9,
        "n_raters": 3,
        "n_ratings": 27,
        "these_raters_only": True,
    }
    assert AgreementEstimate(**told).value == 0.5
    with pytest.raises(ValueError, match="status"):
        AgreementEstimate(**{**told, **wrong})
