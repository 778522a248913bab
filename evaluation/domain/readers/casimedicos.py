"""CasiMedicos (ixa-ehu/antidote-casimedicos): Spanish residency exam cases, the same in four languages.

Options are published as 1 to 5 and shown as A to E. Fields were parsed from running text by the publishers,
and a few came out empty: an empty option is not shown, a row without question or right option is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    tasks: dict[str, str]  # language as published (EN, ES, …) → task


class Row(msgspec.Struct):
    id: str
    lang: str
    case: str
    question: str
    options: dict[str, str]
    correct_option: str


def casimedicos(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    tasks = settings_of(Settings, settings).tasks
    for row, origin in json_lines(files, Row):
        if row.lang not in tasks:
            raise origin.error(f"language {row.lang!r} belongs to no task; known: {', '.join(tasks)}", row.id)
        if row.correct_option not in row.options:
            numbers = ", ".join(row.options)
            raise origin.error(f"right option {row.correct_option!r} is not among {numbers}", row.id)
        if not row.question.strip() or not row.options[row.correct_option].strip():
            yield Dropped("the published row has no text for the question or for the right option", origin)
        else:
            yield Located(_question(row, tasks[row.lang], origin), origin)


def _question(row: Row, task: str, origin: Origin) -> Question:
    asked: dict[str, Any] = {"question": row.question}
    asked["options"] = {_letter(number, origin): text for number, text in row.options.items() if text.strip()}
    if row.case.strip():
        asked["context"] = row.case
    gold = {"letters": [_letter(row.correct_option, origin)]}
    return Question(task, f"{row.id}-{row.lang.lower()}", "public", asked, gold, cluster=row.id)


def _letter(number: str, origin: Origin) -> str:
    if number in {str(at) for at in range(1, 11)}:
        return ascii_uppercase[int(number) - 1]
    raise origin.error(f"options are numbered from 1 to 10, not {number!r}")
