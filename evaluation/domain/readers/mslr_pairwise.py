"""MSLR, pairwise (allenai/mslr-annotated-dataset): which of two summaries of a review is more accurate.

Annotators, not physicians, saw two generated summaries beside the review's own. Votes on the same two
summaries are labels of one item, whichever stood first; pairs of one review share a cluster. "Neither" says
that neither is the more accurate: a tie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, csv_rows, settings_of

_CHOICES = {"A": "a", "B": "b", "Neither": "tie"}
_OTHER = {"a": "b", "b": "a", "tie": "tie"}


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Row(msgspec.Struct):
    annotator: str
    review_id: str
    target: str
    sys_a: str
    a: str = msgspec.field(name="A")
    sys_b: str
    b: str = msgspec.field(name="B")
    choice: str


def mslr_pairwise(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    found: dict[str, tuple[Question, Origin]] = {}
    for row, origin in csv_rows(files, Row):
        if not row.choice.strip():
            yield Dropped("nobody chose", origin)
        elif not row.a.strip() or not row.b.strip():
            yield Dropped("one of the summaries is blank", origin)
        else:
            _add(found, row, task, origin)
    for question, origin in found.values():
        yield Located(question, origin)


def _add(found: dict[str, tuple[Question, Origin]], row: Row, task: str, origin: Origin) -> None:
    choice = _CHOICES.get(row.choice.split()[0])
    if choice is None:
        raise origin.error(f"the choice {row.choice!r} is none of A, B and Neither", row.review_id)
    turned = row.sys_a > row.sys_b  # the summaries stand in the order of their systems' codes
    first, second = (row.b, row.a) if turned else (row.a, row.b)
    key = "/".join((row.review_id, *sorted((row.sys_a, row.sys_b))))
    asked = {
        "question": "Which of the two summaries says more accurately what the review's own summary says?",
        "reference": row.target,
        "answers": {"a": first, "b": second},
    }
    empty = Question(task, key, "public", asked, {"labels": []}, cluster=row.review_id)
    question, _ = found.setdefault(key, (empty, origin))
    if any(label["rater"] == row.annotator for label in question.gold["labels"]):
        raise origin.error(f"annotator {row.annotator} voted on this pair before", key)
    label = {"rater": row.annotator, "preference": _OTHER[choice] if turned else choice}
    question.gold["labels"].append(label)
