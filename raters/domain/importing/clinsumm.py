"""Five physicians compare a model's summaries of patients' questions with an expert's (Van Veen 2024).

The export has a signed preference per axis, −2 to 2, to be mirrored where the sides were switched; then
positive stands for the model's summary. Which side of the screen a positive score meant was not published,
so ratings are given in the study's order: expert first, model second.
"""

from __future__ import annotations

from math import nan
from pathlib import Path
from typing import Literal

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import table, unread, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Payload

NAME = "ratings.csv"
SYSTEMS = ("expert", "model")
VALUES: dict[float, str] = {-2: "first_much", -1: "first", 0: "tie", 1: "second", 2: "second_much"}

ABOUT = About(
    slug="clinsumm-reader-study",
    title="Model or expert: summaries of patients' questions",
    description=(
        "Physicians compared, blinded and in shuffled order, a language model's summary of a patient's "
        "question with one by an expert: which is more complete, more correct, more concise, and by how much."
    ),
    source=(
        "Van Veen et al., Adapted large language models can outperform medical experts in clinical text "
        "summarization, Nature Medicine 2024; StanfordMIMI/clin-summ, commit 16648c7, reader study of the "
        "consumer health questions"
    ),
    licence="MIT",
)


class Row(msgspec.Struct):
    reader: str
    sample: str
    axis: Literal["completeness", "correctness", "conciseness"]
    raw_score: str
    switched: Literal["0", "1"]


def read(path: Path) -> ImportedStudy:
    """The reader study in `path`, the file ratings.csv or its folder."""
    collection = Collection(path.name)
    forms: dict[tuple[str, str], tuple[Payload, Origin]] = {}
    for row, at in table(path, NAME, Row):
        payload, _ = forms.setdefault((row.sample, row.reader), ({}, at))
        if row.axis in payload:
            raise unusable(at, f"reader {row.reader!r} scored the {row.axis} of sample {row.sample!r} before")
        payload[row.axis] = _value(row, at)
    for (sample, reader), (payload, at) in forms.items():
        _add(collection, sample, reader, payload, at)
    items = len({sample for sample, _ in forms})
    collection.leave_out(
        "samples without the side each summary was shown on: what left was is not known", items
    )
    collection.leave_out("samples without texts of question and summaries: the file has scores only", items)
    return collection.study(ABOUT, form("clinsumm"), unread(path, NAME, Row))


def _add(collection: Collection, sample: str, reader: str, payload: Payload, at: Origin) -> None:
    collection.item(ImportedItem(sample, Case(), "en", ""), at)
    for system in SYSTEMS:
        collection.answer(sample, system, ShownAnswer(), at)
    given = {axis: value for axis, value in payload.items() if value}
    collection.leave_out("scores that are blank in the file", len(payload) - len(given))
    if given:
        collection.rating(ImportedRating(sample, SYSTEMS, reader, given), at)


def _value(row: Row, at: Origin) -> str:
    if not row.raw_score.strip():
        return ""
    try:
        score = float(row.raw_score)
    except ValueError:
        score = nan
    value = VALUES.get(-score if row.switched == "1" else score)
    if value is None:
        raise unusable(at, f"raw_score {row.raw_score!r} is not among -2, -1, 0, 1 and 2")
    return value
