"""Which labels a reply gives."""

from __future__ import annotations

import pytest

from evaluation.domain.answers.labels import label, labels, yes_no_maybe

NLI = ["entailment", "neutral", "contradiction"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "yes"),
        ("Yes.", "yes"),
        ("**Yes**, it does", "yes"),
        ("No, there is evidence against", "no"),
        ("The answer is maybe", "maybe"),
        ("Final answer: No.", "no"),
        ("The answer is yes because it works", "yes"),
        ('{"answer": "maybe"}', "maybe"),
        ("<think>no</think>Yes", "yes"),
        ("It was studied.\n\nNo", "no"),
        ("Sí", "yes"),
        ("Réponse : oui", "yes"),
        ("Nein.", "no"),
        ("答案：是", "yes"),
        ("答案是：否", "no"),
        ("はい", "yes"),
        ("不确定", "maybe"),
        ("No evidence of disease", None),
        ("There is no way to tell", None),
        ("Answer: no evidence", None),
        ("yes, no", None),
        ("yes or no", None),
        ("Yes\nThe answer is no", None),
        ("I am not sure", None),
        ("когда", None),
        ("", None),
    ],
)
def test_yes_no_and_maybe(text: str, said: str | None) -> None:
    assert yes_no_maybe(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("entailment", "entailment"),
        ("The label is contradiction.", "contradiction"),
        ("Label: Neutral", "neutral"),
        ("neutral\n\nBecause nothing follows.", "neutral"),
        ("The relation is one of entailment.", "entailment"),
        ("It is an entailment, not a contradiction", "entailment"),
        ('{"label": "Entailment"}', "entailment"),
        ("not entailment", None),
        ("It's not neutral", None),
        ("This could be entailment or neutral.", None),
        ("something else", None),
    ],
)
def test_a_label(text: str, said: str | None) -> None:
    assert label(text, NLI) == said


def test_the_longest_label_is_the_one_meant() -> None:
    assert label("type 2 diabetes mellitus", ["diabetes", "type 2 diabetes"]) == "type 2 diabetes"


@pytest.mark.parametrize(
    ("text", "closed", "open_set"),
    [
        ("flu, measles", ("flu", "measles"), ("flu", "measles")),
        ("Labels: flu; type 2 diabetes", ("flu", "type 2 diabetes"), ("flu", "type 2 diabetes")),
        ('["flu", "measles"]', ("flu", "measles"), ("flu", "measles")),
        ('{"labels": ["flu"]}', ("flu",), ("flu",)),
        ("- flu\n- measles", ("flu", "measles"), ("flu", "measles")),
        ("1. flu\n2. diabetes", ("flu", "diabetes"), ("flu", "diabetes")),
        ("The findings are flu and measles.", ("flu", "measles"), ("The findings are flu and measles",)),
        ("none", (), ()),
        ("None of the above.", (), ()),
        ("[]", (), ()),
        ("なし", (), ()),
        ("nothing known", None, ("nothing known",)),
        ("", None, None),
        ("<think>flu", None, None),
    ],
)
def test_label_sets(text: str, closed: tuple[str, ...] | None, open_set: tuple[str, ...] | None) -> None:
    known = ["flu", "measles", "type 2 diabetes", "diabetes"]
    assert labels(text, known) == closed
    assert labels(text, None) == open_set
