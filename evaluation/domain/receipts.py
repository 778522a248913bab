"""The receipt of a score: a manifest of everything it was computed from, named by its own hash.

The manifest is canonical JSON (sorted keys, no spaces, floats as Python writes them), so the same run has the
same receipt on every machine, and a receipt that was changed no longer has its name.

Where private items are scored, exact figures would tell their references to whoever asks often enough. Such
a receipt (form 2) tells them as far as their intervals support, and the hash of the exact ones with a nonce:
k of n has few values, so that a hash alone could be guessed. Once the items are public, both can be opened.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import isclose
from pathlib import Path
from typing import Any

from evaluation.domain.rounding import supported

FORM, FORM_SEALED = "consilium receipt, form 1", "consilium receipt, form 2"
SCORING_PACKAGES = ("numpy", "scipy", "scikit-learn", "sacrebleu", "rouge-score", "nltk", "jieba", "janome")
TOLERANCE = 1e-12  # relative; sums of floats may differ in the last digits between processors

DOMAIN = Path(__file__).parent


@dataclass(frozen=True)
class Difference:
    """A figure of a receipt that came out otherwise when it was computed again."""

    what: str
    said: Any
    found: Any


def canonical(manifest: Mapping[str, Any]) -> bytes:
    written = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return written.encode()


def sha256_of(manifest: Mapping[str, Any]) -> str:
    """64 hexadecimal digits: the receipt's name."""
    return hashlib.sha256(canonical(manifest)).hexdigest()


def answers_sha256(outputs: Iterable[str]) -> str:
    """SHA-256 over the SHA-256 of each output in UTF-8, in the order of the items."""
    whole = hashlib.sha256()
    for output in outputs:
        whole.update(hashlib.sha256(output.encode()).digest())
    return whole.hexdigest()


def told(score: Mapping[str, Any]) -> dict[str, Any]:
    """A score over private items as a receipt tells it: rounded, with the step."""
    rounded = supported(score["value"], score["low"], score["high"])
    return {**score, **vars(rounded)}


def seal_of(sealed: Mapping[str, Any]) -> str:
    """64 hexadecimal digits over the exact scores and the nonce that are kept sealed."""
    return sha256_of({"nonce": sealed["nonce"], "scores": sealed["scores"]})


def exact_scores(
    manifest: Mapping[str, Any], sealed: Mapping[str, Any] | None
) -> Sequence[Mapping[str, Any]]:
    """The exact scores of a receipt, wherever they are kept."""
    scores: Sequence[Mapping[str, Any]] = (sealed or manifest)["scores"]
    return scores


def broken_seals(manifest: Mapping[str, Any], sealed: Mapping[str, Any] | None) -> list[Difference]:
    """Where what is kept sealed is not what the manifest vouches for."""
    if sealed is None:
        return []
    found = []
    if seal_of(sealed) != manifest["sealed_sha256"]:
        found.append(Difference("the sealed figures", manifest["sealed_sha256"], seal_of(sealed)))
    for said, exact in zip(manifest["scores"], sealed["scores"], strict=False):
        if "step" in said and said != told(exact):
            found.append(Difference(f"{said['task']} ({said['split']}): as told", said, told(exact)))
    return found


@cache
def scorer() -> dict[str, Any]:
    """What computes scores here: the release, a hash over the scoring code, and its packages' versions."""
    return {
        "consilium": _version("consilium"),
        "code_sha256": _code_sha256(),
        "packages": {name: _version(name) for name in SCORING_PACKAGES},
    }


def differences(said: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Scores of a receipt against those computed again: value, limits and counts, by task and split."""
    again = {(score["task"], score["split"]): score for score in found}
    here = {(score["task"], score["split"]) for score in said}
    differing = [
        Difference(f"{task} ({split})", None, "a score") for task, split in again if (task, split) not in here
    ]
    for score in said:
        name = (score["task"], score["split"])
        if name not in again:
            differing.append(Difference(f"{name[0]} ({name[1]})", "a score", None))
            continue
        for field in ("metric", "value", "low", "high", "n_items", "n_unparsed", "status"):
            if not _same(score[field], again[name][field]):
                what = f"{name[0]} ({name[1]}): {field}"
                differing.append(Difference(what, score[field], again[name][field]))
    return differing


def _same(said: Any, found: Any) -> bool:
    if isinstance(said, float) and isinstance(found, float):
        return isclose(said, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(said == found)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _code_sha256() -> str:
    """Over the path and content of the scoring code and of the data it reads: what could change a score."""
    whole = hashlib.sha256()
    for path in sorted([*DOMAIN.rglob("*.py"), *DOMAIN.parent.glob("specs/**/*.toml")]):
        whole.update(f"{path.relative_to(DOMAIN.parent).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
