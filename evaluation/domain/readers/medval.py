"""Files of the MedVAL columns: generated medical texts whose errors and risk a physician graded.

`#` starts anew in each split and `id` differs between releases, so a text is known by its task and the hashes
of input and output. The files do not say who graded: a second grading of one output is a second label, and
its code stands for no one person. Texts made from one input share a cluster.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.answers.error_list import errors_in
from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, csv_rows, settings_of

_GRADE = re.compile(r"\s*([1-4])(?:\.0+)?\s*")


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    tasks: dict[str, str]  # task as published → the specification's task


class Row(msgspec.Struct, frozen=True):
    task: str
    input: str
    output: str
    physician_error_assessment: str
    physician_risk_grade: str
    number: str = msgspec.field(name="#", default="")
    id: str = ""


def medval(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    tasks = settings_of(Settings, settings).tasks
    seen: set[Row] = set()
    found: dict[str, tuple[Question, Origin]] = {}
    for row, origin in csv_rows(files, Row):
        if row in seen:
            yield Dropped("the row repeats another one word for word", origin)
            continue
        seen.add(row)
        if not row.physician_risk_grade.strip():
            yield Dropped("no physician graded this output", origin)
        elif not row.output.strip() or not row.input.strip():
            yield Dropped("the published row has no input or no output", origin)
        else:
            _add(found, row, tasks, origin)
    for question, origin in found.values():
        yield Located(question, origin)


def _add(
    found: dict[str, tuple[Question, Origin]], row: Row, tasks: Mapping[str, str], origin: Origin
) -> None:
    task = row.task.strip()
    if task not in tasks:
        raise origin.error(f"task {task!r} belongs to no task; known: {', '.join(tasks)}", row.id)
    key = f"{task}/{_hash(row.input)}/{_hash(row.output)}"
    asked = {"question": _told(task), "context": row.input, "answer": row.output}
    first = Question(tasks[task], key, "public", asked, {"labels": []}, cluster=_hash(row.input))
    question, _ = found.setdefault(key, (first, origin))
    labels = question.gold["labels"]
    labels.append(_label(f"grading-{len(labels) + 1}", row, origin))


def _label(rater: str, row: Row, origin: Origin) -> dict[str, Any]:
    grade = _GRADE.fullmatch(row.physician_risk_grade)
    if grade is None:
        raise origin.error(
            f"physician_risk_grade {row.physician_risk_grade!r} is not among 1, 2, 3 and 4", row.id
        )
    label: dict[str, Any] = {"rater": rater, "risk": int(grade[1])}
    listed = errors_in(row.physician_error_assessment)
    return label if listed.unnamed else {**label, "errors": list(listed.categories)}


def _told(task: str) -> str:
    """What the text was made for, in words: "report2impression" is "report to impression"."""
    return " to ".join(task.split("2"))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
