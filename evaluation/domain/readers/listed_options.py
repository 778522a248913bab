"""Multiple choice with the options as a JSON list in a CSV column: M-ARC (dbernardo05/medARC-QA)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, csv_rows, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Row(msgspec.Struct):
    question_id: str
    question: str
    options: str
    answer: str


def listed_options(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in csv_rows(files, Row):
        asked = {"question": row.question, "options": _lettered(row, origin)}
        yield Located(Question(task, row.question_id, "public", asked, {"letters": [row.answer]}), origin)


def _lettered(row: Row, origin: Origin) -> dict[str, str]:
    try:
        options = msgspec.json.decode(row.options, type=list[str])
    except (msgspec.DecodeError, RecursionError) as error:
        raise origin.error(f"column 'options' is no JSON list of texts: {error}", row.question_id) from None
    if len(options) > len(ascii_uppercase):
        raise origin.error(f"{len(options)} options, letters go to {len(ascii_uppercase)}", row.question_id)
    return dict(zip(ascii_uppercase, options, strict=False))
