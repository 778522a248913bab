"""Multiple choice with lettered options, one JSON object a line.

{"realidx": "12", "question": "…", "options": {"A": "…", …}, "answer_idx": "B"}, as MedQA (jind11/MedQA) and
the collections that carry MedQA, MedMCQA, MMLU and MMLU-Pro in its form publish it. Columns such as
`subject` or `src` can tell tasks apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import (
    DataFile,
    Dropped,
    Located,
    Origin,
    SettingsError,
    json_lines,
    settings_of,
)


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """Every item goes to `task`, or to `tasks[value of task_field]`."""

    task: str = ""
    task_field: Literal["subject", "category", "src", "meta_info"] = "subject"
    tasks: dict[str, str] = {}


class Row(msgspec.Struct):
    realidx: str | int
    question: str
    options: dict[str, str]
    answer_idx: str
    subject: str = ""
    category: str = ""
    src: str = ""
    meta_info: str = ""


def lettered_options(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    chosen = settings_of(Settings, settings)
    if bool(chosen.task) == bool(chosen.tasks):
        raise SettingsError("settings: give either `task` or `tasks`")
    for row, origin in json_lines(files, Row):
        question = Question(
            _task(row, chosen, origin),
            str(row.realidx),
            "public",
            {"question": row.question, "options": row.options},
            {"letters": [row.answer_idx]},
        )
        yield Located(question, origin)


def _task(row: Row, chosen: Settings, origin: Origin) -> str:
    if chosen.task:
        return chosen.task
    value = getattr(row, chosen.task_field)
    if value not in chosen.tasks:
        raise origin.error(
            f"{chosen.task_field} {value!r} belongs to no task; known: {', '.join(chosen.tasks)}"
        )
    return chosen.tasks[value]
