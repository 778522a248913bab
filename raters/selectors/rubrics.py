"""Rubric versions as the engine reads them. They never change, so each process reads one once."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from raters.domain.rubric.rubric import Rubric
from raters.models import RubricVersion


@lru_cache(maxsize=256)
def rubric_of(version_id: int) -> Rubric:
    """The rubric of a stored version."""
    content = RubricVersion.objects.values_list("content", flat=True).get(pk=version_id)
    return msgspec.convert(content, Rubric)


def newest(slug: str) -> RubricVersion | None:
    """The newest version of a rubric; None where there is none of this name."""
    return RubricVersion.objects.filter(slug=slug).order_by("-number").first()


def newest_versions() -> list[RubricVersion]:
    """The newest version of each rubric, by title."""
    newest_of_each = (
        RubricVersion.objects.order_by("slug", "-number").distinct("slug").defer("content", "toml")
    )
    return sorted(newest_of_each, key=lambda version: version.title)
