"""What simulated patients say beside the facts, and what a model that plays one is told: data."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache

import msgspec

from evaluation.domain.dialogues.words import FOLDER


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one language."""

    unknown: str
    nothing_else: str


class PatientTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`instruction` has the places {opening} and {facts}, `heard` {question}, `again` {faults}."""

    instruction: str
    heard: str
    again: str
    faults: dict[str, str]
    phrases: dict[str, Phrases]


def phrases(language: str) -> Phrases:
    """English where there are none of a language."""
    known = texts().phrases
    return known.get(language[:2], known["en"])


@cache
def texts() -> PatientTexts:
    return msgspec.convert(tomllib.loads((FOLDER / "patient.toml").read_text(encoding="utf-8")), PatientTexts)


@cache
def patient_sha256() -> str:
    """64 hexadecimal digits over all that decides what patients say and what is understood of it."""
    content = b"".join((FOLDER / name).read_bytes() for name in ("patient.toml", "words.toml"))
    return hashlib.sha256(content).hexdigest()
