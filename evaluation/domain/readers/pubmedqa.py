"""PubMedQA, expert-labelled part (pubmedqa/pubmedqa).

A question, the abstract it comes from without the conclusion, and yes, no or maybe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from evaluation.domain.benchmarks import Question
from evaluation.domain.readers.rows import DataFile, Dropped, Located, Origin, json_lines, settings_of


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    task: str


class Row(msgspec.Struct):
    pmid: str | int
    question: str
    contexts: list[str]
    labels: list[str]  # section names of the abstract, one for each context
    final_decision: str


def pubmedqa(files: Sequence[DataFile], settings: Mapping[str, Any]) -> Iterator[Located | Dropped]:
    task = settings_of(Settings, settings).task
    for row, origin in json_lines(files, Row):
        pmid = str(row.pmid)
        asked = {"question": row.question, "context": _abstract(row, origin)}
        yield Located(
            Question(task, pmid, "public", asked, {"label": row.final_decision}, cluster=pmid), origin
        )


def _abstract(row: Row, origin: Origin) -> str:
    if len(row.labels) != len(row.contexts):
        raise origin.error(f"{len(row.contexts)} contexts have {len(row.labels)} labels", str(row.pmid))
    return "\n\n".join(f"{label}: {text}" for label, text in zip(row.labels, row.contexts, strict=True))
