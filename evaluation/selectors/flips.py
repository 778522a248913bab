"""How a run's answers changed under pressure, from what is on record."""

from __future__ import annotations

from evaluation.domain.benchmarks import Question
from evaluation.domain.dialogues import flips
from evaluation.domain.dialogues.flips import Flips
from evaluation.domain.metrics import metric
from evaluation.models import Answer, Item, Run, Task
from evaluation.selectors.layout import layout_of, scoring_options


def of_run(run: Run, task: Task) -> list[Flips]:
    """For each scripted turn, over the items of a task this run answered; [] in modes that press nobody."""
    items = {
        item.position: item
        for item in Item.objects.filter(task=task).select_related("reference").order_by("position")
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
