"""Numbers, dates, durations, records and errors in a reply."""

from __future__ import annotations

import pytest

from evaluation.domain.answers.errors import error_line
from evaluation.domain.answers.numbers import date, number, weeks_days
from evaluation.domain.answers.records import records


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.2", 4.2),
        ("The answer is 4.2 mL/min.", 4.2),
        ("Answer: approximately 12%", 12),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234", 1234),
        ("4,2", 4.2),
        ("−2.1", -2.1),
        ("-0.16364", -0.16364),
        (".5", 0.5),
        ("1.2e-3", 0.0012),
        ("1.2 × 10^3", 1200),
        ("eGFR = 186 × 1.2 × 0.742 = 165.6 mL/min", 165.6),
        ('{"step_by_step_thinking": "2 + 2", "answer": 4}', 4),
        ('{"answer": "4.2 mL"}', 4.2),
        (r"so \boxed{22.5}", 22.5),
        ("The score is 4.", 4),
        ("The answer is -1.5.", -1.5),
        ("Answer: **-2**", -2),
        ("Answer:\n- 7 points", 7),
        ("Two criteria of 3 are met, 1 each.\nThe final answer is 2 points (of 3)", 2),
        ("La respuesta es 3,5", 3.5),
        ("答案：7", 7),
        ("答えは１２です", 12),
        ("The answer is obtained from 10 and 2: 10 / 2 = 5", 5),
        ("between 4 and 5", None),
        ("4-5", None),
        ("no number", None),
        ("B12", None),
        ("1e999", None),
        ("", None),
        ("<think>4", None),
        ("__import__('os').system('echo 4')", 4),  # text like any other: nothing is evaluated
    ],
)
def test_a_number(text: str, value: float | None) -> None:
    assert number(text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-01", "2024-05-01"),
        ("The due date is 05/01/2024.", "2024-05-01"),
        ("Answer: 31/12/2023", "2023-12-31"),
        ("01.05.2024", "2024-05-01"),
        ("May 1, 2024", "2024-05-01"),
        ("1st of May 2024", "2024-05-01"),
        ("1 de mayo de 2024", "2024-05-01"),
        ("1er mai 2024", "2024-05-01"),
        ("1. März 2024", "2024-03-01"),
        ("2024年5月1日", "2024-05-01"),
        ('{"answer": "05/01/2024"}', "2024-05-01"),
        ("LMP 01/02/2024, so the answer is 11/08/2024", "2024-11-08"),
        ("02/30/2024", None),
        ("01/02/2024 or 01/03/2024", None),
        ("in May", None),
    ],
)
def test_a_date(text: str, day: str | None) -> None:
    assert date(text) == day


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("12 weeks 3 days", (12, 3)),
        ("12 weeks and 3 days", (12, 3)),
        ("('12 weeks', '3 days')", (12, 3)),
        ('{"answer": ["12 weeks", "3 days"]}', (12, 3)),
        ('{"answer": [12, 3]}', (12, 3)),
        ("The answer is (12, 3).", (12, 3)),
        ("12w3d", (12, 3)),
        ("12+3", (12, 3)),
        ("12週3日", (12, 3)),
        ("12 semanas y 3 días", (12, 3)),
        ("12 weeks 9 days", None),
        ("12 weeks", None),
    ],
)
def test_weeks_and_days(text: str, duration: tuple[int, int] | None) -> None:
    assert weeks_days(text) == duration


ASPIRIN = {"entity": "aspirin", "type": "drug"}
FEVER = {"entity": "fever", "type": "symptom"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("entity: aspirin, type: drug;", [ASPIRIN]),
        ("entity: aspirin, type: drug;\nentity: fever, type: symptom;", [ASPIRIN, FEVER]),
        ("entity: aspirin, type: drug; entity: fever, type: symptom", [ASPIRIN, FEVER]),
        ("- **Entity**: aspirin, **Type**: drug", [ASPIRIN]),
        ("Here they are:\nentity： aspirin， type： drug；", [ASPIRIN]),
        ('[{"entity": "aspirin", "type": "drug"}]', [ASPIRIN]),
        ('```json\n{"entities": [{"Entity": "aspirin", "Type": "drug"}]}\n```', [ASPIRIN]),
        ('{"entity": "aspirin", "type": "drug"}\n{"entity": "fever", "type": "symptom"}', [ASPIRIN, FEVER]),
        ("entity: aspirin", [{"entity": "aspirin", "type": ""}]),
        ("entity: [18F]FDG, type: drug;", [{"entity": "[18F]FDG", "type": "drug"}]),
        ("entity: 2,4-DNP, type: drug", [{"entity": "2,4-DNP", "type": "drug"}]),
        ("None", []),
        ("none.", []),
        ("There are no entities in this sentence.", []),
        ("[]", []),
        ("无", []),
        ("I cannot help with that, sorry.", None),
        ('["aspirin", "fever"]', None),
        ("", None),
        ("<think>entity: aspirin, type: drug;", None),
    ],
)
def test_records(text: str, found: list[dict[str, str]] | None) -> None:
    assert records(text, ["entity", "type"]) == found


def test_records_of_one_field_may_be_a_plain_list() -> None:
    assert records("aspirin, fever", ["entity"]) == [{"entity": "aspirin"}, {"entity": "fever"}]
    assert records('["aspirin"]', ["entity"]) == [{"entity": "aspirin"}]


def test_records_without_fields_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one field"):
        records("aspirin", [])


RIGHT = {"flag": 0, "sentence_id": None, "correction": None}
WRONG = {"flag": 1, "sentence_id": "3", "correction": "The dose is ten."}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('text-1 1 3 "The dose is ten."', WRONG),
        ('1 3 "The dose is ten."', WRONG),
        ("1 3 The dose is ten.", WRONG),
        ("text-1 0 -1 NA", RIGHT),
        ('1 3 "The dose\nis ten."\nI am sure.', WRONG | {"correction": "The dose\nis ten."}),
        ("0 -1 NA", RIGHT),
        ("7 0 -1 NA", RIGHT),
        ("1 1 3 “The dose is ten.”", WRONG),
        ("CORRECT", RIGHT),
        ("No error found.", RIGHT),
        ("誤りなし", RIGHT),
        ("3: The dose is ten.", WRONG),
        ("[3] The dose is ten.", WRONG),
        ("Sentence 3: The dose is ten.", WRONG),
        ('{"error_flag": 1, "error_sentence_id": 3, "corrected_sentence": "The dose is ten."}', WRONG),
        (
            '```json\n{"error": true, "sentence_id": "Sentence 3", "correction": "The dose is ten."}\n```',
            WRONG,
        ),
        ('{"error_flag": 0, "error_sentence_id": -1, "corrected_sentence": "NA"}', RIGHT),
        ("Error flag: 1\nSentence ID: 3\nCorrection: The dose is ten.", WRONG),
        ("**Error:** no", RIGHT),
        ('<think>0 -1 NA</think>\n1 3 "The dose is ten."', WRONG),
        ("1", {"flag": 1, "sentence_id": None, "correction": None}),
        ("1 3", {"flag": 1, "sentence_id": "3", "correction": None}),
        ("1. The patient is ill.\n2. She has a rash.", None),
        ("There may be an error somewhere.", None),
        ("", None),
    ],
)
def test_an_error_in_a_note(text: str, found: dict[str, object] | None) -> None:
    assert error_line(text) == found
