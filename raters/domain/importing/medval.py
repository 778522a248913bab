"""Physicians grade the risk of generated medical texts and list their errors: files of the MedVAL columns.

`#` starts anew in each split and `id` differs between releases, so an output is known by its task and the
hashes of input and output. The files do not say who graded: a second grading of the same output goes to
rater-2, a code that stands for no one person.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import msgspec

from evaluation.domain.answers.error_list import errors_in
from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, answered, form
from raters.domain.importing.files import table, unread, unusable
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Payload

NAME = "medval_bench.csv"
SYSTEM = "output"
GRADE = re.compile(r"\s*([1-4])(?:\.0+)?\s*")
LANGUAGES = {"bhc2spanish": "es"}  # of the text to be judged, where it is not English
RADIOLOGY = ("report2impression", "impression2simplified", "report2simplified")

ABOUT = About(
    slug="medval-physician-grades",
    title="Risk of generated medical texts",
    description=(
        "Physicians read a medical text and what a model made of it, listed clinically relevant errors and "
        "graded the risk of using the output, 1 to 4. Who graded what was not published."
    ),
    source=(
        "MedVAL: expert-level validation of AI-generated medical text; files of the columns of MedVAL-Bench"
    ),
    licence="as the file's own: MIT for the open part, credentialed access for the part from PhysioNet",
)


class Row(msgspec.Struct, frozen=True):
    number: str = msgspec.field(name="#")
    id: str
    task: str
    input: str
    reference_output: str
    output: str
    physician_error_assessment: str
    physician_risk_grade: str
    lm_reasoning: str = ""
    lm_error_assessment: str = ""
    lm_risk_grade: str = ""

    @property
    def key(self) -> str:
        return f"{self.task}/{_hash(self.input)}/{_hash(self.output)}"


def read(path: Path) -> ImportedStudy:
    """The grades in `path`, a CSV file or the folder of medval_bench.csv."""
    collection, seen, gradings = Collection(path.name), set[Row](), Counter[str]()
    for row, at in table(path, NAME, Row):
        if row in seen:
            collection.leave_out("rows that repeat another one word for word")
            continue
        seen.add(row)
        payload = _payload(collection, row, at)
        _describe(collection, row, at)
        if payload:
            gradings[row.key] += 1
            rater = f"rater-{gradings[row.key]}"
            collection.rating(ImportedRating(row.key, (SYSTEM,), rater, payload), at, "physicians")
    return collection.study(ABOUT, form("medval"), unread(path, NAME, Row))


def _payload(collection: Collection, row: Row, at: Origin) -> Payload:
    """What the physician said; {} where nobody graded."""
    given, written = row.physician_risk_grade.strip(), row.physician_error_assessment
    if not given and not written.strip():
        collection.leave_out("outputs that no physician graded")
        return {}
    if not given:
        collection.leave_out("assessments of errors without a grade of risk: kept")
    grade = GRADE.fullmatch(given)
    if given and not grade:
        raise unusable(at, f"physician_risk_grade {given!r} is not among 1, 2, 3 and 4")
    errors = errors_in(written)
    collection.leave_out("errors without a category that could be read: kept in the text", errors.unnamed)
    return {
        **answered({"errors": written, "risk": grade and grade.group(1)}),
        "categories": [*errors.categories],
        "count": len(errors.texts),
    }


def _describe(collection: Collection, row: Row, at: Origin) -> None:
    task, judged_by_model = row.task.strip(), (row.lm_reasoning, row.lm_error_assessment, row.lm_risk_grade)
    if not task or not row.output.strip():
        raise unusable(at, "the task or the output is blank", "Each row needs both")
    case = Case(instruction=task, source=row.input, reference=row.reference_output)
    specialty = "Radiology" if task in RADIOLOGY else ""
    collection.item(ImportedItem(row.key, case, LANGUAGES.get(task, "en"), specialty), at)
    collection.answer(row.key, SYSTEM, ShownAnswer(text=row.output), at)
    collection.leave_out("verdicts of a language model: no rater's", any(judged_by_model))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
