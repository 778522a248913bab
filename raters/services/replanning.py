"""The unopened rest of a study drawn again: for raters who joined, left, or changed, and items left out."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from raters.domain.assignment import Rater, replan
from raters.domain.quality.selection import GAP
from raters.domain.study_design import StudyDesign, UnusableDesignError, read_design
from raters.models import Assignment, Draft, Membership, RaterGroup, Study, StudyItem
from raters.selectors import design as designs
from raters.selectors.stored_plan import blocks_of, stored_plan
from raters.services.handing_out import LEASE
from raters.services.planning import (
    Answers,
    Drawn,
    answers_of,
    first_screens,
    kept_plan,
    live_screens,
    placed,
    plan_of_newcomers,
    training_screens,
    with_planted,
)
from raters.services.refusals import NotAllowedError, RefusalError

DONE = (Assignment.State.SUBMITTED, Assignment.State.SKIPPED)
JOINED = "joined"  # of a group's plan: drawn when the study was open already
PLANTED = (Assignment.Kind.GOLD, Assignment.Kind.TWIN, Assignment.Kind.REPEAT)


@dataclass(frozen=True)
class _Redraw:
    """What every group's re-planning needs. `again`, an item taken back, has its planted screens planted
    again where they were withdrawn with it."""

    study: Study
    design: StudyDesign
    answers: Answers
    twins: Answers
    left_out: frozenset[str]
    again: StudyItem | None


@transaction.atomic
def lay_out_again(study: Study, only: int | None = None, taken_back: StudyItem | None = None) -> int:
    """Draw the unopened rest again: for raters who joined, left, or changed; the number of new screens.

    What is finished or opened stays with its rater. What a rater who left had not finished goes to others,
    as a whole block where one was begun. Planted screens that nobody has opened move with the live ones,
    so that none comes before, or right after, the screen it repeats. Somebody new begins with the training,
    and a group that joined the study gets a plan of its own. `only` names a group: others stay as they are.
    """
    locked = Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if locked.state != Study.State.OPEN:
        raise NotAllowedError(gettext("Only an open study is planned again."))
    # whoever submits takes the membership first and the screen second: the same order here, or both wait
    members = Membership.objects.select_for_update(no_key=True).filter(study=locked).order_by("pk")
    list(members.values_list("pk"))
    work = _Redraw(
        study=locked,
        design=read_design(locked.design),
        answers=answers_of(locked, is_twin=False),
        twins=answers_of(locked, is_twin=True),
        left_out=_left_out(locked),
        again=taken_back,
    )
    groups = locked.groups.select_related("study")
    try:
        made = sum(_group_again(work, group) for group in groups if only in (None, group.pk))
    except UnusableDesignError as error:
        raise RefusalError(str(error)) from None
    except ValueError as error:
        raise RefusalError(
            gettext("The rest of the study cannot be planned again: %(error)s.") % {"error": error}
        ) from None
    locked.save(update_fields=["plan"])
    return made


def _group_again(work: _Redraw, group: RaterGroup) -> int:
    raters = [replace(rater, barred_items=work.left_out) for rater in designs.raters_of(group)]
    if not raters:
        return 0
    if str(group.pk) not in work.study.plan or _has_just_joined(work.study, group):
        return _group_at_first(work, group, raters)
    able = {int(rater.id) for rater in raters}
    rows, fixed = _rows_of(work.study, group, able)
    plan = replan(stored_plan(work.study, group, rows), raters, blocks_of(fixed))
    _give_up(rows, fixed)
    carried = _take_planted(work, able)
    work.study.plan[str(group.pk)] |= kept_plan(plan)
    return sum(
        _append(
            work,
            rater,
            live_screens([one for one in plan.of(rater.id) if not one.kept], work.answers),
            carried.get(int(rater.id), []),
        )
        for rater in plan.raters
        if int(rater.id) in able
    )


def _has_just_joined(study: Study, group: RaterGroup) -> bool:
    """Added while the study was open, and nobody in it has seen a screen: its overlap can still be drawn from
    all its raters, where the first one invited had nobody to share an item with."""
    idle = (Assignment.State.PLANNED, Assignment.State.VOID)
    untouched = Q(state__in=idle, first_opened_at=None, draft=None)
    seen = Assignment.objects.filter(membership__group=group).exclude(untouched)
    return bool(study.plan[str(group.pk)].get(JOINED)) and not seen.exists()


def _group_at_first(work: _Redraw, group: RaterGroup, raters: Sequence[Rater]) -> int:
    plan = plan_of_newcomers(group, raters)
    work.study.plan[str(group.pk)] = kept_plan(plan) | {JOINED: True}
    own = Assignment.objects.filter(membership__group=group, state=Assignment.State.PLANNED)
    own.update(state=Assignment.State.VOID)
    rows = first_screens(work.study, plan, work.answers, work.twins)
    return len(Assignment.objects.bulk_create(rows, batch_size=1000))


def _left_out(study: Study) -> frozenset[str]:
    rows = study.items.filter(kind=StudyItem.Kind.LIVE).exclude(left_out="")
    return frozenset(str(pk) for pk in rows.values_list("pk", flat=True))


def _rows_of(
    study: Study, group: RaterGroup, able: Collection[int]
) -> tuple[list[Assignment], list[Assignment]]:
    """The group's live screens, and those of them that stay with their raters."""
    every = list(
        Assignment.objects.select_for_update(no_key=True, of=("self",))
        .filter(study=study, membership__group=group, kind=Assignment.Kind.LIVE)
        .order_by("pk")
    )
    begun = _begun_and_left(row for row in every if row.membership_id not in able)
    rows = [row for row in every if row.state != Assignment.State.VOID]
    held = _held(rows)
    fixed = [
        row
        for row in rows
        if (row.membership_id in able and (row.state in DONE or row.pk in held))
        or (row.state in DONE and (row.block, row.membership_id) not in begun)
    ]
    return rows, fixed


def _held(rows: Iterable[Assignment]) -> set[uuid.UUID]:
    """Opened screens that are reserved still, or on which something was written."""
    opened = [row for row in rows if row.state == Assignment.State.OPEN]
    # one that lasts longer than any given now was given before the clock was set back
    leased = Assignment.objects.filter(lease_until__gt=Now(), lease_until__lte=Now() + LEASE)
    reserved = set(leased.filter(pk__in=[row.pk for row in opened]).values_list("pk", flat=True))
    written = Draft.objects.filter(assignment__in=[row.pk for row in opened])
    return reserved | set(written.values_list("assignment", flat=True))


def _begun_and_left(rows: Iterable[Assignment]) -> set[tuple[int, int]]:
    """Blocks that raters who left did not finish: somebody else is to see all of such a block."""
    finished: dict[tuple[int, int], set[tuple[int, ...]]] = defaultdict(set)
    planned: dict[tuple[int, int], set[tuple[int, ...]]] = defaultdict(set)
    for row in rows:
        block = (row.block, row.membership_id)
        planned[block].add(tuple(row.answers))
        if row.state in DONE:
            finished[block].add(tuple(row.answers))
    return {block for block, screens in planned.items() if screens - finished[block]}


def _give_up(rows: Sequence[Assignment], fixed: Sequence[Assignment]) -> None:
    """Void what moves; a rating that was submitted never does."""
    kept = {(row.block, row.membership_id) for row in fixed}
    moved = [row.pk for row in rows if (row.block, row.membership_id) not in kept and row.state not in DONE]
    Assignment.objects.filter(pk__in=moved).update(state=Assignment.State.VOID, lease_until=None)


def _take_planted(work: _Redraw, able: Collection[int]) -> dict[int, list[Drawn]]:
    """Take planted screens nobody has opened from their places: those that can still be shown, by member."""
    rows = list(
        Assignment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("repeats")
        .filter(study=work.study, membership__in=able, kind__in=PLANTED, state=Assignment.State.PLANNED)
        .order_by("place")
    )
    carried: dict[int, list[Drawn]] = defaultdict(list)
    for row in [*rows, *_withdrawn(work, able)]:
        if row.repeats is None or row.repeats.state != Assignment.State.VOID:
            shown = tuple(row.answers[place] for place in row.order)
            carried[row.membership_id].append(Drawn(row.kind, row.item_id, shown, again=row.repeats_id))
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(state=Assignment.State.VOID)
    return carried


def _withdrawn(work: _Redraw, able: Collection[int]) -> list[Assignment]:
    """Planted screens of the item taken back that went with it, once each: re-planning voids a row, too,
    and makes another of the same."""
    if work.again is None:
        return []
    every = Assignment.objects.select_related("repeats").filter(
        item=work.again, membership__in=able, kind__in=PLANTED
    )
    of_screen: dict[tuple[object, ...], Assignment] = {}
    for row in every.order_by("place"):
        same = (row.membership_id, row.kind, tuple(row.answers), row.repeats_id)
        if same not in of_screen or row.state != Assignment.State.VOID:
            of_screen[same] = row
    return [row for row in of_screen.values() if row.state == Assignment.State.VOID]


def _append(work: _Redraw, rater: Rater, live: Sequence[Drawn], carried: Sequence[Drawn]) -> int:
    """New screens after the ones a rater has; somebody new starts with the training."""
    membership = int(rater.id)
    every = Assignment.objects.filter(membership=membership)
    own = every.exclude(state=Assignment.State.VOID)
    last = own.order_by("-place").values_list("place", flat=True).first()
    if every.exists():
        screens = _spread(live, carried)
    else:
        screens = with_planted(work.study, work.design, rater.id, list(live), work.answers, work.twins)
    if not own.filter(kind=Assignment.Kind.TRAINING).exists():
        screens = [*training_screens(work.study, work.answers), *screens]
    rows = placed(work.study, membership, screens, start=(last or 0) + 1)
    Assignment.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _spread(live: Sequence[Drawn], carried: Sequence[Drawn]) -> list[Drawn]:
    """Planted screens among the live ones, none among the first ten; none at all where there are fewer,
    because a screen that comes again at once is known again."""
    screens = list(live)
    if len(screens) < GAP:
        return screens
    step = max(1, (len(screens) - GAP) // (len(carried) + 1))
    for number, planted in enumerate(carried):
        screens.insert(min(len(screens), GAP + number * (step + 1)), planted)
    return screens
