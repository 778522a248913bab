"""BRIDGE's F1 of extracted records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluation.domain import intervals
from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate, Floats
from evaluation.domain.metrics import Counts, Options
from evaluation.domain.metrics import compat_bridge_parsing as parsing
from evaluation.domain.metrics.compat_bridge_bootstrap import as_reported, f1

Clusters = npt.NDArray[np.int64] | None
Sets = tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]  # subjects, events


@dataclass
class Extraction:
    """F1 of the records of a whole task; hits, false and missed ones are summed over items first.

    options: subject and features, the names of a record's fields in the order they are written, or, as for
    Consilium's own rules, fields with subject (default: the first) among them; level, "event" (default: all
    fields) or "subject". Values of several subject fields may be swapped. An unreadable answer has no
    records. parts: precision and recall, exact (the share of items whose set is exact) and the F1 of the
    other level.
    """

    name: str

    def read(self, answer: str, question: Question, options: Options) -> list[parsing.Record] | None:
        return parsing.records(parsing.response_to(answer, options), _fields(options)) or None

    def count(self, answers: Sequence[str], questions: Sequence[Question], options: Options) -> Counts:
        """Columns: hits, false, missed, exact of the subjects, then of the events."""
        subject = _subject(options)
        features = [name for name in _fields(options) if name not in subject]
        rows = np.zeros((len(answers), 8))
        unread = np.zeros(len(answers), dtype=np.bool_)
        for i, (answer, question) in enumerate(zip(answers, questions, strict=True)):
            said = self.read(answer, question, options)
            unread[i] = said is None
            found = subjects_and_events(said or (), subject, features)
            wanted = subjects_and_events(_records_of_reference(question), subject, features)
            rows[i] = _compare(found[0], wanted[0]) + _compare(found[1], wanted[1])
        return Counts(rows, unread)

    def estimate(self, counts: Counts, options: Options, clusters: Clusters = None) -> Estimate:
        subjects, events = counts.table[:, :4], counts.table[:, 4:]
        by_subject = _level(options) == "subject"
        table, other = (subjects, events) if by_subject else (events, subjects)
        found = table[:, :3]
        other_name = "f1_event" if by_subject else "f1_subject"
        plain = intervals.from_sums(
            self.name,
            found,
            counts.unparsed,
            f1,
            np.where(found.any(axis=1), f1(found), 1.0),  # right to find nothing where there is nothing
            clusters=clusters,
            parts={**_parts(table), other_name: float(f1(other[:, :3].sum(axis=0, keepdims=True))[0])},
        )
        return as_reported(plain, found, f1)


def subjects_and_events(
    records: Iterable[parsing.Record], subject: Sequence[str], features: Sequence[str]
) -> Sets:
    """Subjects are the values of the subject fields in alphabetical order; events have the features too."""
    ordered = [
        (
            tuple(sorted(record.get(name, "") for name in subject)),
            tuple(record.get(name, "") for name in features),
        )
        for record in records
    ]
    return frozenset(who for who, _ in ordered), frozenset(who + what for who, what in ordered)


def _compare(said: frozenset[tuple[str, ...]], true: frozenset[tuple[str, ...]]) -> tuple[int, int, int, int]:
    return len(said & true), len(said - true), len(true - said), int(said == true)


def _parts(table: Floats) -> dict[str, float]:
    hits, false, missed, exact = map(float, table.sum(axis=0))
    return {
        "precision": hits / (hits + false) if hits else 0.0,
        "recall": hits / (hits + missed) if hits else 0.0,
        "exact": exact / max(1, len(table)),
    }


def _records_of_reference(question: Question) -> list[parsing.Record]:
    records = question.gold.get("records")
    if records is None:
        raise BenchmarkError(
            f"item {question.key} of {question.task} has no records: "
            'BRIDGE\'s extraction rule needs gold {"records": [{"field": "value"}]}'
        )
    return [
        {parsing.plain(str(name)): parsing.plain(str(value)) for name, value in record.items()}
        for record in records
    ]


def _fields(options: Options) -> list[str]:
    names = options.get("fields") or [*options.get("subject", ()), *options.get("features", ())]
    if not names:
        raise BenchmarkError(
            "BRIDGE's extraction rule needs the options subject and features, the names of a record's fields"
        )
    return [parsing.plain(str(name)) for name in names]


def _subject(options: Options) -> list[str]:
    fields = _fields(options)
    subject = [parsing.plain(str(name)) for name in options.get("subject", fields[:1])]
    if foreign := sorted(set(subject).difference(fields)):
        raise BenchmarkError(f"option subject names {', '.join(foreign)}, which the option fields does not")
    return subject


def _level(options: Options) -> str:
    level = options.get("level", "event")
    if level not in ("event", "subject"):
        raise BenchmarkError(
            f'option level is {level!r}: BRIDGE\'s extraction rule knows "event" and "subject"'
        )
    return str(level)
