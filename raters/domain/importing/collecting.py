"""Puts a published study together row by row, so that nothing contradicts itself or is lost in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.domain.readers.rows import Origin
from raters.domain.importing.files import unusable
from raters.domain.importing.naming import coded
from raters.domain.importing.study import (
    ImportedAnswer,
    ImportedItem,
    ImportedRater,
    ImportedRating,
    ImportedStudy,
    UnusableRatingsError,
)
from raters.domain.rubric.case import ShownAnswer
from raters.domain.rubric.rubric import Payload

FORMS = Path(__file__).parent / "forms"


@dataclass(frozen=True)
class About:
    """What is to be said of a study, the same for every copy of its files."""

    slug: str
    title: str
    description: str
    source: str
    licence: str


def form(name: str) -> str:
    """The rubric of a study as TOML text, from forms/<name>.toml."""
    return (FORMS / f"{name}.toml").read_text(encoding="utf-8")


class Collection:
    """Rows seen so far. Whatever is said twice must be said the same way; a rater rates the same once."""

    def __init__(self, source: str) -> None:
        """`source` is the name of the file or folder, for errors."""
        self._source = source
        self._items: dict[str, ImportedItem] = {}
        self._answers: dict[tuple[str, str], ImportedAnswer] = {}
        self._groups: dict[str, str] = {}
        self._ratings: dict[tuple[str, frozenset[str], str], tuple[ImportedRating, Origin]] = {}
        self._left_out: Counter[str] = Counter()

    def item(self, item: ImportedItem, at: Origin) -> None:
        if not item.key.strip():
            raise unusable(at, "the item has no name")
        if self._items.setdefault(item.key, item) != item:
            raise unusable(at, f"item {item.key!r} was told differently further up")

    def answer(self, item: str, system: str, answer: ShownAnswer, at: Origin) -> None:
        if not system.strip():
            raise unusable(at, f"an answer to item {item!r} has no system")
        given = ImportedAnswer(item, system, answer)
        if self._answers.setdefault((item, system), given) != given:
            raise unusable(at, f"system {system!r} gave another answer to item {item!r} further up")

    def rating(self, rating: ImportedRating, at: Origin, group: str = "") -> None:
        """UnusableRatingsError for a second rating of the same answers by one rater, whatever their order."""
        if not rating.rater.strip():
            raise unusable(at, f"the rater of item {rating.item!r} has no name")
        if len(set(rating.systems)) < len(rating.systems):
            raise unusable(at, f"system {rating.systems[0]!r} is compared with itself")
        key = (rating.item, frozenset(rating.systems), rating.rater)
        _, first = self._ratings.setdefault(key, (rating, at))
        if first is not at:
            raise unusable(
                at, f"rater {rating.rater!r} rated these answers to item {rating.item!r} before ({first})"
            )
        self._groups.setdefault(rating.rater, group)

    def leave_out(self, reason: str, count: int = 1) -> None:
        """`reason` is what is said of `count` things; said once, with their sum, and not at all of none."""
        if count:
            self._left_out[reason] += count

    def study(self, about: About, rubric_toml: str, remarks: Iterable[str] = ()) -> ImportedStudy:
        """The study, systems in alphabetical order; UnusableRatingsError when there is not one rating."""
        if not self._ratings:
            raise UnusableRatingsError(
                f"{self._source}: not one rating was found. Check that these are the published files."
            )
        names = coded(self._groups)
        if replaced := sum(name != code for name, code in names.items()):
            self.leave_out("names of raters, replaced by codes", replaced)
        return ImportedStudy(
            slug=about.slug,
            title=about.title,
            description=about.description,
            source=about.source,
            licence=about.licence,
            rubric_toml=rubric_toml,
            items=list(self._items.values()),
            systems=sorted({system for _, system in self._answers}),
            answers=list(self._answers.values()),
            raters=[ImportedRater(names[name], group) for name, group in self._groups.items()],
            ratings=[
                ImportedRating(one.item, one.systems, names[one.rater], one.payload)
                for one, _ in self._ratings.values()
            ],
            left_out=[f"{count} {reason}" for reason, count in self._left_out.items()] + [*remarks],
        )


def answered(values: Mapping[str, object]) -> Payload:
    """A payload of the axes that were answered: blank ones are absent, as the form has it."""
    return {axis: value for axis, value in values.items() if value is not None and value != ""}
