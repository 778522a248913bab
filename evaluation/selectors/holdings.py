"""What every worker holds at this moment, as the ledger has it; whose it is, only for who may know."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from evaluation.models import Chunk, Recipe, Run, Submission, Worker
from evaluation.selectors import runs


@dataclass(frozen=True)
class Holding:
    """A pre-flight, or stretches of a run. `submission` is None for people who may not see it yet."""

    what: str
    benchmark: str
    submission: Submission | None


@dataclass(frozen=True)
class AtWork:
    """A worker that is alive; `model` is empty where its name would tell what is not public."""

    worker: Worker
    holds: tuple[Holding, ...]
    model: str
    has_model: bool


def at_work(viewer: Any) -> list[AtWork]:
    """Every worker alive, by name."""
    held = _held()
    return [_at_work(worker, held.get(worker.name, []), viewer) for worker in runs.workers_alive()]


def _at_work(worker: Worker, held: list[tuple[str, Submission]], viewer: Any) -> AtWork:
    holds = tuple(_seen_by(viewer, what, submission) for what, submission in held)
    may_know = runs.is_administrator(viewer) or any(held.submission for held in holds)
    return AtWork(worker, holds, worker.model if may_know else "", bool(worker.model))


def _seen_by(viewer: Any, what: str, submission: Submission) -> Holding:
    own = submission if runs.may_manage(viewer, submission) else None
    return Holding(what, submission.version.name, own)


def _held() -> dict[str, list[tuple[str, Submission]]]:
    """Worker → what it holds; several stretches of one run are one holding."""
    held: dict[str, list[tuple[str, Submission]]] = defaultdict(list)
    flights = Recipe.objects.filter(lease_until__gte=Now()).exclude(worker="")
    for recipe in flights.select_related("submission__version"):
        held[recipe.worker].append((str(recipe.get_stage_display()), recipe.submission))
    chunks = Chunk.objects.filter(
        state=Chunk.State.LEASED, lease_until__gte=Now(), run__state__in=Run.SERVED
    ).select_related("run__submission__version")
    for chunk in chunks.order_by("worker", "run", "kind").distinct("worker", "run", "kind"):
        held[chunk.worker].append((str(chunk.get_kind_display()), chunk.run.submission))
    return held
