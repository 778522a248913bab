"""Facets of generated summaries of medical reviews (Wang 2023): the main annotation and its pilot.

Answers start with a code: "2: Yes", "(+1): Positive effect", "N/A: …", or "Other / uncertain …". What has no
place on a scale is kept as the reason why the rater could not judge; a missing effect direction is a category
of its own, as in the authors' analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, answered, form
from raters.domain.importing.files import beside, table, unread, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

SOURCE = (
    "Wang et al., Automated metrics for medical multi-document summarization disagree with human "
    "evaluations, ACL 2023; allenai/mslr-annotated-dataset, commit 3317358"
)
LICENCE = "Apache-2.0"
MAIN = About(
    slug="mslr-facets",
    title="Facets of summaries of medical reviews",
    description=(
        "Annotators compared generated summaries of Cochrane reviews with the review's own: fluency, whether "
        "population, intervention and outcome are the same, which way the effect points, how strong the "
        "claim is."
    ),
    source=f"{SOURCE}, facets",
    licence=LICENCE,
)
PILOT = About(
    slug="mslr-pilot",
    title="Facets of summaries of medical reviews: pilot",
    description=(
        "Three annotators filled in the same form for the same summaries of two baseline systems, so that "
        "their agreement could be told before the main annotation."
    ),
    source=f"{SOURCE}, pilot",
    licence=LICENCE,
)
MAIN_FILE, PILOT_FILE, PAIRS_FILE = "facets.csv", "pilot_3raters.csv", "pairwise.csv"
READ_ELSEWHERE = {
    MAIN_FILE: "the same form, another study; the reader mslr_human_eval takes it",
    PILOT_FILE: "the same form, another study; the reader mslr_human_eval_pilot takes it",
    PAIRS_FILE: "another form; the reader mslr_human_eval_pairwise takes it",
}

SAME = {"0": "0", "1": "1", "2": "2"}
CLAIM = {"0": "0", "1": "1", "2": "2", "3": "3"}
DIRECTION = {"(+1)": "positive", "0": "no_effect", "(-1)": "negative", "N/A": "not_stated"}
SCALES = {
    "fluency": SAME,
    "population": SAME,
    "intervention": SAME,
    "outcome": SAME,
    "direction_target": DIRECTION,
    "direction_generated": DIRECTION,
    "claim_target": CLAIM,
    "claim_generated": CLAIM,
}
COMMENTS = ("elements_comment", "direction_comment", "claim_comment")
_SAME_AS = "Is the *{0}* in the generated summary the same as the {0} in the target summary?"


class Answers(msgspec.Struct):
    """The form's columns, in both files."""

    target: str = msgspec.field(name="Target Summary")
    generated: str = msgspec.field(name="Generated Summary")
    fluency: str = msgspec.field(name="Is the generated summary fluent?")
    population: str = msgspec.field(name=_SAME_AS.format("population"))
    intervention: str = msgspec.field(name=_SAME_AS.format("intervention"))
    outcome: str = msgspec.field(name=_SAME_AS.format("outcome"))
    elements_comment: str = msgspec.field(name="Comments about PIO agreement (optional)")
    direction_target: str = msgspec.field(name="What is the effect direction in the *target* summary?")
    direction_generated: str = msgspec.field(name="What is the effect direction in the *generated* summary?")
    direction_comment: str = msgspec.field(name="Comments about effect directions (optional)")
    claim_target: str = msgspec.field(name="What is the strength of the claim made in the *target* summary?")
    claim_generated: str = msgspec.field(
        name="What is the strength of the claim made in the *generated* summary?"
    )
    claim_comment: str = msgspec.field(name="Comments about strength of claim (optional)")
    annotator: str


class MainRow(Answers):
    item: str = msgspec.field(name="ReviewID")
    system: str = msgspec.field(name="ExpID")


class PilotRow(Answers):
    item: str = msgspec.field(name="docid")
    system: str = msgspec.field(name="model")


def read(path: Path) -> ImportedStudy:
    """The main annotation in `path`, the file facets.csv or its folder."""
    # submissions go by the last six characters of their number, here as in the pairwise votes
    rows = ((row, row.system[-6:], at) for row, at in table(path, MAIN_FILE, MainRow))
    return _study(path, rows, MAIN, MAIN_FILE)


def read_pilot(path: Path) -> ImportedStudy:
    """The pilot in `path`, the file pilot_3raters.csv or its folder."""
    rows = (
        (row, row.system.removesuffix("_predictions"), at) for row, at in table(path, PILOT_FILE, PilotRow)
    )
    return _study(path, rows, PILOT, PILOT_FILE)


def _study(
    path: Path, rows: Iterable[tuple[MainRow | PilotRow, str, Origin]], about: About, file: str
) -> ImportedStudy:
    collection = Collection(path.name)
    for row, system, at in rows:
        collection.item(ImportedItem(row.item, Case(reference=row.target), "en", ""), at)
        collection.answer(row.item, system, ShownAnswer(text=row.generated), at)
        payload = answered(dict(_values(row, collection, at)))
        if payload:
            collection.rating(ImportedRating(row.item, (system,), row.annotator, payload), at)
        else:
            collection.leave_out("rows in which nothing was answered")
    others = {name: reason for name, reason in READ_ELSEWHERE.items() if name != file}
    remarks = unread(path, file, MainRow if file == MAIN_FILE else PilotRow) + beside(path, others)
    return collection.study(about, form("mslr_facets"), remarks)


def _values(row: Answers, collection: Collection, at: Origin) -> Iterator[tuple[str, Any]]:
    for axis in SCALES:
        yield axis, _value(axis, getattr(row, axis), at)
    for axis in COMMENTS:
        yield axis, getattr(row, axis)
    if "target" in row.direction_generated:
        collection.leave_out(
            "missing effect directions of the generated summary in the words meant for the target: "
            "kept as not_stated, the slip of wording is lost"
        )


def _value(axis: str, text: str, at: Origin) -> str | dict[str, str]:
    """The axis' value; "" for a blank one. UnusableRatingsError for a code the form does not have."""
    code = text.partition(":")[0].strip()
    if not code or code in SCALES[axis]:
        return SCALES[axis].get(code, "")
    if code == "N/A":
        return {"cannot_judge": "not_applicable"}
    if code.startswith("Other"):
        return {"cannot_judge": "ambiguous"}
    raise unusable(at, f"{axis}: {text!r} is no answer of the form")
