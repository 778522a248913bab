"""A published study for the demo: invented systems, and raters played by a program. It says so everywhere.

Six systems wrote texts on the sample benchmark's own items: each drops words of the reference, the weaker the
more. Twelve raters with a strictness and tastes of their own grade the risk and mark passages, by the rubric
that follows MedVAL. The ratings go the way of published ratings that are taken over, and are published.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from accounts.models import User
from evaluation.domain.benchmarks import Question
from evaluation.domain.loading import load, shipped
from leaderboard.services import study_boards
from raters.domain.importing import (
    ImportedAnswer,
    ImportedItem,
    ImportedRater,
    ImportedRating,
    ImportedStudy,
)
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Payload
from raters.domain.rubric.shipping import shipped as shipped_rubrics
from raters.models import Study
from raters.services import publication
from raters.services.importing import import_study

SLUG, READER = "sample-published", "made_up"
KEPT = {
    "System Aspen": 0.97,
    "System Birch": 0.93,
    "System Cedar": 0.86,
    "System Dogwood": 0.84,
    "System Elm": 0.7,
    "System Fir": 0.45,
}
RATERS, OF_EACH = 12, 2  # agreement on passages costs most, and grows with the square of the second
SEED = 12
_CUTS = (-0.9, 0.6, 2.0)  # of the burden a rater feels, between the levels of risk
_MARKS = ("missing_context", "detail_misidentification", "understating_intensity")


def publish(coordinator: User) -> Study | None:
    """Take the study over, publish it and derive its board; None where it is there already."""
    study, is_new = import_study(made_up(), READER, coordinator)
    if not is_new:
        return None
    study.imported = {**study.imported, "synthetic": True}
    study.save(update_fields=["imported"])
    publication.ask(study)
    if not publication.publish(study):
        return None
    study_boards.derive(study)
    return study


def made_up(seed: int = SEED) -> ImportedStudy:
    """The study, the same for a seed."""
    rng = np.random.default_rng(seed)
    questions = [question for question in _questions() if question.gold.get("references")]
    texts = {(one.key, name): _cut(one, kept, rng) for one in questions for name, kept in KEPT.items()}
    return ImportedStudy(
        slug=SLUG,
        title="Risk of generated texts (made up)",
        description=(
            "Six invented systems wrote notes, impressions and answers; the risk of using them was graded. "
            "A program played the raters: these numbers say nothing about any system."
        ),
        source="Made for this demo by a program, from the items of the sample benchmark",
        licence="CC0-1.0",
        rubric_toml=_rubric(),
        items=[ImportedItem(one.key, _case(one), "en", "") for one in questions],
        systems=sorted(KEPT),
        answers=[ImportedAnswer(key, name, ShownAnswer(text=text)) for (key, name), text in texts.items()],
        raters=[ImportedRater(f"rater-{at + 1}", "Played physicians") for at in range(RATERS)],
        ratings=list(_ratings([one.key for one in questions], texts, rng)),
        left_out=[],
    )


def _ratings(
    keys: list[str], texts: dict[tuple[str, str], str], rng: np.random.Generator
) -> Iterator[ImportedRating]:
    """`OF_EACH` raters for every text, in turns; what they feel depends on system, case, rater and chance."""
    strict = rng.normal(0, 0.5, RATERS)
    taste = {name: rng.normal(0, 0.35, RATERS) for name in KEPT}
    for at, key in enumerate(keys):
        hard = rng.normal(0, 0.5)
        for place, (name, kept) in enumerate(KEPT.items()):
            for turn in range(OF_EACH):
                rater = (at + 2 * place + 5 * turn) % RATERS
                burden = 6 * (1 - kept) - 1 + hard + strict[rater] + taste[name][rater] + rng.normal(0, 0.7)
                level = 1 + sum(bool(burden > cut) for cut in _CUTS)
                payload = _payload(level, texts[key, name], rng)
                yield ImportedRating(key, (name,), f"rater-{rater + 1}", payload)


def _payload(level: int, text: str, rng: np.random.Generator) -> Payload:
    """A grade with as many passages marked as it has steps above none."""
    words = text.split(" ")
    marks = []
    places = rng.choice(len(words), min(level - 1, len(words)), replace=False)
    for number, at in enumerate(sorted(places.tolist())):
        start = len(" ".join(words[:at])) + (1 if at else 0)
        marks.append(
            {
                "side": "output",
                "start": start,
                "end": start + len(words[at]),
                "text": words[at],
                "category": _MARKS[number % len(_MARKS)],
                "severity": "severe" if level == 4 else "moderate" if level == 3 else "minor",
            }
        )
    return {"mv_errors": marks, "mv_risk": str(level)}


def _cut(question: Question, kept: float, rng: np.random.Generator) -> str:
    """The reference without the words that a system of this quality loses; never nothing."""
    words = str(question.gold["references"][0]).split()
    left = [word for word in words if rng.random() < kept]
    return " ".join(left or words[:1])


def _case(question: Question) -> Case:
    given = question.input
    dialogue = str(given.get("dialogue", ""))
    source = dialogue or str(given.get("context", "") or given.get("question", ""))
    return Case(
        instruction="Write what is asked for, from this text alone.",
        source=source,
        reference=str(question.gold["references"][0]),
    )


def _questions() -> list[Question]:
    return list(load(shipped()["sample"]).questions)


def _rubric() -> str:
    return shipped_rubrics()["medval"]
