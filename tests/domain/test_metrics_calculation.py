"""Calculated answers: limits, whole numbers, days and durations; published worked examples read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.intervals import wilson
from evaluation.domain.metrics import metric
from evaluation.domain.metrics.calculation import NUMERIC_TOLERANCE

NUMBER = {"kind": "number", "value": 4.0, "lower": 3.8, "upper": 4.2}
DAY = {"kind": "date", "value": "2024-05-01"}
DURATION = {"kind": "weeks_days", "value": [12, 3]}


def asked(gold: dict[str, Any]) -> Question:
    return Question("task", "1", "public", {"question": "How much?"}, gold)


def is_right(answer: str, gold: dict[str, Any], **options: Any) -> bool:
    return bool(NUMERIC_TOLERANCE.count([answer], [asked(gold)], options).table[0, 0])


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        *(("4", True), ("3.8", True), ("4.2", True), ("The answer is 4.1 mg/dL.", True)),
        *(("3.79", False), ("4.21", False), ("-4", False), ("4000", False)),
    ],
)
def test_a_number_within_its_limits(answer: str, right: bool) -> None:
    assert is_right(answer, NUMBER) == right


def test_limits_of_a_negative_value_may_come_upside_down() -> None:
    # 95 % and 105 % of -2 are -1.9 and -2.1
    gold = {"kind": "number", "value": -2.0, "lower": -1.9, "upper": -2.1}
    assert [is_right(answer, gold) for answer in ("-2.05", "-1.9", "-2.2", "2")] == [True, True, False, False]


def test_without_limits_the_tolerance_is_five_percent_or_the_tasks_own() -> None:
    gold = {"kind": "number", "value": -200.0}
    assert [is_right(answer, gold) for answer in ("-190", "-210", "-211")] == [True, True, False]
    assert not is_right("-190", gold, tolerance=0.02)
    assert is_right("-196", gold, tolerance=0.02)
    assert [is_right(answer, {"kind": "number", "value": 0.0}) for answer in ("0", "0.1")] == [True, False]


def test_a_limit_is_not_missed_by_the_rounding_of_a_decimal() -> None:
    upper = 0.1 + 0.2  # 0.30000000000000004
    gold = {"kind": "number", "value": 0.29, "lower": 0.28, "upper": 0.3}
    assert is_right(repr(upper), gold)


@pytest.mark.parametrize(
    ("answer", "right"), [("4", True), ("4.0", True), ("4.4", True), ("5", False), ("4.6", False)]
)
def test_a_whole_number_is_rounded(answer: str, right: bool) -> None:
    assert is_right(answer, {"kind": "integer", "value": 4}) == right


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [
        ("05/01/2024", DAY, True),
        ("The due date is May 1, 2024.", DAY, True),
        ("05/02/2024", DAY, False),
        ("12 weeks and 3 days", DURATION, True),
        ("('12 weeks', '3 days')", DURATION, True),
        ("12 weeks and 4 days", DURATION, False),
        ("87 days", DURATION, False),
    ],
)
def test_days_and_durations(answer: str, gold: dict[str, Any], right: bool) -> None:
    assert is_right(answer, gold) == right


def test_the_share_has_wilsons_interval_and_a_part_for_each_kind() -> None:
    golds = [NUMBER, NUMBER, DAY, DURATION]
    answers = ["4", "between 3 and 5", "05/01/2024", "11 weeks 3 days"]
    found = NUMERIC_TOLERANCE.estimate(
        NUMERIC_TOLERANCE.count(answers, [asked(gold) for gold in golds], {}), {}
    )
    assert found.value == pytest.approx(2 / 4)
    assert (found.low, found.high) == pytest.approx(wilson(2, 4))
    assert found.parts == {"number": 0.5, "date": 1.0, "weeks_days": 0.0}
    assert found.n_unparsed == 1


def test_what_was_read_is_json_and_the_registry_knows_this_rule() -> None:
    read = [
        NUMERIC_TOLERANCE.read(*pair, {})
        for pair in (("4", asked(NUMBER)), ("May 1, 2024", asked(DAY)), ("12w3d", asked(DURATION)))
    ]
    assert json.loads(json.dumps(read)) == [4.0, "2024-05-01", [12, 3]]
    assert metric("numeric_tolerance") is NUMERIC_TOLERANCE


def test_an_unknown_kind_of_result_is_named() -> None:
    with pytest.raises(BenchmarkError, match=r"item 1 of task: gold kind 'ratio' is not one of number"):
        NUMERIC_TOLERANCE.count(["1:2"], [asked({"kind": "ratio", "value": "1:2"})], {})


def test_no_items_is_undefined() -> None:
    found = NUMERIC_TOLERANCE.estimate(NUMERIC_TOLERANCE.count([], [], {}), {})
    assert (found.value, found.status, found.parts) == (None, "undefined_no_items", {})


@settings(deadline=None)
@given(st.floats(-1e6, 1e6).map(lambda x: round(x, 4)), st.floats(-0.2, 0.2))
def test_the_tolerance_is_a_share_of_the_value(value: float, off: float) -> None:
    if abs(abs(off) - 0.05) < 1e-3 or abs(value) < 1:
        return
    answer = f"The answer is {value * (1 + off):.6f}."
    assert is_right(answer, {"kind": "number", "value": value}) == (abs(off) < 0.05)


def test_published_worked_examples_are_read_back(published_data: Path) -> None:
    """The published answer alone, as the field of the JSON reply the benchmark asks for, and announced."""
    path = published_data / "medcalc_bench" / "one_shot_examples.jsonl"
    if not path.is_file():
        pytest.skip("medcalc_bench is not in the data folder")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        answer = str(row["Response"]["answer"])
        gold = {"kind": "number", "value": float(answer)}
        for reply in (answer, json.dumps(row["Response"]), f"The answer is {answer}."):
            assert is_right(reply, gold, tolerance=1e-6), (row["calculator_id"], reply[-80:])
    assert len(rows) == 22
