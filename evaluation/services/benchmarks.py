"""Putting a benchmark in the database: all of it or nothing, by COPY, once for each content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from evaluation.domain.benchmarks import BenchmarkSpec, Question, TaskSpec
from evaluation.models import Benchmark, BenchmarkVersion, Item, Reference, Task

BATCH = 10_000
LOADING = 0x10AD  # advisory lock: one load at a time, so that reserved item ids are ours


@dataclass(frozen=True)
class Loaded:
    version: BenchmarkVersion
    is_new: bool


def load(
    spec: BenchmarkSpec,
    questions: Callable[[], Iterable[Question]],
    content_hash: str,
    items_by_task: dict[str, int],
    advance: Callable[[int], None] = lambda items: None,
) -> Loaded:
    """Store a checked benchmark as the current version.

    questions       gives the items afresh; `items_by_task` counts them by task slug
    advance         told how many items were stored, after each batch
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])
        benchmark, _ = Benchmark.objects.get_or_create(slug=spec.slug)
        known = benchmark.versions.filter(content_hash=content_hash).first()
        version = known or _new_version(benchmark, spec, content_hash, sum(items_by_task.values()))
        if known is None:
            tasks = _new_tasks(version, spec.tasks, items_by_task)
            _copy_items(version, tasks, questions(), advance)
        Benchmark.objects.filter(pk=benchmark.pk).update(current=version)
    return Loaded(version, is_new=known is None)


def _new_version(
    benchmark: Benchmark, spec: BenchmarkSpec, content_hash: str, items: int
) -> BenchmarkVersion:
    return BenchmarkVersion.objects.create(
        benchmark=benchmark,
        number=benchmark.versions.count() + 1,
        content_hash=content_hash,
        name=spec.name,
        description=spec.description,
        source=spec.source,
        licence=spec.licence,
        citation=spec.citation,
        synthetic=spec.synthetic,
        item_count=items,
    )


def _new_tasks(
    version: BenchmarkVersion, specs: tuple[TaskSpec, ...], items_by_task: dict[str, int]
) -> dict[str, Task]:
    """Tasks in the order of the specification, their items side by side; tasks without items are left out."""
    tasks, first = [], 0
    for order, spec in enumerate(spec for spec in specs if items_by_task.get(spec.slug)):
        tasks.append(
            Task(
                version=version,
                order=order,
                slug=spec.slug,
                name=spec.name,
                family=spec.family,
                metric=spec.metric,
                language=spec.language,
                specialty=list(spec.specialty),
                document_type=spec.document_type,
                stage=spec.stage,
                application=spec.application,
                access=spec.access,
                prompt=spec.prompt,
                options=dict(spec.options),
                source=spec.source,
                licence=spec.licence,
                first_position=first,
                item_count=items_by_task[spec.slug],
            )
        )
        first += items_by_task[spec.slug]
    return {task.slug: task for task in Task.objects.bulk_create(tasks)}


def _copy_items(
    version: BenchmarkVersion,
    tasks: dict[str, Task],
    questions: Iterable[Question],
    advance: Callable[[int], None],
) -> None:
    next_position = {slug: task.first_position for slug, task in tasks.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM evaluation_item")
        first_id = cursor.fetchone()[0] + 1
    remaining = iter(questions)
    while batch := list(islice(remaining, BATCH)):
        positions = []
        for question in batch:
            positions.append(next_position[question.task])
            next_position[question.task] += 1
        _copy(
            Item,
            ["id", "version_id", "task_id", "position", "key", "split", "input", "cluster"],
            (
                (first_id + at, version.pk, tasks[q.task].pk, at, q.key, q.split, _json(q.input), q.cluster)
                for at, q in zip(positions, batch, strict=True)
            ),
        )
        _copy(
            Reference,
            ["item_id", "gold"],
            ((first_id + at, _json(q.gold)) for at, q in zip(positions, batch, strict=True)),
        )
        advance(len(batch))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('evaluation_item', 'id'), max(id)) FROM evaluation_item"
        )


def _copy(
    model: type[Item] | type[Reference], columns: list[str], rows: Iterator[tuple[object, ...]]
) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {model._meta.db_table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
