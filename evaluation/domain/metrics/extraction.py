"""Micro F1 of the records found in a text.

Each item's records are a set, compared by their subject fields alone (entities) or by all fields (events).
Case, character width and spacing do not tell values apart. Options: `fields`, every field of a record;
`subject`, those that say what it is about (default: the first field).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from evaluation.domain.answers.records import records
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics.sets import micro_estimate, overlap

Fields = tuple[str, ...]
Keys = frozenset[tuple[str, ...]]


class RecordF1:
    """`option` names the task option with the fields compared."""

    def __init__(self, name: str, option: str) -> None:
        self.name = name
        self.option = option

    def read(self, answer: str, question: Question, options: Options) -> list[dict[str, str]] | None:
        return records(answer, _fields(options))

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Rows (tp, fp, fn, exact)."""
        fields = _fields(options)
        compared = fields if self.option == "fields" else tuple(options.get("subject") or fields[:1])
        found = [records(answer, fields) for answer in answers]
        rows = [
            overlap(
                _keys(question.gold["records"], compared), None if read is None else _keys(read, compared)
            )
            for read, question in zip(found, questions, strict=True)
        ]
        unparsed = np.array([read is None for read in found], dtype=np.bool_)
        return Counts(np.array(rows, dtype=np.float64).reshape(-1, 4), unparsed)

    def estimate(
        self, counts: Counts, options: Options, clusters: npt.NDArray[np.int64] | None = None
    ) -> Estimate:
        return micro_estimate(self.name, counts, clusters)


def _fields(options: Options) -> Fields:
    if not options.get("fields"):
        raise BenchmarkError(
            "entity_f1 and event_f1 need the fields of a record: list them in options.fields"
        )
    return tuple(options["fields"])


def _keys(found: Iterable[Mapping[str, Any]], fields: Fields) -> Keys:
    """The records by their compared fields; a record empty in all of them says nothing."""
    keys = (tuple(_plain(record.get(field)) for field in fields) for record in found)
    return frozenset(key for key in keys if any(key))


def _plain(value: Any) -> str:
    return "" if value is None else " ".join(normalize("NFKC", str(value)).casefold().split())


ENTITY_F1 = RecordF1("entity_f1", "subject")
EVENT_F1 = RecordF1("event_f1", "fields")
