"""Three annotators choose the better of two answers to general instructions (Wang 2024), fully crossed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import lines, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "votes.jsonl"
Vote = Literal[0, 1, 2]
Text = str | bool | int | float  # an answer of one word can stand there as JSON's own true
VALUES: dict[Vote, str] = {0: "tie", 1: "first", 2: "second"}

ABOUT = About(
    slug="pandalm-votes",
    title="Which answer follows the instruction better?",
    description=(
        "Three annotators chose between the answers of two language models to the same instruction, or "
        "called a tie. The instructions are general, not medical."
    ),
    source=(
        "Wang et al., PandaLM: an automatic evaluation benchmark for LLM instruction tuning optimization, "
        "ICLR 2024; WeOpenML/PandaLM, commit 3871806, test set 1"
    ),
    licence="Apache-2.0",
)


class Row(msgspec.Struct):
    idx: int
    cmp_key: str
    instruction: str
    input: str
    response1: Text
    response2: Text
    annotator1: Vote
    annotator2: Vote
    annotator3: Vote
    motivation_app: str = ""
    gpt35_result: Any = None
    pandalm7b_result: Any = None


def read(path: Path) -> ImportedStudy:
    """The votes in `path`, the file votes.jsonl or its folder."""
    collection = Collection(path.name)
    for row, at in lines(path, NAME, Row):
        _add(collection, row, at)
    return collection.study(ABOUT, form("pandalm"))


def _add(collection: Collection, row: Row, at: Origin) -> None:
    item, systems = str(row.idx), tuple(row.cmp_key.split("_"))
    if len(systems) != 2:
        raise unusable(at, f"cmp_key {row.cmp_key!r} names no two systems, as in one_other")
    case = Case(instruction=row.instruction, context=row.input)
    collection.item(ImportedItem(item, case, "en", ""), at)
    for system, given in zip(systems, (row.response1, row.response2), strict=True):
        text = given if isinstance(given, str) else json.dumps(given)
        collection.leave_out("answers without their spelling: no text in the file", text is not given)
        collection.answer(item, system, ShownAnswer(text=text), at)
    for number, vote in enumerate((row.annotator1, row.annotator2, row.annotator3), start=1):
        payload = {"preference": VALUES[vote]}
        collection.rating(ImportedRating(item, systems, f"annotator{number}", payload), at)
    verdicts = sum(verdict is not None for verdict in (row.gpt35_result, row.pandalm7b_result))
    collection.leave_out("verdicts of language models: no rater's", verdicts)
    collection.leave_out("names of the application an instruction came from", bool(row.motivation_app))
