"""The receipt of a score: a manifest of everything it was computed from, named by its own hash.

The manifest is canonical JSON (sorted keys, no spaces, floats as Python writes them), so the same run has the
same receipt on every machine, and a receipt that was changed no longer has its name.
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

FORM = "consilium receipt, form 1"
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
