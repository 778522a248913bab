"""Items of a study made from the consultations of a run: transcripts for a must-ask list, masked as ever.

The list of a case is part of its reference. Only public items are drawn, so that no private reference is
shown; the diagnosis and the list of what the patient knew never are.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from evaluation.domain.benchmarks import CONSULTING
from evaluation.domain.dialogues.transcript import read
from evaluation.models import Answer, BenchmarkVersion, Item, Submission
from raters.domain.rubric.case import Case, Criterion, ShownAnswer, Turn
from raters.domain.study_item_fields import LONGEST_TEXT
from raters.models import Study
from raters.selectors import rubrics
from raters.services.drawing import chosen_systems, drawn_items, study_item
from raters.services.items import Added, join
from raters.services.refusals import RefusalError


def draw_transcripts(
    study: Study,
    version: BenchmarkVersion,
    task: str,
    number: int,
    submissions: Sequence[uuid.UUID],
    *,
    only_suited: bool = False,
) -> Added:
    """Add `number` consultations of a task, drawn by the study's seed, as these submissions held them.

    The study's rubric must be one of dialogues. The same draw again brings the same items, so that further
    systems can be added later. With `only_suited` they are for raters of the task's specialty and language.
    """
    found = version.tasks.filter(slug=task).first()
    if found is None or found.family not in CONSULTING:
        raise RefusalError(
            gettext("This task has no consultations: choose one whose family is consultation.")
        )
    rubric = rubrics.rubric_of(study.rubric_id)
    if rubric.unit != "dialogue":
        raise RefusalError(gettext("This rubric rates no dialogues: choose one made for consultations."))
    chosen = chosen_systems(version, submissions)
    public = Item.objects.filter(task=found, split="public").select_related("reference")
    asked = drawn_items(study, public, found, number)
    said = _transcripts(chosen, [item.position for item in asked])
    items = [
        study_item(item, found, _case(item), rubric, said[item.position], only_suited)
        for item in asked
        if said[item.position]
    ]
    if not items:
        raise RefusalError(
            gettext("None of these systems held a consultation on any of the drawn public items.")
        )
    added = join(study, items, {name: one.system for name, one in chosen.items() if one.system})
    left = len(asked) * len(chosen) - sum(len(item.answers) for item in items)
    if left and not added.problems:
        added.notes.append(
            f"{left} answers are no consultations or too long for a screen and were not taken."
        )
    return added


def shown_transcript(output: str) -> ShownAnswer | None:
    """An answer as the rating screens take it; None where it is no consultation."""
    turns = read(output) if len(output) <= LONGEST_TEXT else None
    if turns is None:
        return None
    return ShownAnswer(dialogue=tuple(Turn(speaker=turn.speaker, text=turn.text) for turn in turns))


def criteria_of(gold: Mapping[str, Any]) -> tuple[Criterion, ...]:
    """The must-ask list of a case as criteria to be judged."""
    return tuple(Criterion(id=each["id"], text=each["text"], must_ask=True) for each in gold["must_ask"])


def _case(item: Item) -> Case:
    return Case(question=str(item.input.get("question", "")), criteria=criteria_of(item.reference.gold))


def _transcripts(
    chosen: Mapping[str, Submission], positions: Sequence[int]
) -> Mapping[int, dict[str, ShownAnswer]]:
    """By position and system, what is a consultation."""
    names = {submission.pk: name for name, submission in chosen.items()}
    rows = Answer.objects.filter(run__submission__in=names, position__in=positions)
    found: dict[int, dict[str, ShownAnswer]] = defaultdict(dict)
    for position, submission, output in rows.values_list("position", "run__submission", "output"):
        if (shown := shown_transcript(output)) is not None:
            found[position][names[submission]] = shown
    return found
