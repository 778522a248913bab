from __future__ import annotations

from typing import Any

import pytest

from raters.domain.rubric import Problem, Rubric, Screen, check, clean, visible_axes, visible_parts

Payload = dict[str, Any]


def told(problems: list[Problem]) -> set[tuple[str, str, str]]:
    return {(problem.axis, problem.part, problem.code) for problem in problems}


def test_a_complete_rating_comes_back_in_canonical_form(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    checked = check(every_type, full, screen)
    assert checked.problems == []
    assert list(checked.payload) == ["seen", "why", "why_y", "risk", "feel", "count", "marks", "points"]
    assert checked.payload["why"] == ["y", "z"]  # the order declared
    assert checked.payload["count"] == 2 and isinstance(checked.payload["count"], int)
    assert list(checked.payload["points"]) == ["site", "onset", "rude"]  # the order of the case


def test_a_canonical_rating_is_its_own_canonical_form(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    once = check(every_type, full, screen).payload
    assert check(every_type, once, screen).payload == once


def test_nothing_answered_lists_every_required_axis_that_is_asked(every_type: Rubric, screen: Screen) -> None:
    checked = check(every_type, {}, screen)
    # why and why_y hang on seen, equity is for experts, the comment is optional
    assert told(checked.problems) == {
        (axis, "", "incomplete") for axis in ("seen", "risk", "feel", "count", "marks", "points")
    }
    assert ("equity", "", "incomplete") in told(check(every_type, {}, screen, "experts").problems)


def test_hidden_axes_are_dropped_from_ratings_and_kept_in_drafts(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    changed = full | {"seen": "no"}
    checked = check(every_type, changed, screen)
    assert checked.problems == []
    assert "why" not in checked.payload and "why_y" not in checked.payload
    assert clean(every_type, changed, screen).payload["why"] == ["y", "z"]


def test_a_chain_of_conditions_is_followed(every_type: Rubric) -> None:
    def shown(payload: Payload) -> set[str]:
        return {axis.id for axis in visible_axes(every_type, payload)} & {"why", "why_y"}

    assert shown({}) == set()
    assert shown({"seen": "yes"}) == {"why"}
    assert shown({"seen": "yes", "why": ["x", "y"]}) == {"why", "why_y"}
    assert shown({"seen": "no", "why": ["y"]}) == set()  # what is hidden holds no value
    assert shown({"seen": {"cannot_judge": "ambiguous"}, "why": ["y"]}) == set()


def test_faults_in_hidden_answers_do_not_stop_a_rating(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    assert check(every_type, full | {"seen": "no", "why": 7}, screen).problems == []


def test_unknown_axes_are_refused(every_type: Rubric, screen: Screen, full: Payload) -> None:
    for read in (check, clean):
        assert told(read(every_type, full | {"mood": 3}, screen).problems) == {("", "", "unknown_axis")}


def test_axes_of_another_group_are_refused(every_type: Rubric, screen: Screen, full: Payload) -> None:
    checked = check(every_type, full | {"equity": "fair"}, screen)
    assert told(checked.problems) == {("equity", "", "not_asked")}
    assert check(every_type, full | {"equity": "fair"}, screen, "experts").problems == []


@pytest.mark.parametrize(
    ("axis", "value", "code"),
    [
        ("seen", "maybe", "unknown_value"),
        ("seen", True, "type"),
        ("why", "x", "type"),
        ("why", ["x", "w"], "unknown_value"),
        ("why", ["x", "x"], "duplicate"),
        ("feel", 1.1, "range"),
        ("feel", 0.25, "step"),
        ("feel", "0.3", "type"),
        ("feel", True, "type"),
        ("feel", float("nan"), "range"),
        ("count", 10**400, "range"),
        ("count", float("inf"), "range"),
        ("count", -1, "range"),
        ("count", 1.5, "step"),
        ("comment", "x" * 10_001, "length"),
        ("comment", "a\x00b", "text"),
        ("comment", "a\ud800b", "text"),
        ("comment", 3, "type"),
        ("marks", {}, "type"),
        ("points", [], "type"),
    ],
)
def test_values_of_the_wrong_kind_are_refused_and_left_out_of_drafts(
    every_type: Rubric, screen: Screen, full: Payload, axis: str, value: object, code: str
) -> None:
    payload = full | {axis: value}
    assert told(check(every_type, payload, screen).problems) == {(axis, "", code)}
    draft = clean(every_type, payload, screen)
    assert told(draft.problems) == {(axis, "", code)}
    assert draft.payload.get(axis) != value


def test_numbers_near_a_step_are_put_on_it(every_type: Rubric, screen: Screen, full: Payload) -> None:
    # 0.1 + 0.2 = 0.30000000000000004
    assert check(every_type, full | {"feel": 0.1 + 0.2}, screen).payload["feel"] == 0.3


def test_not_being_able_to_judge_takes_a_reason_and_leave(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    def problems(axis: str, value: object) -> set[tuple[str, str, str]]:
        return told(check(every_type, full | {axis: value}, screen).problems)

    assert problems("risk", {"cannot_judge": "outside_specialty", "note": "not mine"}) == set()
    assert problems("points", {"cannot_judge": "technical"}) == set()
    assert problems("risk", {"cannot_judge": "tired"}) == {("risk", "", "reason")}
    assert problems("risk", {"cannot_judge": 3}) == {("risk", "", "type")}
    assert problems("risk", {"cannot_judge": "ambiguous", "mood": 1}) == {("risk", "", "unknown_field")}
    assert problems("why_y", {"cannot_judge": "ambiguous"}) == {("why_y", "", "not_allowed")}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": 5}, "mismatch"),  # "ever" is not "fever"
        ({"text": "Fever"}, "mismatch"),
        ({"end": 4}, "range"),
        ({"end": 99}, "range"),
        ({"start": -1}, "range"),
        ({"start": True}, "range"),
        ({"start": None}, "range"),
        ({"side": "case"}, "unknown_value"),
        ({"side": "source"}, "mismatch"),
        ({"category": "typo"}, "unknown_value"),
        ({"category": ""}, "incomplete"),
        ({"severity": ["minor"]}, "unknown_value"),
        ({"severity": None}, "incomplete"),
        ({"colour": "red"}, "unknown_field"),
        ({"note": 3}, "type"),
        ({"note": "x" * 10_001}, "length"),
    ],
)
def test_marked_passages_are_held_against_the_text_in_code_points(
    every_type: Rubric, screen: Screen, full: Payload, change: Payload, code: str
) -> None:
    span = full["marks"][0] | change
    assert told(check(every_type, full | {"marks": [span]}, screen).problems) == {("marks", "1", code)}


def test_passages_of_the_source_and_of_the_output_are_both_kept_in_order(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    # "Fièvre 🌡 since May": F 0 … e 5, space 6, thermometer 7, space 8, "since" 9 to 14
    since = {
        "side": "source",
        "start": 9,
        "end": 14,
        "text": "since",
        "category": "left_out",
        "severity": "grave",
    }
    checked = check(every_type, full | {"marks": [since, *full["marks"]]}, screen)
    assert checked.problems == []
    assert [span["side"] for span in checked.payload["marks"]] == ["output", "source"]


def test_an_empty_list_of_passages_is_an_answer_and_the_same_passage_twice_is_not(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    assert check(every_type, full | {"marks": []}, screen).payload["marks"] == []
    twice = check(every_type, full | {"marks": full["marks"] * 2}, screen)
    assert told(twice.problems) == {("marks", "", "duplicate")}
    crowd = check(every_type, full | {"marks": full["marks"] * 501}, screen)
    assert told(crowd.problems) == {("marks", "", "length")}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"site": {"met": "met"}}, {("site", "incomplete"), ("onset", "incomplete"), ("rude", "incomplete")}),
        ({"site": {"met": "met", "turn": 4}}, {("site", "range"), ("onset", "incomplete"), ("rude", "incomplete")}),
        ({"smell": {"met": "met"}}, {("", "unknown_value"), ("site", "incomplete"), ("onset", "incomplete"), ("rude", "incomplete")}),
        ({"site": {"met": "no"}, "onset": 3, "rude": {"turn": 1}}, {("site", "unknown_value"), ("onset", "type"), ("rude", "incomplete")}),
        ({"site": {"met": "not_met"}, "onset": {"met": "met"}, "rude": {"met": "cannot_judge"}}, set()),
    ],
)  # fmt: skip
def test_every_criterion_of_the_case_is_answered_and_must_asks_are_pinned(
    every_type: Rubric, screen: Screen, full: Payload, points: Payload, expected: set[tuple[str, str]]
) -> None:
    problems = check(every_type, full | {"points": points}, screen).problems
    assert told(problems) == {("points", part, code) for part, code in expected}


def test_a_pin_left_on_a_criterion_not_met_is_kept_in_the_draft_only(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    payload = full | {"points": full["points"] | {"site": {"met": "not_met", "turn": 1}}}
    assert check(every_type, payload, screen).payload["points"]["site"] == {"met": "not_met"}
    assert clean(every_type, payload, screen).payload["points"]["site"] == {"met": "not_met", "turn": 1}


def test_drafts_may_be_unfinished(every_type: Rubric, screen: Screen) -> None:
    marks = [{"side": "output", "start": 4, "end": 9, "text": "fever"}]
    draft = clean(every_type, {"marks": marks, "points": {"site": {"met": "met"}}, "seen": None}, screen)
    assert draft.problems == []
    assert draft.payload == {"marks": marks, "points": {"site": {"met": "met"}}}


def test_a_cross_check_that_holds_asks_and_does_not_stop(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    checked = check(every_type, full | {"risk": "high", "marks": []}, screen)
    assert checked.problems == []
    assert checked.questions == ["High risk and nothing marked?"]
    assert check(every_type, full | {"risk": "high"}, screen).questions == []
    assert check(every_type, full | {"marks": []}, screen).questions == []


PAIR = {
    "worse": "first",
    "ways": [],
    "place": [2, 1],
    "harm": {"1": "yes", "2": "no"},
    "harm_note": {"1": "dose"},
}


def test_questions_of_each_answer_take_a_value_by_position(pair: Rubric, straight: Screen) -> None:
    assert check(pair, PAIR, straight).problems == []
    assert visible_parts(pair, pair.axis("harm_note"), PAIR) == ("1",)
    missing = check(pair, PAIR | {"harm": {"1": "yes"}}, straight)
    assert told(missing.problems) == {("harm", "2", "incomplete")}
    assert told(check(pair, PAIR | {"harm": "yes"}, straight).problems) == {("harm", "", "type")}
    other = check(pair, PAIR | {"harm": {"1": "yes", "3": "no"}}, straight)
    assert told(other.problems) == {("harm", "", "unknown_value"), ("harm", "2", "incomplete")}
    wrong = check(pair, PAIR | {"harm": {"1": "yes", "2": "?"}}, straight)
    assert told(wrong.problems) == {("harm", "2", "unknown_value")}


def test_a_hidden_part_is_dropped_and_the_shown_one_stays(pair: Rubric, straight: Screen) -> None:
    checked = check(pair, PAIR | {"harm_note": {"1": "dose", "2": "left over"}}, straight)
    assert checked.problems == [] and checked.payload["harm_note"] == {"1": "dose"}


@pytest.mark.parametrize(
    ("rank", "code"),
    [([1], "incomplete"), ([1, 1], "duplicate"), ([0, 1], "range"), ([1, 2, 3], "range"), (["1", "2"], "type"), ([True, 2], "type"), ("12", "type"), ([], "incomplete")],
)  # fmt: skip
def test_a_rank_names_every_answer_once(pair: Rubric, straight: Screen, rank: object, code: str) -> None:
    assert told(check(pair, PAIR | {"place": rank}, straight).problems) == {("place", "", code)}


def test_a_screen_of_another_rubric_is_refused(pair: Rubric, every_type: Rubric, screen: Screen) -> None:
    with pytest.raises(ValueError, match="rates 2 answers at once, the screen shows 1"):
        check(pair, {}, screen)
    lost = Screen(case=screen.case, answers=screen.answers, order=(1,))
    with pytest.raises(ValueError, match="does not name each"):
        check(every_type, {}, lost)
