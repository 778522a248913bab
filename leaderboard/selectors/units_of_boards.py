"""The tasks of a benchmark behind a board's columns, and how their items begin."""

from __future__ import annotations

from evaluation.domain.unseen import on_one_line
from evaluation.models import BenchmarkVersion, Item, Task
from evaluation.selectors import benchmarks
from leaderboard.domain.table import Table

LONGEST_BEGINNING = 140
REGULATED = "regulated"
_BEGINS_WITH = ("question", "instruction", "criterion", "dialogue", "context", "answer")


def version_of(table: Table) -> BenchmarkVersion | None:
    """The version of the benchmark that the board is about; None for a board without one."""
    if not table.head.benchmark:
        return None
    number = table.head.version.removeprefix("v")
    if number.isascii() and number.isdigit() and len(number) < 10:
        versions = BenchmarkVersion.objects.select_related("benchmark")
        return versions.filter(benchmark__slug=table.head.benchmark, number=int(number)).first()
    return benchmarks.current_version(table.head.benchmark)


def tasks_by_key(table: Table) -> dict[str, Task]:
    """Column key → task, in the order of the board; nothing for boards of other kinds."""
    version = version_of(table)
    if version is None:
        return {}
    keys = [column.key for column in table.columns]
    found = {task.slug: task for task in Task.objects.filter(version=version, slug__in=keys)}
    return {key: found[key] for key in keys if key in found}


def shows_texts(task: Task) -> bool:
    """Regulated items are scored here and read where their licence lets them be read."""
    return task.access != REGULATED


def beginning(item: Item, task: Task) -> str:
    """How a public item begins, on one line; nothing of a private or a regulated one."""
    if item.split != "public" or not shows_texts(task):
        return ""
    asked = item.input
    sentences = " ".join(str(each[-1]) for each in asked.get("sentences", ())[:3] if each)
    texts = (str(asked[name]) for name in _BEGINS_WITH if asked.get(name))
    return on_one_line(next(texts, sentences), LONGEST_BEGINNING)
