"""Which joint boards there are: described in leaderboard/specs/joint, and one for every other published study
whose cases hold references, so that its texts have automatic scores."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from leaderboard.selectors import study_results

FOLDER = Path(__file__).parents[1] / "specs" / "joint"
ENDING = "-joint"


class _Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Physicians(_Frozen, frozen=True):
    """A published study and its columns; none named: its headline questions that have an order."""

    study: str
    columns: tuple[str, ...] = ()
    group: str = ""


class Automatic(_Frozen, frozen=True):
    """Either `texts`, a metric of the texts that were rated, or `board` with a task as `column` ("" for the
    average over its tasks), a prompt `mode` ("" where systems have one) and a `split`."""

    texts: str = ""
    board: str = ""
    column: str = ""
    mode: str = ""
    split: str = "all"
    name: str = ""

    def __post_init__(self) -> None:
        if bool(self.texts) == bool(self.board):
            raise ValueError("an automatic score names either texts or a board")

    @property
    def key(self) -> str:
        return f"auto.{self.texts or self.board}{f'.{self.column}' if self.column else ''}"


class JointSpec(_Frozen, frozen=True):
    """`names`: what the board calls a system, by what the study calls it, where they differ."""

    slug: str
    title: str
    description: str
    physicians: Physicians
    automatic: tuple[Automatic, ...]
    names: Mapping[str, str] = {}


@lru_cache(maxsize=1)
def shipped() -> tuple[JointSpec, ...]:
    """The described boards; ValueError names the file and what is wrong with it."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        try:
            found.append(msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), JointSpec))
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, ValueError) as fault:
            raise ValueError(f"{path.name}: {fault}. Correct the file.") from None
    return tuple(found)


def every() -> list[JointSpec]:
    """Joint boards of published studies, described ones first."""
    published = dict(study_results.published())
    described = [spec for spec in shipped() if spec.physicians.study in published]
    taken = {spec.physicians.study for spec in shipped()}
    implied = [_implied(slug, kept) for slug, kept in published.items() if slug not in taken]
    return [*described, *(spec for spec in implied if spec is not None)]


def find(slug: str) -> JointSpec | None:
    """The joint board of this address; None where there is none, or its study is not published."""
    spec = next((spec for spec in shipped() if spec.slug == slug), None)
    if spec is not None:
        return spec if study_results.kept(spec.physicians.study, None) else None
    study = slug.removesuffix(ENDING)
    if study == slug or any(spec.physicians.study == study for spec in shipped()):
        return None
    kept = study_results.kept(study, None)
    return _implied(study, kept) if kept else None


def _implied(study: str, kept: study_results.Kept) -> JointSpec | None:
    metrics = [column["measure"] for column in kept.results.get("texts", [])]
    if not metrics:
        return None
    return JointSpec(
        slug=f"{study}{ENDING}",
        title=f"{kept.about['title']}: automatic scores beside",
        description="Automatic scores of the very texts that were rated stand beside what their raters said.",
        physicians=Physicians(study=study),
        automatic=tuple(Automatic(texts=metric) for metric in metrics),
    )
