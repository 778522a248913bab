"""The case behind a consultation: what the patient knows, what should be asked, and what it is.

It is the item's reference. The system sees the opening and what the patient tells it, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


class _Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Fact(_Plain, frozen=True):
    """One thing that is true of the patient, as they would say it; `topics` are words that ask for it."""

    id: str
    text: str
    topics: list[str] = []


class MustAsk(_Plain, frozen=True):
    """One thing a doctor should ask about; `wordings` are other ways to name it."""

    id: str
    text: str
    wordings: list[str] = []


class Diagnosis(_Plain, frozen=True):
    """What it is: as text, and by names of which any counts; none where the text does not tell one."""

    text: str
    names: list[str] = []


class Case(_Plain, frozen=True):
    """The gold of a consultation; `advice` is what was advised, for those who compare."""

    facts: list[Fact]
    must_ask: list[MustAsk]
    diagnosis: Diagnosis
    advice: str = ""


def case_of(gold: Mapping[str, Any]) -> Case:
    """msgspec.ValidationError names what is wrong."""
    return msgspec.convert(dict(gold), Case)
