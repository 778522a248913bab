"""MedCalc-Bench: its worked examples and its test table, with small files of our own."""

from __future__ import annotations

from typing import Any

import pytest

RULES = {
    "dates": [13],
    "weeks_days": [69],
    "integers": [18],
    "tasks": {"number": "figures", "integer": "scores", "date": "dates", "weeks_days": "dates"},
    "questions": {"5": "What is the pressure?", "18": "What is the score?", "24": "Which dose of {drug}?"},
}


def example(calculator: int, answer: str | float) -> dict[str, Any]:
    row = {"calculator_id": str(calculator), "Patient Note": "A man.", "Response": {"answer": answer}}
    return {**row, "input_parameters": {"drug": "aspirin"}}


def test_medcalc_examples_take_their_question_from_the_settings(formats: Any) -> None:
    rows = [example(5, -2.0), example(18, 3), example(24, "10")]
    figure, score, dose = formats.questions("medcalc_examples", formats.lines("e.jsonl", rows), **RULES)
    # 5 % around a negative figure: -2 × 1.05 = -2.1 is the lower limit, -2 × 0.95 = -1.9 the upper
    assert figure.gold == {"kind": "number", "value": -2.0, "lower": -2.1, "upper": -1.9}
    assert (score.task, score.gold) == ("scores", {"kind": "integer", "value": 3})
    assert dose.input == {"question": "Which dose of aspirin?", "context": "A man."}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (example(6, 1.0), "calculator 6 has no entry under [files.settings.questions]"),
        (example(5, "high"), "'high' is not a number"),
        (example(18, "inf"), "'inf' is not a finite number"),
        ({**example(24, 1.0), "input_parameters": {}}, "input_parameters has no 'drug'"),
    ],
)
def test_a_medcalc_example_that_cannot_be_asked_is_refused(
    formats: Any, row: dict[str, Any], said: str
) -> None:
    path = formats.lines("e.jsonl", [row])
    assert formats.refusal("medcalc_examples", path, **RULES) == f"e.jsonl, line 1: {said}"


def medcalc(number: int, calculator: int, answer: str, limits: tuple[str, str] = ("", "")) -> dict[str, Any]:
    row = {"Row Number": number, "Calculator ID": calculator, "Note ID": "n1", "Patient Note": "A man."}
    row |= {"Question": "What is it?", "Ground Truth Answer": answer}
    return row | {"Lower Limit": limits[0], "Upper Limit": limits[1]}


def test_the_medcalc_table_brings_its_limits_dates_and_ages(formats: Any) -> None:
    rows = [
        medcalc(1, 5, "100.0", ("95.0", "105.0")),
        medcalc(2, 13, "05/01/2024"),
        medcalc(3, 69, "('34 weeks', '6 days')"),
    ]
    path = formats.csv("t.csv", rows)
    assert [question.gold for question in formats.questions("medcalc_table", path, **RULES)] == [
        {"kind": "number", "value": 100.0, "lower": 95.0, "upper": 105.0},
        {"kind": "date", "value": "2024-05-01"},
        {"kind": "weeks_days", "value": [34, 6]},
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (medcalc(1, 13, "2024-05-01"), "'2024-05-01' is not a date as in 12/31/2024"),
        (medcalc(1, 69, "34 weeks"), "'34 weeks' is not a gestational age"),
        (medcalc(1, 5, "100"), "'' is not a number"),
    ],
)
def test_a_medcalc_row_of_another_shape_is_refused(formats: Any, row: dict[str, Any], said: str) -> None:
    path = formats.csv("t.csv", [row])
    assert formats.refusal("medcalc_table", path, **RULES).startswith(f"t.csv, line 2: {said}")
