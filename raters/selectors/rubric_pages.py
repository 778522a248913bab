"""Rubrics as pages show them: cards to choose from, versions, and what changed between two."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from django.db.models import Count, QuerySet

from raters.domain.rubric import CodebookRow, codebook
from raters.domain.rubric.rubric import Rubric
from raters.models import RubricVersion
from raters.selectors import rubrics

CONTEXT = 3  # unchanged lines around a change


@dataclass(frozen=True)
class Card:
    """The newest version of a rubric, in a few words."""

    version: RubricVersion
    rubric: Rubric

    @property
    def slug(self) -> str:
        return self.version.slug


@dataclass(frozen=True)
class DiffLine:
    """A line of either version: `sign` "+", "-", " " or, for lines left out, "…"."""

    sign: str
    text: str


def cards() -> list[Card]:
    """Every rubric in its newest version, by title."""
    return [Card(version, rubrics.rubric_of(version.pk)) for version in rubrics.newest_versions()]


def card_of(slug: str) -> Card | None:
    newest = rubrics.newest(slug)
    return Card(newest, rubrics.rubric_of(newest.pk)) if newest else None


def versions_of(slug: str) -> QuerySet[RubricVersion]:
    """All versions, the newest first, with how many studies use each."""
    rows = RubricVersion.objects.filter(slug=slug).select_related("owner").defer("content", "toml")
    return rows.annotate(n_studies=Count("studies")).order_by("-number")


def version_of(slug: str, number: int | None = None) -> RubricVersion | None:
    """A version by its number, or the newest."""
    if number is None:
        return rubrics.newest(slug)
    return RubricVersion.objects.filter(slug=slug, number=number).first()


def codebook_of(version: RubricVersion) -> list[CodebookRow]:
    return codebook(rubrics.rubric_of(version.pk))


def difference(old: str, new: str) -> list[DiffLine]:
    """Line by line what became of a text; nothing where the two are the same."""
    before, after = old.splitlines(), new.splitlines()
    groups = list(SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT))
    lines: list[DiffLine] = []
    for number, group in enumerate(groups):
        if number or group[0][1]:
            lines.append(DiffLine("…", ""))
        for kind, i, j, k, l in group:  # noqa: E741 - names of the algorithm's four ends
            if kind == "equal":
                lines += [DiffLine(" ", text) for text in before[i:j]]
            else:
                lines += [DiffLine("-", text) for text in before[i:j]]
                lines += [DiffLine("+", text) for text in after[k:l]]
    return lines


def neighbour(versions: QuerySet[RubricVersion], number: int) -> int | None:
    """The version before this one, to compare with; of the first one the one after it."""
    numbers = [version.number for version in versions]
    for newer, older in pairwise(numbers):
        if newer == number:
            return older
        if older == number and older == numbers[-1]:
            return newer
    return None


def minutes_of(version: RubricVersion) -> float:
    """Planned for one screen."""
    return rubrics.rubric_of(version.pk).minutes
