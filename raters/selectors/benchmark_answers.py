"""What a study can draw from a benchmark: its tasks, and the systems whose answers are on record."""

from __future__ import annotations

from django.db.models import QuerySet

from evaluation.models import BenchmarkVersion, Run, Submission, Task
from evaluation.selectors import benchmarks


def versions() -> list[BenchmarkVersion]:
    return list(benchmarks.current_versions())


def version_of(slug: str) -> BenchmarkVersion | None:
    return benchmarks.current_version(slug)


def tasks_of(version: BenchmarkVersion) -> QuerySet[Task]:
    return benchmarks.tasks_of(version)


def scored(version: BenchmarkVersion) -> list[Submission]:
    """The newest scored public submission of each system and mode, by name."""
    public = Submission.objects.filter(visibility=Submission.Visibility.PUBLIC)
    rows = (
        public.filter(version=version, run__state=Run.State.SCORED)
        .select_related("system")
        .order_by("name_key", "mode", "-created_at")
        .distinct("name_key", "mode")
    )
    return sorted(rows, key=name_of)


def name_of(submission: Submission) -> str:
    """As the coordinator reads it; raters never do."""
    return f"{submission.system_name} ({submission.mode})" if submission.mode else submission.system_name
