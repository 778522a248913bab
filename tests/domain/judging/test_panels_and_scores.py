"""Panels of judges, and the score of an answer from verdicts on its criteria."""

from __future__ import annotations

import pytest

from evaluation.domain.judging.panel import criterion_verdict, preferred, risk_level
from evaluation.domain.judging.scores import Judged, coverage, coverage_by_turn, mean_score, points_score


def test_the_three_rules_on_two_votes_of_three() -> None:
    votes = [True, True, False]
    assert [criterion_verdict(votes, rule) for rule in ("majority", "any", "all")] == [True, True, False]


def test_half_and_half_is_what_the_rule_for_ties_says() -> None:
    assert [criterion_verdict([True, False], ties=ties) for ties in ("no", "yes", "undecided")] == [
        False,
        True,
        None,
    ]


def test_an_unread_verdict_is_no_vote() -> None:
    assert criterion_verdict([None, True, None]) is True
    assert criterion_verdict([None, None]) is None
    assert criterion_verdict([]) is None
    assert criterion_verdict([True, None], "any") is True
    assert criterion_verdict([False, None], "any") is None  # the missing vote could have been the one
    assert criterion_verdict([False, None], "all") is False
    assert criterion_verdict([True, None], "all") is None


@pytest.mark.parametrize(
    ("levels", "rule", "level"),
    [([1, 2, 4], "majority", 2), ([1, 4], "majority", 4), ([1, 2, 4], "any", 4), ([1, 2, 4], "all", 1),
     ([1, None], "any", None), ([3, None, None], "majority", 3), ([None], "majority", None)],
)  # fmt: skip
def test_levels_of_risk_of_a_panel(levels: list[int | None], rule: str, level: int | None) -> None:
    assert risk_level(levels, rule) == level


def test_preferences_of_a_panel() -> None:
    assert preferred(["a", "a", "b"]) == "a"
    assert preferred(["a", "b"]) == "tie"
    assert preferred(["a", "tie", "tie"], "any") == "a"
    assert preferred(["a", "b", "tie"], "any") == "tie"
    assert preferred(["a", "a", "tie"], "all") == "tie"
    assert preferred(["both_unacceptable"] * 2, "all") == "both_unacceptable"
    assert preferred(["a", None], "all") is None
    assert preferred(["both_unacceptable", "both_unacceptable", "a"]) == "both_unacceptable"
    assert preferred([None]) is None


def test_the_published_example_of_points() -> None:
    judged = [Judged(7, True), Judged(5, False), Judged(10, True), Judged(-6, True)]
    assert points_score(judged) == pytest.approx(0.5)


def test_a_score_may_be_negative_alone_and_is_cut_in_the_mean() -> None:
    faulty = points_score([Judged(2, False), Judged(-4, True)])
    assert faulty == -2.0
    assert mean_score([faulty, 1.0]) == 0.0
    assert mean_score([0.5, 1.0, None]) == 0.75
    assert mean_score([None]) is None
    assert points_score([Judged(-3, True)]) is None


def test_a_criterion_without_a_verdict_is_left_out_above_and_below_the_line() -> None:
    assert points_score([Judged(4, True), Judged(6, None)]) == 1.0
    assert coverage([Judged(1, True), Judged(1, None), Judged(1, False)]) == 0.5
    assert coverage([Judged(1, None)]) is None


def test_coverage_grows_turn_by_turn() -> None:
    judged = [Judged(1, True, 1), Judged(1, True, 3), Judged(1, False), Judged(1, True), Judged(-2, True, 1)]
    assert coverage_by_turn(judged, 4) == (0.25, 0.25, 0.5, 0.75)
    assert coverage_by_turn([Judged(1, True, 9)], 3) == (0.0, 0.0, 1.0)
    assert coverage_by_turn([], 3) == ()
