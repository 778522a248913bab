"""Which of two generated summaries of a medical review is more accurate (Wang 2023)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, answered, form
from raters.domain.importing.files import beside, table, unread, unusable
from raters.domain.importing.mslr_facets import LICENCE, PAIRS_FILE, READ_ELSEWHERE, SOURCE
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

VALUES = {"A": "first", "B": "second", "Neither": "tie"}

ABOUT = About(
    slug="mslr-pairwise",
    title="Which summary of the review is more accurate?",
    description=(
        "Annotators saw two generated summaries of a Cochrane review beside the review's own and chose the "
        "more accurate one; neither was to be chosen sparingly. Most pairs have one vote."
    ),
    source=f"{SOURCE}, pairwise",
    licence=LICENCE,
)


class Row(msgspec.Struct):
    annotator: str
    review_id: str
    target: str
    sys_a: str
    a: str = msgspec.field(name="A")
    sys_b: str
    b: str = msgspec.field(name="B")
    choice: str
    notes: str = ""


def read(path: Path) -> ImportedStudy:
    """The votes in `path`, the file pairwise.csv or its folder."""
    collection = Collection(path.name)
    for row, at in table(path, PAIRS_FILE, Row):
        _add(collection, row, at)
    others = {name: reason for name, reason in READ_ELSEWHERE.items() if name != PAIRS_FILE}
    return collection.study(
        ABOUT, form("mslr_pairwise"), unread(path, PAIRS_FILE, Row) + beside(path, others)
    )


def _add(collection: Collection, row: Row, at: Origin) -> None:
    collection.item(ImportedItem(row.review_id, Case(reference=row.target), "en", ""), at)
    collection.answer(row.review_id, row.sys_a, ShownAnswer(text=row.a), at)
    collection.answer(row.review_id, row.sys_b, ShownAnswer(text=row.b), at)
    if not row.choice.strip():
        collection.leave_out("pairs without a choice")
        return
    choice = VALUES.get(row.choice.split()[0])
    if choice is None:
        raise unusable(at, f"the choice {row.choice!r} is none of A, B and Neither")
    payload = answered({"preference": choice, "notes": row.notes})
    collection.rating(ImportedRating(row.review_id, (row.sys_a, row.sys_b), row.annotator, payload), at)
