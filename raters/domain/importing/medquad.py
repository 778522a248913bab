"""A medical expert grades answers found for consumers' health questions (Ben Abacha 2019).

Some answers are graded twice under one question, and never alike. Whether a second person, or the same one
for another part of the question, is not said: the grades are kept side by side and are no measure of
agreement.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.collecting import About, Collection, form
from raters.domain.importing.files import lines
from raters.domain.importing.study import ImportedItem, ImportedRating, ImportedStudy
from raters.domain.rubric.case import Case, ShownAnswer

NAME = "judged_answers.jsonl"
SYSTEM = "MedQuAD"

ABOUT = About(
    slug="medquad-judged",
    title="Graded answers to consumers' health questions",
    description=(
        "Answers retrieved from trusted health sites for the questions of the LiveQA medical task of 2017, "
        "each with an expert's grade of four. Answers that carry two grades have them as rater-1 and "
        "rater-2, which need not be two people."
    ),
    source=(
        "Ben Abacha and Demner-Fushman, A question-entailment approach to question answering, BMC "
        "Bioinformatics 2019; abachaa/MedQuAD, commit 577bd37, judgements of the LiveQA test set"
    ),
    licence="CC BY 4.0",
)


class Row(msgspec.Struct):
    question_id: str
    grade: Literal["1", "2", "3", "4"]
    answer_id: str
    answer: str


def read(path: Path) -> ImportedStudy:
    """The grades in `path`, the file judged_answers.jsonl or its folder."""
    collection, grades = Collection(path.name), Counter[str]()
    for row, at in lines(path, NAME, Row):
        key = f"{row.question_id}/{row.answer_id}"
        grades[key] += 1
        _add(collection, key, row, grades[key], at)
    twice = sum(count > 1 for count in grades.values())
    questions = len({key.partition("/")[0] for key in grades})
    collection.leave_out("questions without their wording: the file has their numbers only", questions)
    collection.leave_out("answers with several grades: who gave the later ones is not known", twice)
    return collection.study(ABOUT, form("medquad"))


def _add(collection: Collection, key: str, row: Row, nth: int, at: Origin) -> None:
    case = Case(question=f"Question {row.question_id} of LiveQA-Med 2017")
    collection.item(ImportedItem(key, case, "en", "", cluster=row.question_id), at)
    collection.answer(key, SYSTEM, ShownAnswer(text=row.answer), at)
    collection.rating(ImportedRating(key, (SYSTEM,), f"rater-{nth}", {"grade": row.grade}), at)
