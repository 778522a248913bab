"""A study whose ratings others have published, as the platform takes it over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Payload


class UnusableRatingsError(ValueError):
    """The files cannot be taken over; the message names file and line and says what to do."""


@dataclass(frozen=True)
class ImportedItem:
    """A case. `cluster` joins items of one question; `adjudicated` is the payload settled afterwards."""

    key: str
    case: Case
    language: str
    specialty: str
    cluster: str = ""
    adjudicated: Payload | None = None


@dataclass(frozen=True)
class ImportedAnswer:
    """What a system answered to an item; the text is empty where none was published."""

    item: str
    system: str
    answer: ShownAnswer


@dataclass(frozen=True)
class ImportedRater:
    """A rater by a code that names nobody."""

    name: str
    group: str


@dataclass(frozen=True)
class ImportedRating:
    """One submitted form. `systems` are in the order shown where it is known, else in the study's order;
    positions in a payload ("first", "second") count along it."""

    item: str
    systems: tuple[str, ...]
    rater: str
    payload: Payload


@dataclass(frozen=True)
class ImportedStudy:
    """A published study. `rubric_toml` is its form in our words, on the published scale; `left_out` says what
    of the files has no place in the study, with counts."""

    slug: str
    title: str
    description: str
    source: str
    licence: str
    rubric_toml: str
    items: list[ImportedItem]
    systems: list[str]
    answers: list[ImportedAnswer]
    raters: list[ImportedRater]
    ratings: Iterable[ImportedRating]
    left_out: list[str]


Reader = Callable[[Path], ImportedStudy]
