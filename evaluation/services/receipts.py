"""Receipts: issued once for every scoring of a run, and computed again from the stored answers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from evaluation.domain import receipts
from evaluation.domain.benchmarks import Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import Counts, metric
from evaluation.domain.prompts import modes
from evaluation.models import Answer, Item, Receipt, Recipe, Run, Score, Submission, Task
from evaluation.selectors.layout import layout_of, scoring_options
from evaluation.selectors.shown_scores import limited_tasks
from evaluation.services.scores import tasks_of

# SHA-256 over the SHA-256 of each output, as receipts.answers_sha256 says it, where the answers are
_ANSWERS_SHA = """
SELECT encode(sha256(string_agg(sha256(convert_to(output, 'UTF8')), ''::bytea ORDER BY position)), 'hex'),
       count(*), count(*) FILTER (WHERE finish = 'failed')
FROM evaluation_answer WHERE run_id = %s
"""


@dataclass(frozen=True)
class Recomputed:
    """What came out: figures that differ, and what changed since that could explain it."""

    differences: tuple[receipts.Difference, ...]
    changes: tuple[str, ...]
    scores: int

    @property
    def holds(self) -> bool:
        return not self.differences


def waiting() -> list[Run]:
    """Scored runs whose scoring has no receipt yet."""
    issued = Receipt.objects.filter(run=OuterRef("pk"), scoring=OuterRef("scoring"))
    return list(
        Run.objects.filter(~Exists(issued), state=Run.State.SCORED).select_related(
            "submission__version__benchmark", "submission__recipe"
        )
    )


def issue(run: Run) -> Receipt:
    """The receipt of a run's present scoring; asking twice gives the same one."""
    manifest, sealed = _manifest(run)
    receipt, _ = Receipt.objects.get_or_create(
        run=run,
        scoring=run.scoring,
        defaults={
            "sha256": receipts.sha256_of(manifest), "manifest": manifest, "sealed": sealed,
            "created_at": timezone.now(),
        },
    )  # fmt: skip
    return receipt


def recompute(receipt: Receipt) -> Recomputed:
    """Every score of a receipt, computed again from the answers, and what is not as the receipt says."""
    run, said = receipt.run, receipt.manifest
    found = [score for task in tasks_of(run) for score in _scored_again(run, task)]
    differing = receipts.broken_seals(said, receipt.sealed)
    differing += receipts.differences(receipts.exact_scores(said, receipt.sealed), found)
    if receipts.sha256_of(said) != receipt.sha256:
        differing.insert(
            0, receipts.Difference("the receipt itself", receipt.sha256, receipts.sha256_of(said))
        )
    now = _answers(run)
    if now != said["answers"]:
        differing.insert(0, receipts.Difference("the answers", said["answers"], now))
    return Recomputed(tuple(differing), tuple(_changes(said["scorer"])), len(found))


def _manifest(run: Run) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is told, and what is kept sealed: nothing on a benchmark without private items."""
    scores = list(_scores(run))
    exact = [_told(score) for score in scores]
    limited = limited_tasks(run.submission.version_id)
    manifest = _sources(run)
    if run.scoring > 1:
        manifest["scoring"] = run.scoring
    if not any(score.task_id in limited for score in scores):
        return {**manifest, "form": receipts.FORM, "scores": exact}, None
    sealed = {"nonce": secrets.token_hex(32), "scores": exact}
    told = [
        receipts.told(each) if score.task_id in limited and score.split != Score.Split.PUBLIC else each
        for score, each in zip(scores, exact, strict=True)
    ]
    seal = receipts.seal_of(sealed)
    return {**manifest, "form": receipts.FORM_SEALED, "scores": told, "sealed_sha256": seal}, sealed


def _sources(run: Run) -> dict[str, Any]:
    submission, version = run.submission, run.submission.version
    return {
        "system": submission.system_name,
        "mode": submission.mode,
        "benchmark": {
            "slug": version.benchmark.slug, "version": version.number, "content_sha256": version.content_hash,
        },
        "source": _source(submission),
        "answers": _answers(run),
        "scorer": receipts.scorer(),
    }  # fmt: skip


def _source(submission: Submission) -> dict[str, Any]:
    recipe = Recipe.objects.filter(submission=submission).first()
    if recipe is None:
        return {"file": {"sha256": submission.sha256, "size": submission.size}}
    mode = modes.mode(recipe.mode)
    return {
        "model": {
            "backend": recipe.backend, "model": recipe.model, "revision": recipe.revision,
            "host": urlsplit(recipe.base_url).netloc.rpartition("@")[2],
            "options": {name: value for name, value in recipe.options.items() if name != "extra"},
            "whole_sha256": receipts.sha256_of({"base_url": recipe.base_url, "options": recipe.options}),
            "companions": recipe.companions,
        },
        "engines": recipe.engines,
        "prompts": {
            "mode": recipe.mode, "thinking": recipe.thinking, "mode_sha256": mode.sha256,
            "template_sha256": mode.template_sha256, "decoding": recipe.decoding,
        },
        "tasks": recipe.task_slugs,
    }  # fmt: skip


def _answers(run: Run) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERS_SHA, [run.pk])
        row = cursor.fetchone()
    assert row is not None
    return {"sha256": row[0] or receipts.answers_sha256(()), "count": row[1], "missing": row[2]}


def _scores(run: Run) -> Any:
    rows = Score.objects.filter(run=run, scoring=run.scoring).select_related("task")
    return rows.defer("item_scores", "influence").order_by("task__order", "split")


def _told(score: Score) -> dict[str, Any]:
    return {
        "task": score.task.slug, "split": score.split, "metric": score.metric, "value": score.value,
        "low": score.low, "high": score.high, "n_items": score.n_items, "n_unparsed": score.n_unparsed,
        "status": score.status,
    }  # fmt: skip


def _scored_again(run: Run, task: Task) -> list[dict[str, Any]]:
    counts, layout, rule = _counted_again(run, task), layout_of(task), metric(task.metric)
    options = scoring_options(run, task)
    again = []
    for split in Score.Split.values:
        mask = layout.mask(split)
        if mask.any():
            chosen = Counts(counts.table[mask], counts.unparsed[mask])
            estimate = rule.estimate(chosen, options, layout.clusters_of(split))
            again.append(_estimated(task, split, estimate))
    return again


def _counted_again(run: Run, task: Task) -> Counts:
    end = task.first_position + task.item_count
    stretch = {"position__gte": task.first_position, "position__lt": end}
    answers = Answer.objects.filter(run=run, **stretch).order_by("position")
    items = Item.objects.filter(version=task.version_id, **stretch).select_related("reference")
    questions = [
        Question(task.slug, item.key, item.split, item.input, item.reference.gold, item.cluster)  # type: ignore[arg-type]
        for item in items.order_by("position")
    ]
    outputs = list(answers.values_list("output", flat=True))
    return metric(task.metric).count(outputs, questions, scoring_options(run, task))


def _estimated(task: Task, split: str, estimate: Estimate) -> dict[str, Any]:
    return {
        "task": task.slug, "split": split, "metric": estimate.metric, "value": estimate.value,
        "low": estimate.low, "high": estimate.high, "n_items": estimate.n_items,
        "n_unparsed": estimate.n_unparsed, "status": estimate.status,
    }  # fmt: skip


def _changes(said: dict[str, Any]) -> list[str]:
    """What of the scorer is not as it was."""
    now = receipts.scorer()
    changed = [
        f"{name} was {said['packages'].get(name) or 'absent'}, is {now['packages'].get(name) or 'absent'}"
        for name in sorted({*said["packages"], *now["packages"]})
        if said["packages"].get(name) != now["packages"].get(name)
    ]
    if said["code_sha256"] != now["code_sha256"]:
        changed.insert(0, "the scoring code is not the same")
    return changed
