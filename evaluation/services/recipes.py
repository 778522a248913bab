"""Asking for a model to be run: the recipe is the submission, and its pre-flight is the verdict.

The same recipe of the same person for the same system, benchmark version and mode is the same submission;
it is looked at again only after a refusal. Nothing counts against a quota before the pre-flight is passed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from evaluation.domain.asking import Engine, ModelSpec
from evaluation.domain.backends import is_kind
from evaluation.domain.names import name_key
from evaluation.domain.publication import Publication
from evaluation.models import Answer, BenchmarkVersion, Recipe, Submission, System
from evaluation.selectors import runs
from evaluation.services import admission, nudges
from evaluation.services import wanted as asked_for
from evaluation.services.admission import RefusedError
from evaluation.services.sealed_keys import seal, unseal
from evaluation.services.wanted import Wanted

__all__ = [
    "ChangedError",
    "Wanted",
    "as_many_as_may_wait",
    "note_engines",
    "parts_of",
    "spec_of",
    "submit",
    "written",
]

MOST_WAITING = 3  # pre-flights of one person that may wait at a time


class ChangedError(Exception):
    """The model is not the one that was looked at."""


def submit(
    submitter: User,
    version: BenchmarkVersion,
    system_name: str,
    wanted: Wanted,
    kind: str = System.Kind.MODEL,
    publication: Publication | None = None,
) -> tuple[Submission, bool]:
    """Queue the pre-flight of a model: (submission, whether this request asked for it).

    `publication` says who sees it, by default everybody.

    Raises RefusedError where the person may not submit it, or asks for what there is not.
    """
    prompting, described_recipe = asked_for.prompting_of(wanted), _described(wanted)
    admission.admit(submitter, version, system_name, publication)
    shown = admission.as_fields(publication)
    _refuse_unknown_tasks(version, wanted.task_slugs)
    described = {
        "system_name": system_name, "kind": kind, "file_name": "", "size": 0,
        "verdict": Submission.Verdict.CHECKING, "checking_since": timezone.now(), **shown,
    }  # fmt: skip
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=submitter.pk)
        submission, is_new = Submission.objects.select_related("version__benchmark").get_or_create(
            submitter=submitter, version=version, name_key=name_key(system_name),
            mode=prompting.identity[:40], sha256=asked_for.fingerprint(wanted), defaults=described,
        )  # fmt: skip
        if not is_new and submission.verdict != Submission.Verdict.REFUSED:
            if wanted.key and submission.verdict == Submission.Verdict.ACCEPTED:
                # a run that failed for its old key can go on with the new one
                Recipe.objects.filter(submission=submission).update(sealed_key=seal(wanted.key))
            return submission, False
        _refuse_too_many(submitter, submission)
        Submission.objects.filter(pk=submission.pk).update(
            verdict=Submission.Verdict.CHECKING, checking_since=timezone.now(), findings={}, checked_at=None,
            **shown,
        )  # fmt: skip
        recipe, _ = Recipe.objects.update_or_create(submission=submission, defaults=described_recipe)
        nudges.models_on_commit(recipe.queue)
    submission.refresh_from_db()
    return submission, True


def spec_of(recipe: Recipe) -> ModelSpec:
    """The model as a backend takes it, with the endpoint's key in the clear: never store or log it."""
    key = unseal(bytes(recipe.sealed_key)) if recipe.sealed_key else ""
    options = dict(recipe.options)
    if options.get("cost_limit"):
        options["spent"] = options.get("spent", 0) + _spent(recipe)
    if recipe.thinking != "unset":
        _switch(options, recipe.backend, recipe.thinking)
    return ModelSpec(recipe.backend, recipe.model, recipe.revision, recipe.base_url, key, options)


def _spent(recipe: Recipe) -> float:
    """What the answers kept so far cost, at the prices the submitter gave: the limit is for the whole run."""
    tokens = Answer.objects.filter(run__submission=recipe.submission_id).aggregate(
        taken=Sum("tokens_in"), given=Sum("tokens_out")
    )
    taken, given = tokens["taken"] or 0, tokens["given"] or 0
    prices = recipe.options.get("price_in", 0), recipe.options.get("price_out", 0)
    return float(taken * prices[0] + given * prices[1]) / 1e6


def _switch(options: dict[str, Any], backend: str, thinking: str) -> None:
    """Set the reasoning switch as chat templates take it: an on-off of some, an effort of others."""
    switch = (
        {"enable_thinking": thinking == "on"} if thinking in {"on", "off"} else {"reasoning_effort": thinking}
    )
    if is_kind(backend, "endpoint"):
        put = {"chat_template_kwargs": switch} if "enable_thinking" in switch else switch
        options["extra"] = {**options.get("extra", {}), **put}
    elif is_kind(backend, "weights"):
        options["chat_template_kwargs"] = {**options.get("chat_template_kwargs", {}), **switch}


def parts_of(recipe: Recipe) -> dict[str, ModelSpec]:
    """The system, and beside it whoever plays the patient or judges."""
    others = {part: ModelSpec(**said) for part, said in recipe.companions.items()}
    return {"system": spec_of(recipe), **others}


def written(engines: Mapping[str, Engine]) -> list[dict[str, Any]]:
    """Engines as they are kept: one of every part."""
    return [{"part": part, **asdict(engine)} for part, engine in engines.items()]


def note_engines(recipe: Recipe, engines: Mapping[str, Engine]) -> None:
    """Note what serves a run, once each; ChangedError where one is not what the pre-flight saw."""
    with transaction.atomic():
        known = Recipe.objects.select_for_update(no_key=True).get(pk=recipe.pk).engines
        added = [served for served in written(engines) if served not in known]
        for served in added:
            _refuse_changed(served, next((each for each in known if each["part"] == served["part"]), served))
        if added:
            Recipe.objects.filter(pk=recipe.pk).update(engines=[*known, *added])


def _refuse_changed(served: Mapping[str, Any], first: Mapping[str, Any]) -> None:
    if any(served[name] != first[name] for name in ("revision", "weights", "template_sha")):
        raise ChangedError(
            gettext(
                "The model's files are not those of the pre-flight any more, so its answers would be of two "
                "models. Send it in again, or put the files back and press Retry."
            )
        )


def _described(wanted: Wanted) -> dict[str, Any]:
    return {
        "backend": wanted.backend, "model": wanted.model, "revision": wanted.revision,
        "mode": wanted.mode, "thinking": wanted.thinking,
        "base_url": wanted.base_url, "sealed_key": seal(wanted.key) if wanted.key else None,
        "companions": asked_for.companions_of(wanted),
        "decoding": asked_for.decoding_of(wanted), "options": asked_for.options_of(wanted),
        "task_slugs": list(wanted.task_slugs), "queue": _queue(wanted),
        "memory": int(max(wanted.memory_gb, 0) * 1e9), "engines": [],
        "stage": Recipe.Stage.WAITING, "told": "", "worker": "", "lease_until": None, "attempts": 0,
    }  # fmt: skip


def _queue(wanted: Wanted) -> str:
    """Endpoints wait, baselines compute little, models go where the cards are, if there are any."""
    if is_kind(wanted.backend, "endpoint"):
        return Recipe.Queue.IO
    if is_kind(wanted.backend, "rule") or wanted.device == "cpu":
        return Recipe.Queue.CPU
    has_cards = any("gpu" in worker.queues for worker in runs.workers_alive())
    return Recipe.Queue.GPU if wanted.device == "gpu" or has_cards else Recipe.Queue.CPU


def _refuse_unknown_tasks(version: BenchmarkVersion, slugs: Sequence[str]) -> None:
    known = set(version.tasks.values_list("slug", flat=True))
    if strange := [slug for slug in slugs if slug not in known]:
        message = f"There is no task {strange[0][:80]!r} here. Tasks: {', '.join(sorted(known))[:400]}."
        raise RefusedError("tasks", "unknown_task", message)


def as_many_as_may_wait(submitter: User, besides: Submission | None = None) -> bool:
    """Whether somebody must let a pre-flight end before asking for another."""
    waiting = Submission.objects.filter(
        submitter=submitter, verdict=Submission.Verdict.CHECKING, recipe__isnull=False
    )
    if besides is not None:
        waiting = waiting.exclude(pk=besides.pk)
    return waiting.count() >= MOST_WAITING


def _refuse_too_many(submitter: User, submission: Submission) -> None:
    if as_many_as_may_wait(submitter, submission):
        message = (
            f"{MOST_WAITING} of your models wait for their pre-flight already: let one of them end first."
        )
        raise RefusedError("model", "preflights_waiting", message)
