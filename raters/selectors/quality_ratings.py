"""Rated screens as quality looks at them: with what they showed, and what was planted among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from raters.domain.agreement.scales import Category
from raters.domain.quality import Share, TimedRating, agreement_with_expected, agrees, goodness, share
from raters.domain.rubric import Rubric, observations
from raters.domain.rubric.case import Screen
from raters.domain.rubric.rubric import Payload
from raters.models import Assignment, RatingRevision
from raters.selectors.shown_screens import screens_of

MOST_RATINGS = 20_000  # read at once: figures of a larger study follow from so many of its screens
NO_GOLD = "none of the screens rated so far has an answer that is known"


@dataclass(frozen=True)
class Rated:
    """A submitted screen as it stands."""

    assignment: Assignment
    payload: Payload
    screen: Screen


def rated_where(which: Q) -> list[Rated]:
    """Submitted screens with their newest payload, in the order of work."""
    newest = (
        RatingRevision.objects.filter(assignment__in=Assignment.objects.filter(which, state="submitted"))
        .select_related("assignment__item")
        .order_by("assignment_id", "-number")
        .distinct("assignment_id")[:MOST_RATINGS]
    )
    rows = sorted(newest, key=lambda one: one.assignment.place)
    screens = screens_of(row.assignment for row in rows)
    return [Rated(row.assignment, row.payload, screens[row.assignment_id]) for row in rows]


def twin_pairs(rubric: Rubric, rated: Sequence[Rated]) -> list[tuple[int, float, float]]:
    """(place of the later screen, goodness of the answer, goodness of its twin) where both were rated."""
    by_id = {one.assignment.pk: one for one in rated}
    found = []
    for twin in rated:
        answer = by_id.get(twin.assignment.repeats_id) if twin.assignment.repeats_id else None
        if twin.assignment.kind != Assignment.Kind.TWIN or answer is None:
            continue
        good, bad = (goodness(rubric, one.payload, one.screen) for one in (answer, twin))
        if good is not None and bad is not None:
            found.append((max(twin.assignment.place, answer.assignment.place), good, bad))
    return sorted(found)


def gold_share(rubric: Rubric, rated: Iterable[Rated]) -> Share:
    """How often screens with a known answer were rated as expected."""
    verdicts = []
    for one in rated:
        expected = one.assignment.item.expected
        if one.assignment.kind == Assignment.Kind.GOLD and expected:
            order = one.assignment.order
            verdicts.append(agrees(agreement_with_expected(rubric, one.payload, expected["payload"], order)))
    return share(sum(verdicts), len(verdicts), nothing=NO_GOLD)


def repeat_pairs(rubric: Rubric, rated: Sequence[Rated]) -> dict[str, list[tuple[Category, Category]]]:
    """By variable: first and second value, where a screen was shown to its rater again."""
    by_id = {one.assignment.pk: one for one in rated}
    found: dict[str, list[tuple[Category, Category]]] = defaultdict(list)
    for again in rated:
        first = by_id.get(again.assignment.repeats_id) if again.assignment.repeats_id else None
        if again.assignment.kind != Assignment.Kind.REPEAT or first is None:
            continue
        before, after = (_observed(rubric, one) for one in (first, again))
        for key in before.keys() & after.keys():
            found[key[0]].append((before[key], after[key]))
    return found


def _observed(rubric: Rubric, one: Rated) -> dict[tuple[str, str], Category]:
    seen = observations(rubric, one.payload, one.screen)
    return {(each.variable, each.part): each.value for each in seen}


def timed_ratings(rubric: Rubric, rated: Iterable[Rated], *, by_time: bool = False) -> list[TimedRating]:
    """What drift is read from: how good each answer was said to be, or only how long it took."""
    found = []
    for one in rated:
        value = 0.0 if by_time else goodness(rubric, one.payload, one.screen)
        if value is not None:
            row = one.assignment
            found.append(TimedRating(
                rater=str(row.membership_id), unit=row.unit, number=row.place, value=value,
                seconds=float(row.seconds) if row.seconds else None,
            ))  # fmt: skip
    return found
