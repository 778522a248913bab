"""The platform's own item files: one JSON object a line.

{"task": "…", "id": "…", "split": "public", "input": {…}, "gold": {…}, "cluster": "…"}, where cluster may be
left out. The shapes of input and gold are those of `evaluation.domain.benchmarks.Question`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question, Split
from evaluation.domain.readers.rows import DataFile, Dropped, Located, json_lines, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    """None."""


class Row(msgspec.Struct, forbid_unknown_fields=True):
    task: str
    id: str | int
    split: Split
    input: dict[str, Any]
    gold: dict[str, Any]
    cluster: str | int = ""


def items(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    settings_of(Settings, settings)
    for row, origin in json_lines(files, Row):
        question = Question(row.task, str(row.id), row.split, row.input, row.gold, str(row.cluster))
        yield Located(question, origin)
