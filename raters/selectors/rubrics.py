"""Rubric versions as the engine reads them. They never change, so each process reads one once."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from raters.domain.rubric.rubric import Rubric
from raters.domain.rubric.succession import joined, shared
from raters.models import RubricVersion, Study


@lru_cache(maxsize=256)
def rubric_of(version_id: int) -> Rubric:
    """The rubric of a stored version."""
    content = RubricVersion.objects.values_list("content", flat=True).get(pk=version_id)
    return msgspec.convert(content, Rubric)


def of_results(study: Study) -> Rubric:
    """What a study's ratings are read by: its rubric, and behind it what only earlier versions asked."""
    earlier = earlier_versions(study)
    return joined(_present(study), [rubric_of(each) for each in earlier]) if earlier else _present(study)


def asked_throughout(study: Study) -> Rubric:
    """The study's rubric with the questions that every rating of the study was asked."""
    earlier = earlier_versions(study)
    return shared(_present(study), [rubric_of(each) for each in earlier]) if earlier else _present(study)


def earlier_versions(study: Study) -> list[int]:
    """Versions that screens of the study may still be on beside its present one, the latest first."""
    left = study.rubric_moves.order_by("-pk").values_list("old", flat=True)
    return list(dict.fromkeys(pk for pk in left if pk != study.rubric_id))


def newest(slug: str) -> RubricVersion | None:
    """The newest version of a rubric; None where there is none of this name."""
    return RubricVersion.objects.filter(slug=slug).order_by("-number").first()


def newest_versions() -> list[RubricVersion]:
    """The newest version of each rubric, by title."""
    newest_of_each = (
        RubricVersion.objects.order_by("slug", "-number").distinct("slug").defer("content", "toml")
    )
    return sorted(newest_of_each, key=lambda version: version.title)


def _present(study: Study) -> Rubric:
    return rubric_of(study.rubric_id)
