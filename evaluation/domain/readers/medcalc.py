"""MedCalc-Bench (ncbi-nlp/MedCalc-Bench): a patient note, a calculator, a number or date to find.

`examples` reads the published worked examples (one for each calculator), `table` the published test table.
What counts as right follows the published rule: dates and whole-number scores exactly, any other figure
within its limits (95 % to 105 % of the truth where the file gives none).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import (
    DataFile,
    Dropped,
    Located,
    Origin,
    csv_rows,
    json_lines,
    settings_of,
)

TOLERANCE = 0.05
WEEKS_DAYS = re.compile(r"[^0-9]*([0-9]{1,3})\s*weeks?[^0-9]+([0-9]{1,2})\s*days?[^0-9]*")


class Rules(msgspec.Struct, forbid_unknown_fields=True):
    """Calculator numbers whose answers are not plain figures, and the task of each kind of answer."""

    dates: list[int]
    weeks_days: list[int]
    integers: list[int]
    tasks: dict[str, str]  # "number", "integer", "date", "weeks_days" → task
    questions: dict[str, str] = {}  # calculator number → what to compute; {parameter} stands for its value


class Solution(msgspec.Struct):
    answer: str | float


class ExampleRow(msgspec.Struct):
    calculator_id: str | int
    note: str = msgspec.field(name="Patient Note")
    response: Solution = msgspec.field(name="Response")
    parameters: dict[str, Any] = msgspec.field(name="input_parameters", default_factory=dict)


class TableRow(msgspec.Struct):
    row_number: str = msgspec.field(name="Row Number")
    calculator_id: str = msgspec.field(name="Calculator ID")
    note_id: str = msgspec.field(name="Note ID")
    note: str = msgspec.field(name="Patient Note")
    question: str = msgspec.field(name="Question")
    answer: str = msgspec.field(name="Ground Truth Answer")
    lower: str = msgspec.field(name="Lower Limit")
    upper: str = msgspec.field(name="Upper Limit")


def examples(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    rules = settings_of(Rules, settings)
    for row, origin in json_lines(files, ExampleRow):
        number = str(row.calculator_id)
        if number not in rules.questions:
            raise origin.error(f"calculator {number} has no entry under [files.settings.questions]")
        gold = _gold(number, str(row.response.answer), None, rules, origin)
        asked = {"question": _filled(rules.questions[number], row, origin), "context": row.note}
        task = rules.tasks[gold["kind"]]
        yield Located(Question(task, f"calculator-{number}", "public", asked, gold), origin)


def table(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    rules = settings_of(Rules, settings)
    for row, origin in csv_rows(files, TableRow):
        gold = _gold(row.calculator_id, row.answer, (row.lower, row.upper), rules, origin)
        asked = {"question": row.question, "context": row.note}
        task = rules.tasks[gold["kind"]]
        yield Located(Question(task, f"row-{row.row_number}", "public", asked, gold, row.note_id), origin)


def _filled(question: str, row: ExampleRow, origin: Origin) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in row.parameters:
            raise origin.error(f"input_parameters has no {found[1]!r}")
        return str(row.parameters[found[1]])

    return re.sub(r"\{([^{}]+)\}", value, question)


def _gold(
    calculator: str, answer: str, limits: tuple[str, str] | None, rules: Rules, origin: Origin
) -> dict[str, Any]:
    if not re.fullmatch("[0-9]{1,6}", calculator):
        raise origin.error(f"calculator id {calculator!r} is not a whole number")
    number = int(calculator)
    if number in rules.dates:
        return {"kind": "date", "value": _date(answer, origin).isoformat()}
    if number in rules.weeks_days:
        return {"kind": "weeks_days", "value": _weeks_days(answer, origin)}
    value = _figure(answer, origin)
    if number in rules.integers:
        return {"kind": "integer", "value": round(value)}
    lower, upper = _limits(value, limits, origin)
    return {"kind": "number", "value": value, "lower": lower, "upper": upper}


def _limits(value: float, limits: tuple[str, str] | None, origin: Origin) -> tuple[float, float]:
    if limits:
        found = _figure(limits[0], origin), _figure(limits[1], origin)
    else:  # eight digits keep 95.0 % of 2.1 from being 1.9949999999999999
        found = round(value * (1 - TOLERANCE), 8), round(value * (1 + TOLERANCE), 8)
    return min(found), max(found)  # 95 % of a negative figure is the larger limit


def _figure(text: str, origin: Origin) -> float:
    try:
        value = float(text)
    except ValueError:
        raise origin.error(f"{text!r} is not a number") from None
    if not isfinite(value):
        raise origin.error(f"{text!r} is not a finite number")
    return value


def _date(text: str, origin: Origin) -> date:
    """Published dates are month/day/year."""
    try:
        return datetime.strptime(text.strip(), "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise origin.error(f"{text!r} is not a date as in 12/31/2024") from None


def _weeks_days(text: str, origin: Origin) -> list[int]:
    if found := WEEKS_DAYS.fullmatch(text):
        return [int(found[1]), int(found[2])]
    raise origin.error(f"{text!r} is not a gestational age as in '12 weeks 3 days'")
