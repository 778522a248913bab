"""A receipt as everybody may read it: without what tells a machine, and exact only where items are public."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.domain.rounding import supported

MASKED = "masked"
# of a model's options those that say how it answered, and nothing of where
OPTIONS = frozenset({"dtype", "window", "thinking", "quantization", "max_model_len", "batch", "seed"})
_ID = re.compile(r"[\w.\-]+(/[\w.\-]+)?")  # organisation/model


@dataclass(frozen=True)
class PublicManifest:
    """`masked` names what was left out or rounded: the file's own SHA-256 is that of the whole."""

    manifest: dict[str, Any]
    masked: tuple[str, ...]


def public(manifest: Mapping[str, Any], limited: frozenset[str]) -> PublicManifest:
    """The manifest for the public; `limited` are tasks with private items (leaderboard.selectors.limits)."""
    masked: list[str] = []
    source = dict(manifest.get("source", {}))
    if "model" in source:
        source["model"] = _model(source["model"], masked)
    if "engines" in source:
        source["engines"] = [_engine(engine, masked) for engine in source["engines"]]
    scores = [_score(score, limited, masked) for score in manifest.get("scores", ())]
    shown = {**manifest, "source": source, "scores": scores}
    return PublicManifest(shown, tuple(dict.fromkeys(masked)))


def _model(model: Mapping[str, Any], masked: list[str]) -> dict[str, Any]:
    shown = {name: model[name] for name in ("backend", "revision", "whole_sha256") if name in model}
    shown["model"] = _named(str(model.get("model", "")), masked)
    if model.get("host"):
        shown["host"] = MASKED
        masked.append("the endpoint's host")
    options = model.get("options", {})
    shown["options"] = {name: value for name, value in options.items() if name in OPTIONS}
    if len(shown["options"]) < len(options):
        masked.append("options of the machine and of prices")
    companions = model.get("companions", {})
    shown["companions"] = {
        part: {"model": _named(str(said.get("model", "")), masked), "backend": said.get("backend", "")}
        for part, said in companions.items()
    }
    return shown


def _engine(engine: Mapping[str, Any], masked: list[str]) -> dict[str, Any]:
    named = ("part", "backend", "revision", "versions", "template_sha", "window", "takes_system", "is_chat",
             "scores_options")  # fmt: skip
    shown = {name: engine[name] for name in named if name in engine}
    shown["model"] = _named(str(engine.get("model", "")), masked)
    shown["device"] = _device(str(engine.get("device", "")), masked)
    shown["weights"] = {
        name.replace("\\", "/").rpartition("/")[2]: sha for name, sha in engine.get("weights", {}).items()
    }
    return shown


def _named(model: str, masked: list[str]) -> str:
    """A public id as it is; of a folder its last part alone."""
    if not model or _ID.fullmatch(model):
        return model
    masked.append("the folder of a model")
    return f"{MASKED}/{model.replace(chr(92), '/').rstrip('/').rpartition('/')[2]}"


def _device(device: str, masked: list[str]) -> str:
    """What kind of machine it is; an address of one is masked."""
    if re.search(r"://|:\d+\b|\d+\.\d+\.\d+\.\d+|\[|[a-z0-9-]+\.[a-z]{2,}", device, re.IGNORECASE):
        masked.append("the address of a machine")
        return MASKED
    return device


def _score(score: Mapping[str, Any], limited: frozenset[str], masked: list[str]) -> dict[str, Any]:
    """Exact where all items are public, otherwise as finely as its interval supports; newer receipts were
    written so and say the step."""
    if score["split"] == "public" or score["task"] not in limited or "step" in score:
        return dict(score)
    masked.append("digits of scores over private items")
    told = supported(score["value"], score["low"], score["high"])
    return {**score, **vars(told)}
