"""Facts counted by hand in four systems' summaries of doctor-patient conversations (Ben Abacha 2023).

The scores are computed from an expert's counts of facts and from the summary as the expert corrected it; the
counts themselves are not in the file. Rows come in blocks of a hundred, one per system, in one order.
"""

from __future__ import annotations

from math import isfinite, nan
from pathlib import Path

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import beside, table, unread, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "summaries_with_manual_scores.csv"
DIALOGUES = 100  # in the validation set, hence rows per system
OTHER_FILES = {"test2_sample.csv": "conversations and notes that nobody rated"}

ABOUT = About(
    slug="mts-dialog-facts",
    title="Facts in summaries of consultations",
    description=(
        "Summaries of short doctor-patient conversations by four systems, with the share of facts that are "
        "right, found, made up or left out, and how much of the text had to be changed. One judgement each."
    ),
    source=(
        "Ben Abacha et al., An empirical study of clinical note generation from doctor-patient encounters, "
        "EACL 2023; abachaa/MTS-Dialog, commit 3ff0801, correlation study"
    ),
    licence="CC BY 4.0",
)


class Row(msgspec.Struct):
    row: int
    id: str = msgspec.field(name="ID")
    dialogue: str = msgspec.field(name="Dialogue")
    reference: str = msgspec.field(name="Reference Summary")
    summary: str = msgspec.field(name="Automatic Summary")
    precision: str = msgspec.field(name="FactualPrecision")
    recall: str = msgspec.field(name="FactualRecall")
    f1: str = msgspec.field(name="FactualF1")
    hallucination: str = msgspec.field(name="HallucinationRate")
    omission: str = msgspec.field(name="OmissionRate")
    edited: str = msgspec.field(name="Edit Distance (Correction)")


def read(path: Path) -> ImportedStudy:
    """The scores in `path`, the file summaries_with_manual_scores.csv or its folder."""
    collection = Collection(path.name)
    for row, at in table(path, NAME, Row):
        _add(collection, row, at)
    return collection.study(ABOUT, form("mts_dialog"), unread(path, NAME, Row) + beside(path, OTHER_FILES))


def _add(collection: Collection, row: Row, at: Origin) -> None:
    system = f"system {_block(row, at)}"
    case = Case(source=row.dialogue, reference=row.reference)
    collection.item(ImportedItem(row.id, case, "en", ""), at)
    collection.answer(row.id, system, ShownAnswer(text=row.summary), at)
    shares = {
        "precision": row.precision,
        "recall": row.recall,
        "hallucination": row.hallucination,
        "omission": row.omission,
        "edited": row.edited,
    }
    given = {axis: _number(axis, text, at) for axis, text in shares.items() if text.strip()}
    payload = {axis: share for axis, share in given.items() if 0 <= share <= 1}
    collection.leave_out("scores that are blank in the file", len(shares) - len(given))
    for axis in given.keys() - payload.keys():
        collection.leave_out(f"scores of {axis} of {given[axis]:g}: shares lie between 0 and 1")
    collection.leave_out("F1 scores: they follow from precision and recall", bool(row.f1.strip()))
    if payload:
        collection.rating(ImportedRating(row.id, (system,), "rater-1", payload), at)


def _block(row: Row, at: Origin) -> int:
    """Number of the system: row 203 is the third system's summary of dialogue 3."""
    number = int(row.id) if row.id.isdecimal() else 0
    block, odd = divmod(row.row - number, DIALOGUES)
    if odd or block < 0 or not 1 <= number <= DIALOGUES:
        raise unusable(at, f"row {row.row} and dialogue {row.id!r} do not go together")
    return block + 1


def _number(axis: str, text: str, at: Origin) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise unusable(at, f"the {axis} {text!r} is no number")
    return number
