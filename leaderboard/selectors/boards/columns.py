"""The columns of a benchmark's board: its tasks, with what the board's specification adds to them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from evaluation.models import BenchmarkVersion, Task
from leaderboard.domain.specifications import specification
from leaderboard.domain.table import Column

FACETS = ("language", "family", "specialty", "stage", "application", "access", "document_type")


@lru_cache(maxsize=64)
def columns_of(version_pk: int) -> tuple[Column, ...]:
    """A version never changes, so this is kept."""
    tasks = list(Task.objects.filter(version=version_pk))
    spec = specification(slug_of(version_pk))
    known = {column.key: column for column in spec.columns} if spec else {}
    return tuple(_with(_column(task), known.get(task.slug)) for task in tasks)


def _column(task: Task) -> Column:
    values = {facet: getattr(task, facet) for facet in FACETS}
    facets = {facet: tuple(value) if isinstance(value, list) else (value,) for facet, value in values.items()}
    return Column(
        key=task.slug,
        name=task.name,
        metric=task.metric,
        category=task.family,
        facets={facet: found for facet, value in facets.items() if (found := tuple(filter(None, value)))},
    )


def _with(column: Column, known: Column | None) -> Column:
    """The task's own name and metric, the specification's filters."""
    if known is None:
        return column
    return replace(column, category=known.category, facets={**column.facets, **known.facets})


@lru_cache(maxsize=64)
def slug_of(version_pk: int) -> str:
    """The board's slug, which is its benchmark's."""
    return BenchmarkVersion.objects.values_list("benchmark__slug", flat=True).get(pk=version_pk)
