"""What physicians of published studies said of the very answers a case page shows; nobody is named.

An answer is the same where the study has it under the item's key, of the same system, in the same words.
Raters are numbered anew for every case, so that nobody can be followed from one case to the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from evaluation.models import Answer, Item, Run
from leaderboard.selectors.item_scores import Behind
from raters.domain.held_texts import Guard, own_texts
from raters.domain.rubric import Variable, variables
from raters.domain.rubric.rubric import Rubric
from raters.models import Observation, RatingRevision, Study, StudyAnswer
from raters.selectors import rubrics
from raters.selectors.agreement import value_labels
from raters.selectors.counted import COUNTING
from raters.selectors.disagreement import drawn
from raters.selectors.held_texts import guard_of

LONGEST_COMMENT = 2_000
UNREADABLE = frozenset({"spans"})  # passages of a text, stored as places in it


@dataclass(frozen=True)
class Said:
    """One question about one answer: what each rater said of it, in the order of `RatedUnit.raters`."""

    question: str
    about: str
    values: tuple[str, ...]

    @property
    def differ(self) -> bool:
        return len({value for value in self.values if value}) > 1


@dataclass(frozen=True)
class Comment:
    rater: int
    question: str
    text: str


@dataclass(frozen=True)
class RatedUnit:
    """What one group of raters was shown together: one answer, or several side by side."""

    systems: tuple[str, ...]
    group: str
    raters: tuple[int, ...]
    said: tuple[Said, ...]
    comments: tuple[Comment, ...]

    @property
    def n_differ(self) -> int:
        return sum(each.differ for each in self.said)


@dataclass(frozen=True)
class RatedCase:
    slug: str
    title: str
    units: tuple[RatedUnit, ...]


def of_case(item: Item, those: Sequence[Behind]) -> tuple[RatedCase, ...]:
    """Published studies that rated answers shown of this item, by title."""
    names = _names_of_answers(item, [each for each in those if each.named])
    if not names:
        return ()
    found = StudyAnswer.objects.filter(pk__in=names).values_list("item__study", "pk")
    by_study: dict[Any, list[int]] = defaultdict(list)
    for study, answer in found:
        by_study[study].append(answer)
    studies = Study.objects.filter(pk__in=by_study).select_related("rubric").order_by("title")
    cases = [_rated(study, item, {pk: names[pk] for pk in by_study[study.pk]}) for study in studies]
    return tuple(case for case in cases if case.units)


def _names_of_answers(item: Item, those: Sequence[Behind]) -> dict[int, str]:
    """Answer of a published study → the name of the row that gave it. Nothing else is read where no study
    has the item."""
    answers = list(
        StudyAnswer.objects.filter(
            item__key=item.key, item__left_out="", item__study__published=True, is_twin=False
        )
        .exclude(system__system=None)
        .values_list("pk", "system__system", "original")
    )
    if not answers or not those:
        return {}
    rows = {each.run: each.row for each in those}
    runs = Run.objects.filter(pk__in=rows, submission__system__in={system for _pk, system, _text in answers})
    systems = dict(runs.values_list("pk", "submission__system"))
    said: dict[tuple[int | None, str], str] = {}
    outputs = Answer.objects.filter(run__in=systems, position=item.position)
    for run, output in outputs.values_list("run", "output"):
        said[systems[run], output.strip()] = name_of(rows[run].system, rows[run].mode)
    found = {pk: said.get((system, str(text.get("text", "")).strip())) for pk, system, text in answers}
    return {pk: name for pk, name in found.items() if name}


def name_of(system: str, mode: str) -> str:
    return f"{system} ({mode})" if mode else system


def _rated(study: Study, item: Item, names: Mapping[int, str]) -> RatedCase:
    rows: Any = (
        Observation.objects.filter(study=study, assignment__item__answers__in=names)
        .select_related("assignment", "group")
        .order_by("group", "unit", "membership")
        .distinct()
    )
    by_unit: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        by_unit[row.group_id, row.unit].append(row)
    numbers = _numbers(study, item, {row.membership_id for row in rows})
    words = _comments(study, {row.assignment_id for row in rows})
    rubric = rubrics.of_results(study)
    units = [_unit(rubric, those, names, numbers, words) for those in by_unit.values()]
    return RatedCase(study.slug, study.title, tuple(unit for unit in units if unit is not None))


def _numbers(study: Study, item: Item, members: set[int]) -> dict[int, int]:
    """Membership → its number in this case alone."""
    order = drawn(study, f"raters of {item.key}", sorted(members))
    return {member: number for number, member in enumerate(order, start=1)}


def _unit(
    rubric: Rubric,
    those: Sequence[Any],
    names: Mapping[int, str],
    numbers: Mapping[int, int],
    words: Mapping[Any, list[tuple[str, str]]],
) -> RatedUnit | None:
    """None where no answer of the unit is one that is shown."""
    answers = those[0].assignment.answers
    if names.keys().isdisjoint(answers):
        return None
    shown = tuple(names.get(answer, _("another system of the study")) for answer in answers)
    raters = sorted({row.membership_id for row in those}, key=lambda member: numbers[member])
    by_variable: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for row in those:
        by_variable[row.variable, row.part][row.membership_id] = row.value
    said = [
        Said(
            question=variable.label,
            about=_about(part, shown),
            values=tuple(_in_words(rubric, variable, given.get(member, ""), shown) for member in raters),
        )
        for variable in variables(rubric)
        if variable.kind not in UNREADABLE
        for (name, part), given in sorted(by_variable.items())
        if name == variable.id
    ]
    labels = {axis.id: axis.label for axis in rubric.axes}
    comments = [
        Comment(numbers[row.membership_id], labels.get(axis, axis), text[:LONGEST_COMMENT])
        for row in {row.assignment_id: row for row in those}.values()
        for axis, text in words.get(row.assignment_id, ())
    ]
    return RatedUnit(
        systems=shown,
        group=those[0].group.name,
        raters=tuple(numbers[member] for member in raters),
        said=tuple(said),
        comments=tuple(sorted(comments, key=lambda each: each.rater)),
    )


def _about(part: str, shown: Sequence[str]) -> str:
    """Which of several answers a part is about, and which criterion."""
    head, colon, criterion = part.partition(":")
    if head.isascii() and head.isdigit() and len(head) < 4 and int(head) < len(shown):
        name = shown[int(head)] if len(shown) > 1 else ""
        return ": ".join(filter(None, (name, criterion if colon else "")))
    return part


def _in_words(rubric: Rubric, variable: Variable, value: str, shown: Sequence[str]) -> str:
    named = variable.kind == "pairwise" and variable.id == variable.axis and len(shown) > 1
    if named and value in {"a", "b", "a_much", "b_much"}:
        name = shown["ab".index(value[0])]
        return _("%(name)s, much") % {"name": name} if value.endswith("_much") else name
    return value_labels(rubric, variable).get(value, value)


def _comments(study: Study, assignments: set[Any]) -> dict[Any, list[tuple[str, str]]]:
    """Assignment → (axis, text) of what its rater wrote last, as far as others may read it."""
    newest = (
        RatingRevision.objects.filter(COUNTING, assignment__in=assignments)
        .select_related("assignment")
        .order_by("assignment_id", "-number")
        .distinct("assignment_id")
    )
    guard: Guard = guard_of(study)
    found = {}
    for revision in newest:
        rubric = rubrics.rubric_of(revision.assignment.rubric_id)
        found[revision.assignment_id] = [
            (axis, guard.text(text)) for axis, text in own_texts(rubric, revision.payload) if text.strip()
        ]
    return found
