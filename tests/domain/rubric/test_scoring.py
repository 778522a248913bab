from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.rubric import (
    Case,
    Criterion,
    Rubric,
    Screen,
    ShownAnswer,
    Verdict,
    check,
    checklist_score,
    panel_verdict,
    preferred,
    ranked_pairs,
    read_rubric,
    retained,
    scores,
    shares,
    shipped,
    win_rate,
)

Payload = dict[str, Any]


def scored(rubric: Rubric, payload: Payload, screen: Screen) -> dict[str, Any]:
    checked = check(rubric, payload, screen)
    assert checked.problems == []
    return scores(rubric, checked.payload, screen)


def conversation(points: list[float], met: list[str]) -> dict[str, Any]:
    rubric = read_rubric(shipped()["healthbench"])
    criteria = tuple(Criterion(id=f"c{n}", text="…", points=each) for n, each in enumerate(points))
    screen = Screen(case=Case(criteria=criteria), answers=(ShownAnswer(text="…"),), order=(0,))
    answers = {f"c{n}": {"met": each} for n, each in enumerate(met)}
    return scored(rubric, {"hb_criterion_met": answers}, screen)


def test_healthbench_points_met_are_divided_by_positive_points() -> None:
    # 7 + 10 - 6 = 11 of 7 + 5 + 10 = 22
    found = conversation([7, 5, 10, -6], ["met", "not_met", "met", "met"])
    assert found["hb_criterion_met.score"] == 0.5
    assert found["hb_criterion_met.coverage"] == pytest.approx(2 / 3)  # a fault is nothing to cover


def test_a_score_can_fall_below_zero_and_does_not_exist_without_positive_points() -> None:
    assert conversation([5, -10], ["not_met", "met"])["hb_criterion_met.score"] == -2.0
    assert conversation([-5], ["met"]) == {}


def test_a_criterion_that_could_not_be_judged_counts_on_neither_side_of_the_line() -> None:
    # 7 of 7 + 10, the 5 left out
    found = conversation([7, 5, 10], ["met", "cannot_judge", "not_met"])
    assert found["hb_criterion_met.score"] == pytest.approx(7 / 17)


@given(st.lists(st.tuples(st.integers(-10, 10).filter(bool), st.booleans()), min_size=1))
def test_a_score_is_at_most_one_and_one_more_point_met_never_lowers_it(
    entries: list[tuple[float, bool]],
) -> None:
    score = checklist_score(entries)
    if score is None:
        assert all(points < 0 for points, _ in entries)
        return
    assert score <= 1
    better = checklist_score([(points, met or points > 0) for points, met in entries])
    assert better is not None and better >= score


def test_coverage_grows_turn_by_turn_to_the_coverage_of_the_dialogue(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    # site is met at turn 1, onset without a pin and so at the last of 3; rude is a fault and no part of it
    found = scored(every_type, full, screen)
    assert found["points.coverage_by_turn"] == (0.5, 0.5, 1.0)
    assert found["points.coverage"] == 1.0
    assert found["points.must_ask"] == 1.0
    assert found["points.score"] == 1.0  # 1 + 3 of 1 + 3, the fault not there


def medval(risk: str, marks: list[Payload]) -> tuple[dict[str, Any], list[str]]:
    rubric = read_rubric(shipped()["medval"])
    screen = Screen(case=Case(source="No nodule."), answers=(ShownAnswer(text="A nodule."),), order=(0,))
    checked = check(rubric, {"mv_errors": marks, "mv_risk": risk}, screen)
    assert checked.problems == []
    return scores(rubric, checked.payload, screen), checked.questions


NODULE = {
    "side": "output",
    "start": 0,
    "end": 8,
    "text": "A nodule",
    "category": "fabricated_claim",
    "severity": "severe",
}


@pytest.mark.parametrize(("risk", "safe"), [("1", "yes"), ("2", "yes"), ("3", "no"), ("4", "no")])
def test_medval_levels_one_and_two_are_safe(risk: str, safe: str) -> None:
    assert medval(risk, [NODULE])[0]["mv_safe"] == safe


@pytest.mark.parametrize(("risk", "asked"), [("1", 0), ("2", 0), ("3", 1), ("4", 1)])
def test_medval_asks_back_when_a_risk_is_seen_and_nothing_marked(risk: str, asked: int) -> None:
    assert len(medval(risk, [])[1]) == asked
    assert medval(risk, [NODULE])[1] == []


def test_equitymedqa_the_answer_not_named_is_preferred_in_the_ways_ticked(
    straight: Screen, turned: Screen
) -> None:
    rubric = read_rubric(shipped()["equitymedqa_pairwise"])
    way = "failure_to_challenge"
    found = scored(rubric, {"eqm_pw_more_bias": "first", "eqm_pw_dims": [way]}, straight)
    assert found["eqm_pw_more_bias.preferred"] == "b"
    assert found[f"eqm_pw_dims.{way}.preferred"] == "b"
    assert found["eqm_pw_dims.other_bias.preferred"] == "tie"
    other = scored(rubric, {"eqm_pw_more_bias": "first", "eqm_pw_dims": [way]}, turned)
    assert other[f"eqm_pw_dims.{way}.preferred"] == "a"
    none = scored(rubric, {"eqm_pw_more_bias": "tie"}, straight)
    assert none[f"eqm_pw_dims.{way}.preferred"] == none["eqm_pw_more_bias.preferred"] == "tie"


# Singhal et al. 2025 and preprint 2305.09617, MultiMedQA 1066: share of ratings naming the model, the physician
# and neither, in the order of the nine axes
MODEL_PHYSICIAN_TIE = [
    (729, 118, 153), (569, 96, 335), (801, 88, 112), (730, 84, 186), (266, 141, 594),
    (63, 640, 297), (13, 43, 943), (64, 418, 518), (67, 445, 488),
]  # fmt: skip


def test_medpalm2_shares_sum_to_one_and_turning_the_five_axes_prefers_the_model_on_eight_of_nine() -> None:
    rubric = read_rubric(shipped()["medpalm2_pairwise"])
    preferred_on = []
    for axis, (model, physician, tie) in zip(rubric.axes, MODEL_PHYSICIAN_TIE, strict=True):
        named: list[Verdict] = ["a"] * model + ["b"] * physician + ["tie"] * tie
        assert sum(shares(named).values()) == pytest.approx(1)
        counted = Counter(preferred(axis, each) for each in named)
        if counted["a"] > counted["b"]:
            preferred_on.append(axis.id)
    assert len(preferred_on) == 8
    assert "mp2_pw_irrelevant" not in preferred_on


def test_medarena_neither_is_a_vote_and_no_game() -> None:
    # 10 wins of 10 + 5 + 3 games
    votes: list[Verdict] = ["a"] * 8 + ["a_much"] * 2 + ["b"] * 5 + ["tie"] * 3 + ["neither"] * 2
    found = win_rate(votes)
    assert (found.rate, found.games, found.votes, found.neither) == (10 / 18, 18, 20, 2)
    assert win_rate(votes, "b").rate == 5 / 18
    assert win_rate(["neither"]).rate is None


def test_a_panel_decides_by_its_rule() -> None:
    votes = [True, True, False]
    assert panel_verdict(votes, "majority") and panel_verdict(votes, "liberal")
    assert not panel_verdict(votes, "unanimous")
    assert not panel_verdict([True, False], "majority")  # half is no majority
    assert not panel_verdict([True] * 4 + [False], "more_than_80_percent")  # 4 of 5 are not more than 80 %
    assert panel_verdict([True] * 9 + [False] * 2, "more_than_80_percent")  # 81.8 %
    with pytest.raises(ValueError, match="without votes"):
        panel_verdict([])


def test_two_votes_keep_a_criterion() -> None:
    assert retained([True, False, True]) and not retained([True, False, False])


def test_a_rank_gives_places_and_pairs_of_canonical_answers(pair: Rubric, turned: Screen) -> None:
    # shown second is canonical 0, and it is ranked first
    assert ranked_pairs([2, 1], (1, 0)) == ((0, 1),)
    assert ranked_pairs([3, 1, 2], (0, 1, 2)) == ((2, 0), (2, 1), (0, 1))
    found = scored(pair, {"worse": "neither", "place": [2, 1], "harm": {"1": "no", "2": "no"}}, turned)
    assert (found["place.place.0"], found["place.place.1"]) == (1.0, 2.0)
    assert found["worse.preferred"] == "neither"


def test_the_headline_bin_is_told_from_the_rest(every_type: Rubric, screen: Screen, full: Payload) -> None:
    assert scored(every_type, full, screen)["seen.top_bin"] == "yes"
    assert scored(every_type, full | {"seen": "no"}, screen)["seen.top_bin"] == "no"
    assert "risk.top_bin" not in scored(every_type, full, screen)
