"""Crowd workers choose between answers of some sixty language models; ties allowed (LLMFAO)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import beside, table, unread
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "votes_subset.csv"
VALUES = {"left": "first", "right": "second", "tie": "tie"}
OTHER_FILES = {
    "codings.csv": "the textbook example of another study; the reader coding_matrix takes it",
    "simple.csv": "votes of nobody in particular, an example",
    "food.csv": "votes of nobody in particular, an example",
}

ABOUT = About(
    slug="llmfao-votes",
    title="Crowd votes on answers of language models",
    description=(
        "Crowd workers saw two models' answers to the same prompt side by side and chose the left one, the "
        "right one or a tie. Several workers voted on each pair."
    ),
    source="LLMFAO crowd votes; dustalov/evalica, commit 2ebe79e",
    licence="Apache-2.0",
)


class Row(msgspec.Struct):
    prompt: str
    worker: str
    winner: Literal["left", "right", "tie"]
    left: str
    right: str


def read(path: Path) -> ImportedStudy:
    """The votes in `path`, a file of votes or the folder of votes_subset.csv."""
    collection = Collection(path.name)
    for row, at in table(path, NAME, Row):
        _add(collection, row, at)
    remarks = unread(path, NAME, Row) + beside(path, OTHER_FILES)
    study = collection.study(ABOUT, form("llmfao"), remarks)
    study.left_out.insert(
        0, f"texts of {len(study.items)} prompts and {len(study.answers)} answers: the file has votes only"
    )
    return study


def _add(collection: Collection, row: Row, at: Origin) -> None:
    collection.item(ImportedItem(row.prompt, Case(), "en", ""), at)
    for system in (row.left, row.right):
        collection.answer(row.prompt, system, ShownAnswer(), at)
    payload = {"preference": VALUES[row.winner]}
    collection.rating(ImportedRating(row.prompt, (row.left, row.right), row.worker, payload), at)
