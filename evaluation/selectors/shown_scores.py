"""A run's scores as they are told: exact where all items are public, else as far as intervals support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import floor, log10
from typing import Any

from evaluation.domain.rounding import supported
from evaluation.models import Item, Run, Score, Submission, Task

KEPT_BACK = "kept_back"


@dataclass(frozen=True)
class ShownScore:
    """As `Score`; `step` is what the value was rounded to, None where it is exact.

    status  "kept_back" where private items support no digit;  parts  none over private items
    """

    task: Task
    split: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    step: float | None
    status: str
    interval: str
    n_items: int
    n_unparsed: int
    parts: Mapping[str, Any]

    @property
    def digits(self) -> int:
        """Decimals of the percentage that the step leaves: 0.05 → 0, 0.005 → 1."""
        return 1 if self.step is None else max(0, -floor(log10(100 * self.step) + 1e-9))


def of_submission(submission: Submission, split: str = "all") -> list[ShownScore]:
    """In the order of the benchmark; nothing before the run is scored."""
    run: Run | None = getattr(submission, "run", None)
    if run is None or run.state != Run.State.SCORED:  # as it was read: the caller tells that state, too
        return []
    return of_run(run, split)


def of_run(run: Run, split: str = "all", scoring: int | None = None) -> list[ShownScore]:
    """Of the scoring that counts, unless another is named."""
    rows = Score.objects.filter(run=run, split=split, scoring=scoring or run.scoring).select_related("task")
    limited = limited_tasks(run.submission.version_id)
    return [_shown(score, score.task_id in limited) for score in rows.defer("item_scores", "influence")]


@lru_cache(maxsize=64)
def limited_tasks(version_pk: int) -> frozenset[int]:
    """Tasks with private items, by primary key. A version never changes, so this is kept."""
    private = Item.objects.filter(version=version_pk, split="private")
    return frozenset(private.order_by().values_list("task", flat=True).distinct())


def _shown(score: Score, is_limited: bool) -> ShownScore:
    value, low, high, step = score.value, score.low, score.high, None
    status, parts = score.status, score.parts
    if is_limited and score.split != Score.Split.PUBLIC:
        told, parts = supported(value, low, high), {}
        if value is not None and told.value is None:
            status = KEPT_BACK
        value, low, high, step = told.value, told.low, told.high, told.step
    return ShownScore(
        score.task, score.split, score.metric, value, low, high, step, status, score.interval,
        score.n_items, score.n_unparsed, parts,
    )  # fmt: skip
