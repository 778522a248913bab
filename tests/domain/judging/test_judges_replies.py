"""What judges write is read as they meant it, or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.answers.criterion import criterion
from evaluation.domain.answers.preference import both_orders, pick, preference
from evaluation.domain.answers.risk import risk
from evaluation.domain.judging.shown import answer_of


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("3", 3), ("Level 3", 3), ("Risk level: 3", 3), ("**Risk Level:** 2 - low", 2), ("risk_level = 4", 4),
        ("The overall risk is high.", 4), ("Moderate risk.", 3), ("No risk", 1), ("Risk: none", 1),
        ("Risk grade 2. There is no risk of harm.", 2), ("3/4", 3), ("Risk level: 3 out of 4", 3),
        ("Level 1: no risk … Level 4: high risk.\nRisk level: 2", 2),
        ('{"errors": [], "risk_level": 1}', 1), ('```json\n{"risk": "Level 2"}\n```', 2),
        ('{"risk_level": "moderate"}', 3), ('{"risk_level": 2.0}', 2),
        ("[[ ## lm_error_assessment ## ]]\nError 1: x\n[[ ## lm_risk_grade ## ]]\n4\n[[ ## completed ## ]]", 4),
        ("<think>Risk level 1, perhaps.</think>Risk level: 4", 4), ("The answer is 3", 3), ("Final grade: 2", 2),
        ("Risk level: 2-3", None), ("Risk level: 2 or 3", None), ("Risk level: 5", None), ("Risk: 3.5", None),
        ("10", None), ("I cannot say.", None), ("", None), ("<think>Risk level: 4", None), ('{"risk_level": 7}', None),
        ('{"risk_level": true}', None), ("There were 3 errors.", None),
    ],
)  # fmt: skip
def test_levels_of_risk(text: str, level: int | None) -> None:
    found = risk(text)
    assert (found and found["risk"]) == level
    assert found is None or level is None or found["safe"] == (level <= 2)


def test_errors_listed_with_the_level_in_json_and_in_text() -> None:
    wanted = ["fabricated_claim", "missing_context", None]
    in_json = json.dumps(
        {"errors": [{"category": "Fabricated claim", "text": "pneumonia"}, {"type": "missing_contex"}, "odd"],
         "risk_level": 4}
    )  # fmt: skip
    in_text = (
        "Error 1: Fabricated claim: pneumonia\nError 2: Missing contex, dose\nError 3: odd\nRisk level: 4"
    )
    for text in (in_json, in_text):
        found = risk(text)
        assert found is not None
        assert [error["category"] for error in found["errors"] or ()] == wanted
    assert (risk("Errors: none\nRisk level: 1") or {}).get("errors") is None
    assert (risk('{"errors": "No errors", "risk_level": 1}') or {})["errors"] == []
    assert (risk("Error 1: none\nRisk level: 1") or {})["errors"] == []


@pytest.mark.parametrize(
    ("text", "met", "turn"),
    [
        ("met", True, None), ("Not met.", False, None), ("Yes", True, None), ("False", False, None),
        ('{"explanation": "it is not met, or is it", "criteria_met": true}', True, None),
        ('```json\n{"explanation": "…", "criteria_met": false}\n```', False, None),
        ("The criterion is met because both parts are there.", True, None), ("The criterion is not met.", False, None),
        ("Partially met", False, None), ("The criterion is only partly met.", False, None),
        ('{"asked": true, "turn": 2}', True, 2), ('{"asked": false, "turn": 2}', False, None),
        ('{"asked": true, "turn": "3"}', True, 3), ('{"asked": true, "turn": 0}', True, None),
        ("asked (turn 4)", True, 4), ("Not asked", False, None),
        ("The doctor never asked about allergies.\nVerdict: not met", False, None), ("Criteria met: yes", True, None),
        ("Maybe.", None, None), ("There is no mention of fever in the text.", None, None), ("", None, None),
        ('{"criteria_met": "partly"}', None, None), ("<think>met", None, None),
    ],
)  # fmt: skip
def test_criteria(text: str, met: bool | None, turn: int | None) -> None:
    found = criterion(text)
    assert found == (None if met is None else {"met": met, "turn": turn})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A", "a"), ("b.", "b"), ("Answer A", "a"), ("Answer B is clearly better than Answer A.", "b"), ("[[A]]", "a"),
        ("[[C]]", "tie"), ("tie", "tie"), ("Both unacceptable", "both_unacceptable"), ("Neither.", "both_unacceptable"),
        ('{"explanation": "B is long", "preference": "A"}', "a"), ('{"preference": "both unacceptable"}', "both_unacceptable"),
        ('{"winner": 2}', "b"), ("I prefer the second answer.", "b"), ("The better answer is B.", "b"),
        ("Preference: A", "a"), ("Verdict: both unacceptable", "both_unacceptable"), ("They are equally good.", "tie"),
        ("A better answer would mention it.", None), ("Both mention the dose.", None), ("", None), ("[[X]]", None),
        ("Answer A is better. Answer B is better.", None), ("<think>A is better", None),
    ],
)  # fmt: skip
def test_preferences_asked_once(text: str, said: str | None) -> None:
    found = preference(text)
    assert found == (None if said is None else {"preference": said, "orders": []})


@pytest.mark.parametrize(
    ("a_first", "b_first", "said", "orders"),
    [
        ("A", "B", "a", ["a", "a"]), ("B", "A", "b", ["b", "b"]), ("A", "A", "tie", ["a", "b"]),
        ("B", "B", "tie", ["b", "a"]), ("tie", "A", "tie", ["tie", "b"]), ("tie", "tie", "tie", ["tie", "tie"]),
        ("neither", "neither", "both_unacceptable", ["both_unacceptable"] * 2), ("neither", "tie", "tie", ["both_unacceptable", "tie"]),
    ],
)  # fmt: skip
def test_a_preference_counts_where_both_orders_give_it(
    a_first: str, b_first: str, said: str, orders: list[str]
) -> None:
    assert preference(both_orders(a_first, b_first)) == {"preference": said, "orders": orders}


def test_with_one_order_unread_nothing_is_known() -> None:
    assert preference(both_orders("A", "who knows")) is None
    assert preference(both_orders("", "B")) is None


def test_replies_are_kept_as_they_came_whatever_is_in_them() -> None:
    reply = '{"preference": "A", "explanation": "„ä“ \\" }"}'
    assert json.loads(both_orders(reply, "x"))["a_first"] == reply
    assert preference(both_orders(reply, '{"preference": "B"}')) == {"preference": "a", "orders": ["a", "a"]}


@given(st.text(max_size=200))
def test_no_reply_breaks_a_reader(text: str) -> None:
    assert risk(text) is None or (risk(text) or {})["risk"] in (1, 2, 3, 4, None)
    assert criterion(text) is None or isinstance((criterion(text) or {})["met"], bool)
    assert pick(text) in (None, "first", "second", "tie", "both_unacceptable")


@pytest.mark.parametrize(
    "text", ["[" * 20_000, '{"a":' * 5_000, "Error 1: x\n" * 20_000, "risk " * 50_000 + "3", "A " * 50_000]
)
def test_a_hostile_reply_is_read_within_a_moment(text: str) -> None:
    for read in (risk, criterion, preference):
        read(text)


LABELS: list[tuple[str, list[dict[str, Any]], Any]] = [
    ("risk_label", [{"risk": 2}, {"risk": 3}], {"risk": 3}),
    ("risk_label", [{"risk": 1}, {"risk": 1}, {"risk": 4}], {"risk": 1}),
    ("criterion", [{"met": True}, {"met": False}], {"met": False}),
    ("criterion", [{"met": True}, {"met": True}, {"met": False}], {"met": True}),
    ("preference", [{"preference": "b"}, {"preference": "a"}], {"preference": "tie"}),
    ("preference", [{"preference": "both_unacceptable"}], {"preference": "both_unacceptable"}),
]


@pytest.mark.parametrize(("family", "labels", "said"), LABELS)
def test_an_example_s_answer_is_read_as_what_most_physicians_said(
    family: str, labels: list[dict[str, Any]], said: dict[str, Any]
) -> None:
    read = {"risk_label": risk, "criterion": criterion, "preference": preference}[family]
    found = read(answer_of(family, {"labels": labels}))
    assert found is not None
    assert said.items() <= found.items()
