"""Items of a study drawn from a benchmark, with the answers that scored submissions gave to them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext

from evaluation.models import Answer, BenchmarkVersion, Item, Submission, Task
from raters.domain.benchmark_cases import case_of, drawn, specialty_of
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Rubric
from raters.domain.study_design import read_design
from raters.domain.study_item_fields import LONGEST_NAME, LONGEST_TEXT, StudyItem, unfit
from raters.models import Study
from raters.selectors import benchmark_answers, rubrics
from raters.services.items import Added, join
from raters.services.refusals import RefusalError

MOST_DRAWN = 2000


def draw(
    study: Study,
    version: BenchmarkVersion,
    task: str,
    number: int,
    submissions: Sequence[uuid.UUID],
    *,
    only_suited: bool = False,
) -> Added:
    """Draw `number` items of a task by the study's seed, with the answers of these submissions.

    The same draw again brings the same items, so that further systems can be added later. With `only_suited`
    the items are for raters of the task's specialty and language. References are never read.
    """
    found = version.tasks.filter(slug=task).first()
    if found is None:
        raise RefusalError(gettext("There is no such task in this benchmark: choose one of the list."))
    chosen = chosen_systems(version, submissions)
    rubric = rubrics.rubric_of(study.rubric_id)
    asked = drawn_items(study, Item.objects.filter(task=found), found, number)
    outputs = _outputs(chosen, [item.position for item in asked])
    items, left = [], 0
    for item in asked:
        answers = {name: ShownAnswer(text=text) for name, text in _said(outputs[item.position], chosen)}
        left += len(chosen) - len(answers)
        if answers:
            case = case_of(item.input, found.prompt, rubric)
            items.append(study_item(item, found, case, rubric, answers, only_suited))
    if not items:
        raise RefusalError(gettext("None of these systems answered any of the drawn items with a text."))
    added = join(study, items, {name: one.system for name, one in chosen.items() if one.system})
    if left and not added.problems:
        added.notes.append(f"{left} answers are empty or too long for a screen and were not taken.")
    return added


def chosen_systems(version: BenchmarkVersion, submissions: Sequence[uuid.UUID]) -> dict[str, Submission]:
    """Scored submissions by the name coordinators read; RefusalError where two share one, or one is none."""
    known = {one.pk: one for one in benchmark_answers.scored(version)}
    missing = [pk for pk in submissions if pk not in known]
    if missing or not submissions:
        raise RefusalError(gettext("Choose at least one of the scored systems of this benchmark."))
    found = {benchmark_answers.name_of(known[pk])[:LONGEST_NAME]: known[pk] for pk in submissions}
    if len(found) < len(set(submissions)):
        raise RefusalError(
            gettext("Two of the chosen submissions have the same name and mode: choose one of them.")
        )
    return found


def drawn_items(study: Study, items: QuerySet[Item], task: Task, number: int) -> list[Item]:
    """`number` of a task's `items`, drawn by the study's seed and given in the benchmark's order."""
    positions = list(items.order_by("position").values_list("position", flat=True))
    seed = read_design(study.design).seed
    chosen = drawn(positions, min(max(number, 1), MOST_DRAWN), seed, task.slug)
    return list(items.filter(position__in=chosen).order_by("position"))


def study_item(
    item: Item, task: Task, case: Case, rubric: Rubric, answers: dict[str, ShownAnswer], only_suited: bool
) -> StudyItem:
    """An item of a benchmark as one of a study; RefusalError where the rubric cannot rate it."""
    faults = list(unfit(rubric, case, answers))
    if faults:
        raise RefusalError(
            gettext("Items of a benchmark do not suit this rubric. %(value)s") % {"value": faults[0]}
        )
    return StudyItem(
        key=item.key,
        case=case,
        answers=answers,
        specialty=specialty_of(task.specialty) if only_suited else "",
        language=task.language[:2] if only_suited else "",
        cluster=item.cluster,
    )


def _outputs(
    chosen: Mapping[str, Submission], positions: Sequence[int]
) -> Mapping[int, dict[uuid.UUID, str]]:
    rows = Answer.objects.filter(run__submission__in=list(chosen.values()), position__in=positions)
    found: dict[int, dict[uuid.UUID, str]] = defaultdict(dict)
    for position, submission, output in rows.values_list("position", "run__submission", "output"):
        found[position][submission] = output
    return found


def _said(outputs: Mapping[uuid.UUID, str], chosen: Mapping[str, Submission]) -> Iterator[tuple[str, str]]:
    for name, submission in chosen.items():
        text = outputs.get(submission.pk, "").strip()
        if text and len(text) <= LONGEST_TEXT:
            yield name, text
