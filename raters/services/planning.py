"""From a study's design to the screens of its raters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from raters.domain.assignment import Assignment as PlannedBlock
from raters.domain.assignment import Design, Item, Plan, Rater, plan_study
from raters.domain.quality import insertions
from raters.domain.study_design import StudyDesign, UnusableDesignError, plan_design, read_design
from raters.models import Assignment, RaterGroup, Study, StudyAnswer, StudyItem
from raters.selectors import design as designs
from raters.selectors import rubrics

Answers = Mapping[tuple[int, int], int]  # item and system → answer


@dataclass(frozen=True)
class Drawn:
    """A screen of one rater before it has a place; `block` None for training and planted screens."""

    kind: str
    item: int
    answers: tuple[int, ...]  # as shown
    block: int | None = None
    overlap: bool = False
    probability: float | None = None
    repeats: int | None = None  # number, among the live screens, of the one this shows again
    again: uuid.UUID | None = None  # the same where that one has its place already


def plans_of(study: Study) -> dict[RaterGroup, Plan]:
    """The plan of each group; UnusableDesignError says what is missing."""
    chosen, rubric = read_design(study.design), rubrics.rubric_of(study.rubric_id)
    items, systems = designs.items_of(study), designs.systems_of(study)
    groups = list(study.groups.select_related("study"))
    if not groups:
        raise UnusableDesignError(gettext("The study has no group of raters: add one and invite its raters."))
    if not items:
        raise UnusableDesignError(gettext("The study has no items to rate: add some."))
    plans = {}
    for group in groups:
        raters = designs.raters_of(group)
        if not raters:
            raise UnusableDesignError(
                gettext('Nobody in the group "%(name)s" can rate: invite raters.') % {"name": group.name}
            )
        plans[group] = _plan_of(group, plan_design(chosen, rubric), raters, items, systems)
    return plans


def plan_of_newcomers(group: RaterGroup, raters: Sequence[Rater]) -> Plan:
    """The first plan of a group that joined an open study; items left out, which its raters are barred from,
    have a place in it, so that they can be taken back."""
    study = group.study
    design = plan_design(read_design(study.design), rubrics.rubric_of(study.rubric_id))
    items = designs.items_of(study, with_left_out=True)
    return _plan_of(group, design, raters, items, designs.systems_of(study))


def _plan_of(
    group: RaterGroup, design: Design, raters: Sequence[Rater], items: list[Item], systems: list[str]
) -> Plan:
    try:
        return plan_study(design, raters, items, systems)
    except ValueError as error:
        raise UnusableDesignError(
            gettext('The group "%(name)s" cannot be planned: %(error)s.')
            % {"name": group.name, "error": error}
        ) from None


@transaction.atomic
def lay_out(study: Study, plans: Mapping[RaterGroup, Plan]) -> int:
    """Make the screens of every rater of a study that opens; their number."""
    answers, twins = answers_of(study, is_twin=False), answers_of(study, is_twin=True)
    made = [row for plan in plans.values() for row in first_screens(study, plan, answers, twins)]
    Assignment.objects.bulk_create(made, batch_size=1000)
    study.plan = {str(group.pk): kept_plan(plan) for group, plan in plans.items()}
    study.save(update_fields=["plan"])
    return len(made)


def first_screens(study: Study, plan: Plan, answers: Answers, twins: Answers) -> list[Assignment]:
    """The screens of a group's raters, who have none yet, training before everything else."""
    chosen, made = read_design(study.design), []
    for rater in plan.raters:
        live = live_screens(plan.of(rater.id), answers)
        screens = [
            *training_screens(study, answers),
            *with_planted(study, chosen, rater.id, live, answers, twins),
        ]
        made += placed(study, int(rater.id), screens, start=1)
    return made


def answers_of(study: Study, *, is_twin: bool) -> dict[tuple[int, int], int]:
    rows = StudyAnswer.objects.filter(item__study=study, is_twin=is_twin)
    return {(item, system): pk for item, system, pk in rows.values_list("item__pk", "system__pk", "pk")}


def live_screens(blocks: Iterable[PlannedBlock], answers: Answers) -> list[Drawn]:
    """The screens of a rater's blocks, in the order of work; a screen without all its answers is left out."""
    screens = []
    for one in blocks:
        for systems in one.screens:
            shown = [answers.get((int(one.item), int(system))) for system in systems]
            if None not in shown:
                found = tuple(answer for answer in shown if answer is not None)
                screens.append(
                    Drawn(Assignment.Kind.LIVE, int(one.item), found, one.block, one.overlap, one.probability)
                )
    return screens


def training_screens(study: Study, answers: Answers) -> list[Drawn]:
    """What raters learn on, before anything else."""
    return _known(study, StudyItem.Kind.TRAINING, Assignment.Kind.TRAINING, answers)


def _known(study: Study, of_items: str, kind: str, answers: Answers) -> list[Drawn]:
    """One screen for each item of which the right rating is known, with the answers it is known of."""
    systems = {system.name: system.pk for system in study.systems.all()}
    screens = []
    known = study.items.filter(kind=of_items, left_out="").exclude(expected=None)
    for item in known.order_by("number"):
        named = item.expected["systems"] if item.expected else []
        shown = [answers.get((item.pk, systems.get(name, 0))) for name in named]
        found = tuple(answer for answer in shown if answer is not None)
        if found and len(found) == len(shown):
            screens.append(Drawn(kind, item.pk, found))
    return screens


def with_planted(
    study: Study, chosen: StudyDesign, rater: str, live: list[Drawn], answers: Answers, twins: Answers
) -> list[Drawn]:
    """Live screens with gold, wrong twins and self-repeats among them, told apart by nobody who rates."""
    gold = _known(study, StudyItem.Kind.GOLD, Assignment.Kind.GOLD, answers)
    twin_of = {answers[key]: twin for key, twin in twins.items() if key in answers}
    planned = insertions(
        [str(number) for number in range(len(live))],
        rater=rater,
        seed=chosen.seed,
        gold=[str(number) for number in range(len(gold))],
        with_twin=[str(number) for number, screen in enumerate(live) if _lone(screen) in twin_of],
        repeat_share=chosen.repeat_share,
        gold_share=chosen.gold_share,
        twin_share=chosen.twin_share,
    )
    screens = list(live)
    for insertion in planned:  # in the order of their places in the finished list
        number = int(insertion.source)
        if insertion.kind == "gold":
            planted = gold[number]
        elif insertion.kind == "twin":
            twin = twin_of[live[number].answers[0]]
            planted = Drawn(Assignment.Kind.TWIN, live[number].item, (twin,), repeats=number)
        else:
            again = live[number]
            planted = Drawn(Assignment.Kind.REPEAT, again.item, again.answers, repeats=number)
        screens.insert(insertion.place, planted)
    return screens


def _lone(screen: Drawn) -> int:
    """The only answer of a screen; 0 where it shows several, of which none has a twin."""
    return screen.answers[0] if len(screen.answers) == 1 else 0


def placed(study: Study, membership: int, screens: Sequence[Drawn], *, start: int) -> list[Assignment]:
    rows, by_live = [], []
    for place, screen in enumerate(screens, start):
        canonical = sorted(screen.answers)
        row = Assignment(
            id=uuid.uuid4(),
            study=study,
            membership_id=membership,
            item_id=screen.item,
            rubric_id=study.rubric_id,
            answers=canonical,
            order=[canonical.index(answer) for answer in screen.answers],
            kind=screen.kind,
            place=place,
            block=screen.block if screen.block is not None else 0,
            overlap=screen.overlap,
            probability=screen.probability,
        )
        if screen.kind == Assignment.Kind.LIVE:
            by_live.append(row)
        if screen.repeats is not None:
            row.repeats = by_live[screen.repeats]
        elif screen.again is not None:
            row.repeats_id = screen.again
        rows.append(row)
    return rows


def kept_plan(plan: Plan) -> dict[str, Any]:
    return {
        "blocks": [[block.item, block.content, block.needed, block.overlap] for block in plan.blocks],
        "draws": plan.draws,
        "systems_at_start": plan.systems_at_start,
        "overlap_probability": dict(plan.overlap_probability),
    }
