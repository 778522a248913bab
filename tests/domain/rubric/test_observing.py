from __future__ import annotations

import json
from typing import Any

from raters.domain.agreement import Scale
from raters.domain.rubric import (
    Observation,
    Rubric,
    Screen,
    Verdict,
    check,
    codebook,
    observations,
    read_rubric,
    variables,
    verdict,
)

Payload = dict[str, Any]


def values(rubric: Rubric, payload: Payload, screen: Screen) -> dict[tuple[str, str], str | float]:
    checked = check(rubric, payload, screen)
    assert checked.problems == []
    return {(one.variable, one.part): one.value for one in observations(rubric, checked.payload, screen)}


def scales(rubric: Rubric) -> dict[str, Scale | None]:
    return {variable.id: variable.scale for variable in variables(rubric)}


def test_each_type_of_axis_declares_its_scale_with_unused_categories(every_type: Rubric) -> None:
    found = scales(every_type)
    assert found["seen"] == Scale("nominal", ("yes", "no"))
    assert found["risk"] == Scale("ordinal", ("low", "mid", "high"))
    assert found["why.z"] == found["safe"] == Scale("nominal", ("yes", "no"))
    assert found["points"] == Scale("nominal", ("met", "not_met"))
    assert found["count"] == found["marks.count"] == Scale("ratio", None)
    assert found["marks"] is None
    assert found["feel"] == Scale("interval", (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    assert "comment" not in found and "why_y" not in found


def test_an_interval_of_many_steps_or_none_is_one_of_real_numbers(every_type_toml: str) -> None:
    fine = read_rubric(every_type_toml.replace("step = 0.1", "step = 0.001"))  # 1001 numbers
    smooth = read_rubric(every_type_toml.replace("step = 0.1", ""))
    assert scales(fine)["feel"] == scales(smooth)["feel"] == Scale("interval", None)


def test_neither_is_not_on_the_scale_of_a_choice_between_two(pair: Rubric, straight: Screen) -> None:
    assert scales(pair)["worse"] == Scale("ordinal", ("a_much", "a", "tie", "b", "b_much"))
    assert scales(pair)["worse.neither"] == Scale("nominal", ("yes", "no"))
    rating = {"worse": "neither", "place": [1, 2], "harm": {"1": "no", "2": "no"}}
    found = values(pair, rating, straight)
    assert ("worse", "") not in found and found["worse.neither", ""] == "yes"


def test_a_rating_gives_one_value_for_each_thing_judged(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    found = values(every_type, full, screen)
    spans = found.pop(("marks", ""))
    assert json.loads(str(spans)) == full["marks"]
    assert found == {
        ("seen", ""): "yes",
        ("why.x", ""): "no",
        ("why.y", ""): "yes",
        ("why.z", ""): "yes",
        ("risk", ""): "mid",
        ("feel", ""): 0.3,
        ("count", ""): 2.0,
        ("marks.count", ""): 1.0,
        ("points", "site"): "met",
        ("points", "onset"): "met",
        ("points", "rude"): "not_met",
        ("safe", ""): "yes",
    }


def test_what_was_hidden_or_could_not_be_judged_is_no_observation(
    every_type: Rubric, screen: Screen, full: Payload
) -> None:
    points = full["points"] | {"onset": {"met": "cannot_judge"}}
    found = values(
        every_type, full | {"seen": "no", "risk": {"cannot_judge": "ambiguous"}, "points": points}, screen
    )
    assert not {key for key in found if key[0].startswith(("why", "risk", "safe"))}
    assert ("points", "onset") not in found and ("points", "site") in found


def test_two_raters_of_swapped_sides_who_mean_the_same_agree(
    pair: Rubric, straight: Screen, turned: Screen
) -> None:
    # canonical answer 0 is the more biased, the second in rank and the harmful one
    one = {
        "worse": "first",
        "ways": ["gap"],
        "place": [2, 1],
        "harm": {"1": "yes", "2": "no"},
        "harm_note": {"1": "x"},
    }
    other = {
        "worse": "second",
        "ways": ["gap"],
        "place": [1, 2],
        "harm": {"2": "yes", "1": "no"},
        "harm_note": {"2": "x"},
    }
    found = values(pair, one, straight)
    assert found == values(pair, other, turned)
    assert found["worse", ""] == "a"
    assert (found["place", "0"], found["place", "1"]) == ("2", "1")
    assert (found["harm", "0"], found["harm", "1"]) == ("yes", "no")


def test_turning_a_pair_twice_changes_nothing() -> None:
    back: dict[Verdict, str] = {"a_much": "first_much", "a": "first", "b": "second", "b_much": "second_much"}
    for value in ("first_much", "first", "second", "second_much"):
        assert back[verdict(value, (0, 1))] == value
        assert verdict(value, (1, 0)) != verdict(value, (0, 1))
    for value in ("tie", "neither"):
        assert verdict(value, (1, 0)) == verdict(value, (0, 1)) == value


def test_criteria_of_several_answers_are_told_apart(pair_toml: str, screen: Screen) -> None:
    both = read_rubric(
        pair_toml.replace("answers = 2", 'answers = 2\nshows = ["criteria"]')
        + '\n[[axes]]\nid = "list"\nlabel = "L"\nquestion = "Q"\ntype = "checklist"\nper = "answer"\n'
    )
    shown = Screen(case=screen.case, answers=screen.answers * 2, order=(1, 0))
    entries = {"site": {"met": "met"}, "onset": {"met": "met"}, "rude": {"met": "not_met"}}
    rating = {
        "worse": "tie",
        "place": [1, 2],
        "harm": {"1": "no", "2": "no"},
        "list": {"1": entries, "2": entries},
    }
    assert values(both, rating, shown)["list", "1:rude"] == "not_met"


def test_the_codebook_explains_every_variable_and_free_text(every_type: Rubric, pair: Rubric) -> None:
    for rubric in (every_type, pair):
        names = [row.variable for row in codebook(rubric)]
        assert set(names) == {variable.id for variable in variables(rubric)} | {
            axis.id for axis in rubric.axes if axis.type == "text"
        }
        assert len(set(names)) == len(names)
    rows = {row.variable: row for row in codebook(every_type)}
    assert rows["feel"].values == "number from 0 to 1 in steps of 0.1"
    assert rows["why.x"].asked == "if seen is yes"
    assert rows["equity"].asked == "of experts"
    assert rows["safe"].values == "yes = risk is low or mid; no"
    assert "made_up = Made up" in rows["marks"].values
    assert rows["comment"].missing.startswith("may be left empty")


def test_an_observation_is_a_plain_value(every_type: Rubric, screen: Screen, full: Payload) -> None:
    assert Observation("risk", "", "mid") in observations(
        every_type, check(every_type, full, screen).payload, screen
    )
