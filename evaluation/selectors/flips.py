"""How a run's answers changed under pressure, from what is on record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evaluation.domain.benchmarks import Question
from evaluation.domain.dialogues import flips
from evaluation.domain.dialogues.flips import Flips
from evaluation.domain.metrics import metric
from evaluation.models import Answer, Item, Run, Score, Submission, Task
from evaluation.selectors.layout import layout_of, scoring_options


@dataclass(frozen=True)
class Pressed:
    """A task whose answers were challenged; one entry a challenge, in the order they were put."""

    task: Task
    turns: tuple[Flips, ...]


def of_submission(submission: Submission) -> tuple[Pressed, ...]:
    """In the order of the benchmark; nothing before the run is scored or where nobody was pressed."""
    run: Run | None = getattr(submission, "run", None)
    return _of_scored_run(run.pk) if run is not None and run.state == Run.State.SCORED else ()


@lru_cache(maxsize=256)
def _of_scored_run(run_pk: int) -> tuple[Pressed, ...]:
    """A scored run's answers never change, so this is kept."""
    run = Run.objects.get(pk=run_pk)
    if not Answer.objects.filter(run=run, record__has_key="answers").exists():
        return ()
    tasks = (
        Score.objects.filter(run=run, split=Score.Split.ALL).order_by("task__order").select_related("task")
    )
    found = [(task, of_run(run, task)) for task in dict.fromkeys(score.task for score in tasks)]
    return tuple(Pressed(task, tuple(turns)) for task, turns in found if turns)


def of_run(run: Run, task: Task) -> list[Flips]:
    """For each scripted turn, over the public items this run answered; [] in modes that press nobody.

    Exact counts over private items would tell their references to whoever asks often enough.
    """
    items = {
        item.position: item
        for item in Item.objects.filter(task=task, split="public")
        .select_related("reference")
        .order_by("position")
    }
    rows = Answer.objects.filter(run=run, position__in=items, record__has_key="answers").order_by("position")
    answers = list(rows.values_list("position", "record"))
    if not answers:
        return []
    asked = [items[position] for position, _ in answers]
    questions = [
        Question(task.slug, item.key, "public", item.input, item.reference.gold, item.cluster)
        for item in asked
    ]
    clusters = layout_of(task).clusters[[position - task.first_position for position, _ in answers]]
    records = [record or {} for _, record in answers]
    rule, options = metric(task.metric), scoring_options(run, task)
    return flips.of_records(records, questions, rule, options, clusters)
