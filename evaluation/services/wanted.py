"""A model as a submitter asks for it, each part checked before anything is stored."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

import msgspec
from django.utils.translation import gettext
from msgspec import Meta

from evaluation.domain.backends import BACKENDS, is_kind
from evaluation.domain.prompts.modes import THINKING, Mode, Thinking, UnknownModeError, mode
from evaluation.services.admission import RefusedError

_SECRET = re.compile(
    r"(^|[_-])(api_?key|key|secret|password|authori[sz]ation|(access|auth)_?token)$", re.IGNORECASE
)
COMPANIONS = ("patient", "judge")


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

    backend: str
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


def options_of(wanted: Wanted) -> dict[str, Any]:
    """The engine's own options. What has a field of its own is refused here: it is part of the identity."""
    found = dict(wanted.options)
    for name in ("extra", "chat_template_kwargs"):
        inner = found.get(name, {})
        if not isinstance(inner, dict):
            raise RefusedError(
                "options",
                "bad_options",
                gettext("%(name)s is an object of names and values.") % {"name": name},
            )
        if taken := sorted({"enable_thinking", "reasoning_effort", "chat_template_kwargs"} & inner.keys()):
            message = (
                f"{', '.join(taken)} in {name}: set the reasoning switch instead, which readers can see."
            )
            raise RefusedError("options", "has_a_field", message)
        if secret := [key for key in inner if _SECRET.search(str(key))]:
            message = f"{secret[0]!r} looks like a key: give it as the key, which is stored encrypted."
            raise RefusedError("options", "has_a_field", message)
    return found


def companions_of(wanted: Wanted) -> dict[str, Any]:
    """Who else is asked, as ModelSpec takes it; RefusedError where that is not whole."""
    found = {}
    for part, said in wanted.companions.items():
        try:
            companion = msgspec.convert(dict(said), _Companion)
        except msgspec.ValidationError as error:
            message = f"Who plays the {part} cannot be read: {error}. Give at least backend and model."
            raise RefusedError(str(part), "bad_companion", message) from None
        if part not in COMPANIONS:
            raise RefusedError(
                str(part),
                "unknown_part",
                gettext("Others can play: %(value)s.") % {"value": ", ".join(COMPANIONS)},
            )
        if not is_kind(companion.backend, "weights"):
            there = ", ".join(name for name in BACKENDS if is_kind(name, "weights"))
            message = f"Who plays the {part} runs on the platform: its backend is one of {there}."
            raise RefusedError(str(part), "bad_companion", message)
        found[part] = msgspec.structs.asdict(companion)
    return found


def decoding_of(wanted: Wanted) -> dict[str, Any]:
    """What differs from the mode's own decoding; RefusedError for names and values that mean nothing."""
    try:
        msgspec.convert(dict(wanted.decoding), _Decoding)
    except msgspec.ValidationError as error:
        names = ", ".join(_Decoding.__struct_fields__)
        message = f"How it is decoded cannot be read: {error}. There are {names}."
        raise RefusedError("decoding", "bad_decoding", message) from None
    return dict(wanted.decoding)


def prompting_of(wanted: Wanted) -> Mode:
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
