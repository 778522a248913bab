"""Japanese National Medical Licensing Examination: JMLE as in MedRECT, and IgakuQA119.

Letters are published in lower case and shown in upper case, as everywhere on the platform. A question may
have several right letters; a few ask for a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of

CHOICE = re.compile(r"\s*([a-j])[.．]\s*(.*)", re.DOTALL)  # "a. 敷石像"


class JmleSettings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class JmleRow(msgspec.Struct):
    id: str
    question: str
    choices: dict[str, str]
    answer: list[str]


class IgakuSettings(msgspec.Struct, forbid_unknown_fields=True):
    choice_task: str
    number_task: str


class IgakuRow(msgspec.Struct):
    number: str
    question: str
    gold: str  # "e", "ce" for two right choices, a number for the questions without choices
    choices: list[str] | None = None
    has_image: bool = False


def jmle(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(JmleSettings, settings).task
    for row, origin in json_lines(files, JmleRow):
        options = {letter.upper(): text for letter, text in row.choices.items()}
        yield _choice(task, row.id, row.question, options, row.answer, origin)


def igakuqa(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(IgakuSettings, settings)
    for row, origin in json_lines(files, IgakuRow):
        if row.has_image:
            yield Dropped("the question needs its image", origin)
        elif row.choices:
            options = dict(_lettered(choice, origin, row.number) for choice in row.choices)
            yield _choice(
                chosen.choice_task, row.number, row.question, options, re.sub("[, ]", "", row.gold), origin
            )
        else:
            gold = _number(row, origin)
            asked = {"question": row.question.strip()}
            yield Located(Question(chosen.number_task, row.number, "public", asked, gold), origin)


def _choice(
    task: str, key: str, question: str, options: dict[str, str], letters: Iterable[str], origin: Origin
) -> Located:
    asked = {"question": question.strip(), "options": options}
    gold = {"letters": [letter.upper() for letter in letters]}
    return Located(Question(task, key, "public", asked, gold), origin)


def _lettered(choice: str, origin: Origin, key: str) -> tuple[str, str]:
    if found := CHOICE.fullmatch(choice):
        return found[1].upper(), found[2].strip()
    raise origin.error(f"a choice must start with its letter, as in 'a. …': {choice[:60]!r}", key)


def _number(row: IgakuRow, origin: Origin) -> dict[str, Any]:
    """The exam takes the number exactly: its own value is both limits."""
    if re.fullmatch(r"-?[0-9]{1,12}", row.gold):
        return {"kind": "integer", "value": int(row.gold)}
    if re.fullmatch(r"-?[0-9]{1,12}\.[0-9]{1,12}", row.gold):
        value = float(row.gold)
        return {"kind": "number", "value": value, "lower": value, "upper": value}
    raise origin.error(
        f"a question without choices needs a number as its answer, not {row.gold!r}", row.number
    )
