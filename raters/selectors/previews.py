"""A screen as its rater would see it, for a coordinator to look at: nothing in it is stored or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from raters.domain.rendering import to_html
from raters.domain.rubric.case import Case, ShownAnswer
from raters.domain.rubric.rubric import Axis, Rubric
from raters.models import RubricVersion, StudyAnswer, StudyItem
from raters.selectors import rubrics

MADE_UP = Path(__file__).parents[1] / "specs" / "preview" / "made_up.toml"


@dataclass(frozen=True)
class Preview:
    """What the templates of the rating screen ask of a screen. Every axis is shown, conditional ones too.

    The picture stands by itself at `picture_url`: the viewer of the rating screen needs its scripts.
    """

    rubric: Rubric
    rubric_version: int
    case: Case
    answers: tuple[ShownAnswer, ...]
    picture_url: str = ""
    image_url: str = ""
    kind: str = "live"
    place: int = 1
    locked: bool = False
    number: int = 0

    @property
    def axes(self) -> tuple[Axis, ...]:
        return tuple(msgspec.structs.replace(axis, shown_if=None) for axis in self.rubric.axes)

    @property
    def guidelines_html(self) -> str:
        return to_html(self.rubric.guidelines)


def of_item(
    item: StudyItem, version: RubricVersion, answers: Sequence[StudyAnswer], image_url: str
) -> Preview:
    """A screen of a study with these answers, masked as raters see them."""
    rubric = rubrics.rubric_of(version.pk)
    return Preview(
        rubric=rubric,
        rubric_version=version.number,
        case=msgspec.convert(item.content, Case),
        answers=tuple(msgspec.convert(answer.shown, ShownAnswer) for answer in answers),
        picture_url=image_url if item.image and "image" in rubric.shows else "",
        kind="training" if item.kind == StudyItem.Kind.TRAINING else "live",
        place=item.number,
    )


def of_rubric(version: RubricVersion, image_url: str) -> Preview:
    """A rubric with a made-up case."""
    rubric = rubrics.rubric_of(version.pk)
    example = made_up()
    shows_image = "image" in rubric.shows
    answers = tuple(
        ShownAnswer(
            text=example.answers[number % len(example.answers)],
            twin_text=example.twin_answer if rubric.unit == "twins" else "",
            dialogue=example.case.dialogue if rubric.unit == "dialogue" else (),
        )
        for number in range(rubric.answers)
    )
    if rubric.unit == "dialogue":
        answers = tuple(msgspec.structs.replace(answer, text="") for answer in answers)
    return Preview(rubric, version.number, example.case, answers, image_url if shows_image else "")


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The made-up case of every preview."""

    case: Case
    answers: tuple[str, ...]
    twin_answer: str


@lru_cache(maxsize=1)
def made_up() -> Example:
    return msgspec.toml.decode(MADE_UP.read_text(encoding="utf-8"), type=Example)


def rubric_of(version: RubricVersion) -> Rubric:
    return rubrics.rubric_of(version.pk)
