"""Asking for a model to be run: the recipe is the submission, and its pre-flight is the verdict.

The same recipe of the same person for the same system, benchmark version and mode is the same submission;
it is looked at again only after a refusal. Nothing counts against a quota before the pre-flight is passed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal, cast

import msgspec
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from msgspec import Meta

from accounts.models import User
from evaluation.domain.asking import Engine, ModelSpec
from evaluation.domain.names import name_key
from evaluation.domain.prompts.modes import THINKING, Mode, Thinking, UnknownModeError, mode
from evaluation.models import Answer, BenchmarkVersion, Recipe, Submission, System
from evaluation.selectors import runs
from evaluation.services import admission, nudges
from evaluation.services.admission import RefusedError
from evaluation.services.sealed_keys import seal, unseal

_SECRET = re.compile(
    r"(^|[_-])(api_?key|key|secret|password|authori[sz]ation|(access|auth)_?token)$", re.IGNORECASE
)
COMPANIONS = ("patient", "judge")
MOST_WAITING = 3  # pre-flights of one person that may wait at a time


class ChangedError(Exception):
    """The model is not the one that was looked at."""


@dataclass(frozen=True)
class Wanted:
    """A model as it was asked for. `task_slugs` empty means every task."""

    backend: str
    model: str
    revision: str = ""
    base_url: str = ""
    key: str = field(default="", repr=False)
    mode: str = "direct"
    thinking: str = "unset"
    decoding: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    task_slugs: Sequence[str] = ()
    memory_gb: float = 0.0  # what it needs, so that only workers with as much take it
    device: str = ""  # cpu or gpu; where there is a choice, the cards
    companions: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # who plays the patient, or judges


class _Companion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second model of a run. It runs on the platform: it is told what private references say."""

    backend: Literal["transformers", "vllm"]
    model: Annotated[str, Meta(min_length=1, max_length=300)]
    revision: str = ""
    options: dict[str, Any] = {}


class _Decoding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a submitter may change of `asking.Decoding`."""

    max_new_tokens: Annotated[int, Meta(ge=1, le=65_536)] = 512
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.0
    top_p: Annotated[float, Meta(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    seed: Annotated[int, Meta(ge=0, lt=2**31)] = 42
    stop: Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=4)] = []


def submit(
    submitter: User,
    version: BenchmarkVersion,
    system_name: str,
    wanted: Wanted,
    kind: str = System.Kind.MODEL,
) -> tuple[Submission, bool]:
    """Queue the pre-flight of a model: (submission, whether this request asked for it).

    Raises RefusedError where the person may not submit it, or asks for what there is not.
    """
    prompting, described_recipe = _prompting(wanted), _described(wanted)
    admission.admit(submitter, version, system_name)
    _refuse_unknown_tasks(version, wanted.task_slugs)
    described = {
        "system_name": system_name, "kind": kind, "file_name": "", "size": 0,
        "verdict": Submission.Verdict.CHECKING, "checking_since": timezone.now(),
    }  # fmt: skip
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=submitter.pk)
        submission, is_new = Submission.objects.select_related("version__benchmark").get_or_create(
            submitter=submitter, version=version, name_key=name_key(system_name),
            mode=prompting.identity[:40], sha256=fingerprint(wanted), defaults=described,
        )  # fmt: skip
        if not is_new and submission.verdict != Submission.Verdict.REFUSED:
            if wanted.key and submission.verdict == Submission.Verdict.ACCEPTED:
                # a run that failed for its old key can go on with the new one
                Recipe.objects.filter(submission=submission).update(sealed_key=seal(wanted.key))
            return submission, False
        _refuse_too_many(submitter, submission)
        Submission.objects.filter(pk=submission.pk).update(
            verdict=Submission.Verdict.CHECKING, checking_since=timezone.now(), findings={}, checked_at=None
        )
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
    if backend == "openai_api":
        put = {"chat_template_kwargs": switch} if "enable_thinking" in switch else switch
        options["extra"] = {**options.get("extra", {}), **put}
    elif backend in {"transformers", "vllm"}:
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
            "The model's files are not those of the pre-flight any more, so its answers would be of two "
            "models. Send it in again, or put the files back and press Retry."
        )


def fingerprint(wanted: Wanted) -> str:
    """64 hexadecimal digits; a key is no part of what is run."""
    said = {
        "backend": wanted.backend, "model": wanted.model, "revision": wanted.revision,
        "base_url": wanted.base_url, "decoding": dict(wanted.decoding),
        "options": dict(wanted.options),
        "mode": wanted.mode, "thinking": wanted.thinking,
        "tasks": sorted(wanted.task_slugs),
        "device": wanted.device, "memory_gb": wanted.memory_gb,
        "companions": {part: dict(said) for part, said in wanted.companions.items()},
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _described(wanted: Wanted) -> dict[str, Any]:
    return {
        "backend": wanted.backend, "model": wanted.model, "revision": wanted.revision,
        "mode": wanted.mode, "thinking": wanted.thinking,
        "base_url": wanted.base_url, "sealed_key": seal(wanted.key) if wanted.key else None,
        "companions": _companions(wanted), "decoding": _decoding(wanted), "options": _options(wanted),
        "task_slugs": list(wanted.task_slugs), "queue": _queue(wanted),
        "memory": int(max(wanted.memory_gb, 0) * 1e9), "engines": [],
        "stage": Recipe.Stage.WAITING, "told": "", "worker": "", "lease_until": None, "attempts": 0,
    }  # fmt: skip


def _queue(wanted: Wanted) -> str:
    """Endpoints wait, baselines compute little, models go where the cards are, if there are any."""
    if wanted.backend == "openai_api":
        return Recipe.Queue.IO
    if wanted.backend == "baseline" or wanted.device == "cpu":
        return Recipe.Queue.CPU
    has_cards = any("gpu" in worker.queues for worker in runs.workers_alive())
    return Recipe.Queue.GPU if wanted.device == "gpu" or has_cards else Recipe.Queue.CPU


def _options(wanted: Wanted) -> dict[str, Any]:
    """The engine's own options. What has a field of its own is refused here: it is part of the identity."""
    found = dict(wanted.options)
    for name in ("extra", "chat_template_kwargs"):
        inner = found.get(name, {})
        if not isinstance(inner, dict):
            raise RefusedError("options", "bad_options", f"{name} is an object of names and values.")
        if taken := sorted({"enable_thinking", "reasoning_effort", "chat_template_kwargs"} & inner.keys()):
            message = (
                f"{', '.join(taken)} in {name}: set the reasoning switch instead, which readers can see."
            )
            raise RefusedError("options", "has_a_field", message)
        if secret := [key for key in inner if _SECRET.search(str(key))]:
            message = f"{secret[0]!r} looks like a key: give it as the key, which is stored encrypted."
            raise RefusedError("options", "has_a_field", message)
    return found


def _companions(wanted: Wanted) -> dict[str, Any]:
    """Who else is asked, as ModelSpec takes it; RefusedError where that is not whole."""
    found = {}
    for part, said in wanted.companions.items():
        try:
            companion = msgspec.convert(dict(said), _Companion)
        except msgspec.ValidationError as error:
            message = f"Who plays the {part} cannot be read: {error}. Give at least backend and model."
            raise RefusedError(str(part), "bad_companion", message) from None
        if part not in COMPANIONS:
            raise RefusedError(str(part), "unknown_part", f"Others can play: {', '.join(COMPANIONS)}.")
        found[part] = msgspec.structs.asdict(companion)
    return found


def _decoding(wanted: Wanted) -> dict[str, Any]:
    """What differs from the mode's own decoding; RefusedError for names and values that mean nothing."""
    try:
        msgspec.convert(dict(wanted.decoding), _Decoding)
    except msgspec.ValidationError as error:
        names = ", ".join(_Decoding.__struct_fields__)
        message = f"How it is decoded cannot be read: {error}. There are {names}."
        raise RefusedError("decoding", "bad_decoding", message) from None
    return dict(wanted.decoding)


def _prompting(wanted: Wanted) -> Mode:
    """The prompt mode with its reasoning switch; RefusedError names those there are."""
    if wanted.thinking not in THINKING:
        message = f"The reasoning switch is one of {', '.join(THINKING)}."
        raise RefusedError("thinking", "unknown_thinking", message)
    try:
        found = mode(wanted.mode).with_thinking(cast(Thinking, wanted.thinking))
    except UnknownModeError as error:
        raise RefusedError("mode", "unknown_mode", str(error)) from None
    if (
        found.strategy == "consultation"
        and found.consultation.patient == "model"
        and "patient" not in wanted.companions
    ):
        message = f"Mode {found.id} needs a model that plays the patient: name it under companions."
        raise RefusedError("companions", "no_patient", message)
    return found


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
