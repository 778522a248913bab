"""Agreement kept up to date: each rating is taken into the counts once, as its newest revision has it.

Submitting a rating does not wait for this. A worker counts when it is told to and at every sweep, under the
study's lock; whoever withdraws a rater or leaves out an item has the ratings concerned looked at again.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from raters.domain.rubric import Variable, observations, variables
from raters.models import AgreementTally, Assignment, Observation, RatingRevision, Study
from raters.selectors import rubrics
from raters.selectors.counted import counts
from raters.selectors.shown_screens import screens_of
from raters.services import tallying

MOST_AT_ONCE = 2_000

Cell = tuple[int, str, str, str]  # group, variable, unit, part
Codes = dict[int, int]  # rater → category


class Standing(NamedTuple):
    """A stored observation, as far as the counts need it: those of popular items are many."""

    pk: int
    assignment_id: uuid.UUID
    group_id: int
    membership_id: int
    variable: str
    unit: str
    part: str
    value: str
    number: float | None


def uncounted_studies() -> list[Study]:
    """Studies with ratings that no count has taken up."""
    waiting = RatingRevision.objects.filter(counted=False).values("membership__study")
    return list(Study.objects.filter(pk__in=waiting))


def count_all_new(study: Study) -> int:
    """Count until nothing is left; the number of revisions."""
    total = 0
    while counted := count_new(study):
        total += counted
    return total


@transaction.atomic
def count_new(study: Study) -> int:
    """Take up to 2,000 new revisions into observations and tallies; their number."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    waiting = RatingRevision.objects.filter(membership__study=study, counted=False).order_by("pk")
    new = dict(waiting.values_list("pk", "assignment")[:MOST_AT_ONCE])
    if not new:
        return 0
    newest = _newest(new.values())
    counting = [revision for revision in newest if counts(revision.assignment)]
    _replace(study, [revision.assignment for revision in newest], _observed(study, counting))
    tallying.note_planned_pairs(study)
    RatingRevision.objects.filter(pk__in=new).update(counted=True)
    return len(new)


@transaction.atomic
def recount(study: Study) -> int:
    """Forget every count and make it anew from the ratings."""
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    Observation.objects.filter(study=study).delete()
    AgreementTally.objects.filter(study=study).delete()
    RatingRevision.objects.filter(membership__study=study).update(counted=False)
    return count_all_new(study)


def look_again(study_id: uuid.UUID, which: Q) -> None:
    """Have the revisions that `which` selects counted anew: they may count no longer, or again.

    Call it in the transaction that changes what counts, before any screen is changed: it waits for a count
    that is under way and would not see the change.
    """
    Study.objects.select_for_update(no_key=True).get(pk=study_id)
    RatingRevision.objects.filter(which, membership__study=study_id, counted=True).update(counted=False)


def _newest(assignments: Iterable[uuid.UUID]) -> list[RatingRevision]:
    related = ("assignment__membership", "assignment__item")
    rows = RatingRevision.objects.select_related(*related).filter(assignment__in=set(assignments))
    return list(rows.order_by("assignment_id", "-number").distinct("assignment_id"))


def _observed(study: Study, revisions: list[RatingRevision]) -> list[Observation]:
    screens = screens_of(revision.assignment for revision in revisions)
    return [
        Observation(
            study=study,
            group_id=revision.assignment.membership.group_id,
            membership_id=revision.membership_id,
            assignment=revision.assignment,
            variable=one.variable,
            unit=revision.assignment.unit,
            part=one.part,
            value=str(one.value),
            number=one.value if isinstance(one.value, float) else None,
        )
        for revision in revisions
        for one in observations(
            rubrics.rubric_of(revision.assignment.rubric_id),
            revision.payload,
            screens[revision.assignment_id],
        )
    ]


def _replace(study: Study, rated: list[Assignment], made: list[Observation]) -> None:
    """`made` instead of all that was observed of the screens in `rated`, and the tallies with them."""
    standing = _standing(study, rated)
    again = {assignment.pk for assignment in rated}
    old = [one for one in standing if one.assignment_id in again]
    staying = [one for one in standing if one.assignment_id not in again]
    known = {variable.id: variable for variable in variables(rubrics.of_results(study))}
    before, after = _cells(standing, known), _cells([*staying, *made], known)
    Observation.objects.filter(pk__in=[one.pk for one in old]).delete()
    Observation.objects.bulk_create(made, batch_size=2000)
    grown = Counter((one.group_id, one.variable) for one in made)
    grown.subtract((one.group_id, one.variable) for one in old)
    for (group, name), number in sorted(grown.items()):
        if name in known:
            tallying.update(study, group, known[name], _changes(group, name, before, after), number)


def _standing(study: Study, rated: list[Assignment]) -> list[Standing]:
    """What is observed of the units rated, whoever rated them; found by item, which is indexed."""
    items = {assignment.item_id for assignment in rated}
    same = Observation.objects.filter(
        assignment__item__in=items, study=study, unit__in={assignment.unit for assignment in rated}
    )
    return [Standing(*row) for row in same.values_list(*Standing._fields)]


def _cells(rows: Iterable[Observation | Standing], known: Mapping[str, Variable]) -> dict[Cell, Codes]:
    found: dict[Cell, Codes] = defaultdict(dict)
    codes = {name: _codes(variable) for name, variable in known.items()}
    for row in rows:
        code = codes.get(row.variable, {}).get(row.value if row.number is None else row.number)
        if code is not None:
            found[row.group_id, row.variable, row.unit, row.part][row.membership_id] = code
    return found


def _codes(variable: Variable) -> dict[Any, int]:
    if variable.scale is None or variable.scale.categories is None:
        return {}
    return {category: code for code, category in enumerate(variable.scale.categories)}


def _changes(
    group: int, name: str, before: Mapping[Cell, Codes], after: Mapping[Cell, Codes]
) -> list[tuple[Codes, Codes]]:
    cells = {cell for cell in (*before, *after) if cell[:2] == (group, name)}
    pairs = [(before.get(cell, {}), after.get(cell, {})) for cell in cells]
    return [(old, new) for old, new in pairs if old != new]
