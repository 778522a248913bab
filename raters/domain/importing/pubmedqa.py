"""Two annotators label what a study's abstract answers to its title's question (Jin 2019).

The first saw the conclusion, the second did not; where they differed the label was settled in discussion.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import lines, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "pqal.jsonl"
SYSTEM = "abstract"
Label = Literal["yes", "no", "maybe"]

ABOUT = About(
    slug="pubmedqa-labels",
    title="What does the abstract answer?",
    description=(
        "Two annotators labelled the abstracts of biomedical studies: does the study answer the question of "
        "its title with yes, no or maybe? Annotator 1 read the conclusion too, annotator 2 did without."
    ),
    source=(
        "Jin et al., PubMedQA: a dataset for biomedical research question answering, EMNLP 2019; "
        "pubmedqa/pubmedqa, commit 1cbae8e, instances labelled by experts"
    ),
    licence="MIT",
)


class Row(msgspec.Struct):
    pmid: str
    question: str
    contexts: list[str]
    labels: list[str]
    long_answer: str
    reasoning_free_pred: Label
    reasoning_required_pred: Label
    final_decision: Label
    meshes: list[str] = []
    year: Any = None
    in_test_split: Any = None


def read(path: Path) -> ImportedStudy:
    """The labels in `path`, the file pqal.jsonl or its folder."""
    collection = Collection(path.name)
    for row, at in lines(path, NAME, Row):
        _add(collection, row, at)
    return collection.study(ABOUT, form("pubmedqa"))


def _add(collection: Collection, row: Row, at: Origin) -> None:
    if len(row.labels) != len(row.contexts):
        raise unusable(at, f"{len(row.contexts)} sections of the abstract have {len(row.labels)} headings")
    abstract = "\n\n".join(
        f"{heading}: {text}" for heading, text in zip(row.labels, row.contexts, strict=True)
    )
    case = Case(question=row.question, reference=row.long_answer)
    settled = {"answer": row.final_decision}
    collection.item(ImportedItem(row.pmid, case, "en", "", adjudicated=settled), at)
    collection.answer(row.pmid, SYSTEM, ShownAnswer(text=abstract), at)
    for rater, group, label in (
        ("annotator 1", "with conclusion", row.reasoning_free_pred),
        ("annotator 2", "without conclusion", row.reasoning_required_pred),
    ):
        collection.rating(ImportedRating(row.pmid, (SYSTEM,), rater, {"answer": label}), at, group)
    collection.leave_out("abstracts' subject headings", bool(row.meshes))
    collection.leave_out("years of publication", row.year is not None)
    collection.leave_out("marks of the official test split", row.in_test_split is not None)
