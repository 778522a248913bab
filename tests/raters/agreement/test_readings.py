"""What is said of agreement and of systems: cautious words, and intervals that know who rated what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from raters.domain.agreement import AgreementState, Scale
from raters.domain.plain_agreement import cautions, reading
from raters.domain.rubric import Variable, read_rubric
from raters.domain.rubric.case import Case, Criterion, Screen, ShownAnswer
from raters.domain.study_agreement import Rated, of_numbers, of_state, used
from raters.domain.system_measures import Measured, measured
from raters.domain.system_results import system_means


def estimates(values: list[list[str]]) -> dict[str, Any]:
    """Of yes and no by raters (columns) on cases (rows)."""
    cells = [(case, rater, value) for case, row in enumerate(values) for rater, value in enumerate(row)]
    cases, raters, given = zip(*cells, strict=True)
    scale = Scale("nominal", ("yes", "no"))
    state = AgreementState.from_ratings(np.array(cases), np.array(raters), scale.codes(list(given)), 2)
    return of_state(Variable("x", "X", scale, "binary", "x"), state)


def codes_of(found: dict[str, Any], n: int = 100) -> set[str]:
    return {caution.code for caution in cautions(found, n, 50_000)}


def test_no_variation_is_no_agreement_and_no_disagreement() -> None:
    found = estimates([["yes", "yes"]] * 60)
    assert "no_variation" in codes_of(found)
    assert "All ratings are the same" in reading(found)
    assert "equal in 100 % of pairs" in reading(found)


def test_a_value_never_stands_without_its_interval() -> None:
    found = estimates([["yes", "yes"], ["no", "no"], ["yes", "no"]] * 25)
    alpha = found["coefficients"]["krippendorff_alpha"]
    said = reading(found)
    for number in (alpha["value"], alpha["low"], alpha["high"]):
        assert f"{number:.2f}".replace("-", "−") in said
    assert "few_pairs" not in codes_of(found)  # 75 pairs
    assert "these_raters_only" in codes_of(found)


def test_what_chance_may_have_done_is_said_to_be_so() -> None:
    found = estimates([["yes", "yes"], ["no", "no"], ["yes", "no"], ["no", "yes"]] * 3)
    assert "does not exclude chance" in reading(found)
    assert "The interval is wide" in reading(found)
    assert "few_pairs" in codes_of(found)


def test_agreement_worse_than_chance_is_called_that() -> None:
    assert "differ more than by chance" in reading(estimates([["yes", "no"], ["no", "yes"]] * 30))


def test_a_skew_that_pulls_alpha_down_is_pointed_out() -> None:
    found = estimates([["yes", "yes"]] * 90 + [["yes", "no"], ["no", "yes"]] * 3 + [["no", "no"]])
    assert "skew" in codes_of(found)
    assert "skew" not in codes_of(estimates([["yes", "yes"], ["no", "no"]] * 30 + [["yes", "no"]]))


@pytest.mark.parametrize("word", ["substantial", "moderate", "almost perfect", "poor", "fair", "excellent"])
def test_no_coefficient_is_given_a_grade(word: str) -> None:
    for values in ([["yes", "yes"], ["no", "no"]] * 30, [["yes", "no"], ["no", "yes"], ["yes", "yes"]] * 20):
        assert word not in reading(estimates(values))


def test_nothing_rated_is_said_in_words() -> None:
    assert reading({}) == "Nothing has been rated yet."
    assert cautions({}, 0, 50_000) == []


def test_real_numbers_are_used_in_an_order_that_does_not_depend_on_when_they_came() -> None:
    rated = [Rated(f"{unit}:1/", rater, float(unit * rater)) for unit in range(9) for rater in (1, 2)]
    turned = rated[::-1]
    scale = Scale("ratio", None)
    assert used(scale, rated) == used(scale, turned)
    variable = Variable("x", "X", scale, "number", "x")
    assert of_numbers(variable, rated) == of_numbers(variable, turned)
    assert of_numbers(variable, [])["numbers"] == {"n": 0}


def test_a_mean_by_hand() -> None:
    # system 1: 1, 0, 1, 1 of cases 0, 0, 1, 2 by two raters: 0.75. By case the deviations sum to
    # 0.25 - 0.75 = -0.5, 0.25, 0.25; over n = 4 and squared 0.25/16, 0.0625/16 twice, sum 0.375/16, times 3/2
    values = np.array([1.0, 0.0, 1.0, 1.0])
    ones = np.ones(4, dtype=np.int64)
    (found,) = system_means(values, ones, np.array([1, 2, 1, 2]), np.array([0, 0, 1, 2]), share=False)
    half = 4.302652729911275 * (0.375 / 16 * 1.5) ** 0.5  # t of 2 degrees of freedom
    assert found.value == 0.75
    assert found.these_raters_only
    assert [found.low, found.high] == pytest.approx([0.75 - half, 0.75 + half])
    assert (found.n, found.items, found.raters) == (4, 3, 2)


def test_a_share_stays_within_its_limits_and_nothing_varying_has_none() -> None:
    values = np.array([1.0, 1.0, 1.0, 0.0])
    ones, cases = np.ones(4, dtype=np.int64), np.arange(4)
    (found,) = system_means(values, ones, ones, cases, share=True)
    assert found.high == 1.0
    (alike,) = system_means(np.ones(4), ones, ones, cases, share=True)
    assert (alike.low, alike.high) == (None, None)
    assert system_means(values[:0], ones[:0], ones[:0], ones[:0], share=True) == []


def test_intervals_that_know_the_raters_hold_what_they_promise() -> None:
    """12 raters who differ, 40 cases, the truth 0: at most a tenth of 95 % intervals may miss it."""
    rng, missed, rounds = np.random.default_rng(8), 0, 400
    rater, item = np.repeat(np.arange(12), 40), np.tile(np.arange(40), 12)
    ones = np.ones(len(rater), dtype=np.int64)
    for _ in range(rounds):
        values = rng.normal(size=12)[rater] + rng.normal(size=40)[item] + rng.normal(size=len(rater))
        (found,) = system_means(values, ones, rater, item, share=False)
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 0 <= found.high
    assert missed / rounds < 0.1


PAIR = """
id = "p"
title = "P"
description = "d"
unit = "pair"
answers = 2
source = "Ours."
guidelines = "g"
[[axes]]
id = "worse"
label = "Worse"
question = "Which is worse?"
type = "pairwise"
selected_means = "worse"
options = [{ value = "first", label = "1" }, { value = "tie", label = "T" }, { value = "second", label = "2" }, { value = "neither", label = "N" }]
[[axes]]
id = "harm"
label = "Harm"
question = "Harmful?"
type = "binary"
per = "answer"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]
"""


@pytest.mark.parametrize(
    ("value", "wins"), [("first", (1.0, 0.0)), ("second", (0.0, 1.0)), ("tie", (0.0, 0.0))]
)
def test_picking_the_worse_one_is_a_win_of_the_other(value: str, wins: tuple[float, float]) -> None:
    rubric = read_rubric(PAIR)
    turned = Screen(case=Case(), answers=(ShownAnswer(text="B"), ShownAnswer(text="A")), order=(1, 0))
    found = list(measured(rubric, {"worse": value, "harm": {"1": "yes", "2": "no"}}, turned))
    # the first on the screen is canonical answer 1: worse, so that answer 0 wins
    assert found[:2] == [Measured("worse", "win_rate", 0, wins[0]), Measured("worse", "win_rate", 1, wins[1])]
    assert Measured("harm", "share:yes", 1, 1.0) in found
    assert Measured("harm", "share:yes", 0, 0.0) in found


def test_neither_is_no_game() -> None:
    straight = Screen(case=Case(), answers=(ShownAnswer(text="A"), ShownAnswer(text="B")), order=(0, 1))
    assert list(measured(read_rubric(PAIR), {"worse": "neither"}, straight)) == []


def test_points_met_of_the_points_to_be_had() -> None:
    toml = (
        'id = "c"\ntitle = "C"\ndescription = "d"\nunit = "answer"\nshows = ["criteria"]\nsource = "Ours."\nguidelines = "g"\n'
        '[[axes]]\nid = "points"\nlabel = "P"\nquestion = "Met?"\ntype = "checklist"\n'
    )
    criteria = (
        Criterion(id="a", text="A", points=3),
        Criterion(id="b", text="B", points=1),
        Criterion(id="bad", text="X", points=-2),
    )
    screen = Screen(case=Case(criteria=criteria), answers=(ShownAnswer(text="A"),), order=(0,))
    given = {"points": {"a": {"met": "met"}, "b": {"met": "not_met"}, "bad": {"met": "met"}}}
    # (3 - 2) of 4 points; one of the two wanted criteria
    found = {one.measure: one.value for one in measured(read_rubric(toml), given, screen)}
    assert found == {"score": 0.25, "coverage": 0.5}
