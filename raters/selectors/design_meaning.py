"""What a design means for the people who rate, said before anybody is asked: screens, hours, pairs, ties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from raters.domain.assignment import Item, Plan, Rater, plan_study
from raters.domain.assignment.connecting import remedy
from raters.domain.quality.selection import FIRST_FREE
from raters.domain.rubric.rubric import Rubric
from raters.domain.study_design import StudyDesign, UnusableDesignError, plan_design
from raters.models import RaterGroup, Study, StudyAnswer, StudyItem
from raters.selectors import design as designs
from raters.selectors import rubrics

IMAGINED = 4  # raters of a group into which nobody was invited yet
FEWEST_PAIRS = 50  # below them an agreement coefficient says little
MOST_CELLS = 100_000  # items × raters planned while a form is filled in; a larger plan waits for the dry run


@dataclass(frozen=True)
class Load:
    """One rater's part: all screens, training and planted ones included."""

    name: str
    screens: int
    minutes: float


@dataclass(frozen=True)
class GroupMeaning:
    """One group's plan. `imagined` raters stand in where nobody was; a `problem` replaces the rest."""

    group: str
    imagined: bool = False
    loads: tuple[Load, ...] = ()
    hours: float = 0.0
    pay: Decimal = Decimal(0)
    ratings: int = 0
    items: int = 0
    pairs: int = 0
    overlap_share: float = 0.0
    rater_parts: int = 1
    system_parts: int = 1
    remedy: str = ""  # of raters in several parts
    planted: tuple[int, int, int] = (0, 0, 0)  # screens shown again, of gold, of wrong twins, in all
    largest_block: int = 0
    unfilled: tuple[str, ...] = ()
    n_unfilled: int = 0
    problem: str = ""

    @property
    def fewest(self) -> int:
        return min((load.screens for load in self.loads), default=0)

    @property
    def most(self) -> int:
        return max((load.screens for load in self.loads), default=0)

    @property
    def longest(self) -> float:
        """Hours of the rater with most work."""
        return max((load.minutes for load in self.loads), default=0.0) / 60

    @property
    def overlap_percent(self) -> float:
        return 100 * self.overlap_share

    @property
    def is_connected(self) -> bool:
        return self.rater_parts <= 1 and self.system_parts <= 1

    @property
    def has_pairs_enough(self) -> bool:
        return self.pairs >= FEWEST_PAIRS


def meaning_of(study: Study, design: StudyDesign, hourly_rate: Decimal) -> list[GroupMeaning]:
    """Each group's plan under this design, which need not be the stored one."""
    rubric = rubrics.rubric_of(study.rubric_id)
    names = dict(study.memberships.values_list("pk", "name"))
    return [
        _of_group(study, group, design, rubric, hourly_rate, names)
        for group in study.groups.select_related("study")
    ]


def _of_group(
    study: Study,
    group: RaterGroup,
    design: StudyDesign,
    rubric: Rubric,
    hourly_rate: Decimal,
    names: dict[int, str],
) -> GroupMeaning:
    items, systems = designs.items_of(study), designs.systems_of(study)
    if not items or not systems:
        return GroupMeaning(group.name, problem=_("Add items first: a plan needs something to rate."))
    raters = designs.raters_of(group)
    imagined = not raters
    if imagined:
        raters = _imagined(items, group)
        names = names | {int(rater.id): _("Rater %(n)s") % {"n": -int(rater.id)} for rater in raters}
    if len(items) * len(raters) > MOST_CELLS:
        return GroupMeaning(
            group.name,
            problem=_(
                "%(items)s items for %(raters)s raters are too many to plan while you type: "
                "play the dry run to see what this design means."
            )
            % {"items": f"{len(items):,}", "raters": len(raters)},
        )
    try:
        plan = plan_study(plan_design(design, rubric), raters, items, systems)
    except (UnusableDesignError, ValueError) as error:
        return GroupMeaning(group.name, imagined=imagined, problem=f"{str(error).rstrip('.')}.")
    return _read(study, group, plan, design, rubric, hourly_rate, names, imagined)


def _imagined(items: list[Item], group: RaterGroup) -> list[Rater]:
    """Raters who may rate everything, as many as one needs to see a plan."""
    specialties = frozenset(item.specialty for item in items if item.specialty) | set(group.specialties)
    languages = frozenset(item.language for item in items if item.language) | set(group.languages)
    return [
        Rater(id=str(-number), specialties=specialties, languages=languages)
        for number in range(1, IMAGINED + 1)
    ]


def _read(
    study: Study,
    group: RaterGroup,
    plan: Plan,
    design: StudyDesign,
    rubric: Rubric,
    hourly_rate: Decimal,
    names: dict[int, str],
    imagined: bool,
) -> GroupMeaning:
    live: Counter[str] = Counter({rater.id: 0 for rater in plan.raters})
    for one in plan.assignments:
        live[one.rater] += len(one.screens)
    training = known_items(study, StudyItem.Kind.TRAINING).count()
    gold, twins = known_items(study, StudyItem.Kind.GOLD).count(), twins_of(study, rubric).count()
    planted = {rater: _planted(design, number, gold, twins > 0) for rater, number in live.items()}
    loads = []
    for rater, number in live.items():
        screens = training + number + sum(planted[rater])
        loads.append(Load(names.get(int(rater), rater), screens, screens * rubric.minutes))
    hours = sum(load.minutes for load in loads) / 60
    found, precision = plan.diagnostics, plan.diagnostics.precision
    reasons = Counter(shortfall.reason for shortfall in plan.shortfalls)
    return GroupMeaning(
        group=group.name,
        imagined=imagined,
        loads=tuple(loads),
        hours=hours,
        pay=(Decimal(hours) * hourly_rate).quantize(Decimal("0.01")),
        ratings=precision.n_ratings,
        items=precision.n_items,
        pairs=_pairs(plan),
        overlap_share=found.overlap_share,
        rater_parts=found.rater_components,
        system_parts=found.system_components if len(plan.systems) > 1 else 1,
        remedy=remedy(plan) if found.rater_components > 1 else "",
        planted=_summed(planted.values()),
        largest_block=max((len(one.systems) for one in plan.assignments), default=0),
        unfilled=tuple(f"{reason} ({number} ×)" for reason, number in reasons.most_common(3)),
        n_unfilled=len(plan.shortfalls),
    )


def _pairs(plan: Plan) -> int:
    """Pairs of ratings of the same thing by two raters: of an answer, or of a pair shown side by side."""
    raters = Counter(one.block for one in plan.assignments)
    rated = {
        one.block: len(one.screens if plan.design.task == "pairwise" else one.systems)
        for one in plan.assignments
    }
    return sum(number * (number - 1) // 2 * rated[block] for block, number in raters.items())


def _planted(design: StudyDesign, live: int, gold: int, has_twins: bool) -> tuple[int, int, int]:
    """Screens among a rater's live ones that they saw before, with a known answer, with a wrong twin."""
    if live < FIRST_FREE:
        return 0, 0, 0
    twins = round(design.twin_share * live) if has_twins else 0
    return round(design.repeat_share * live), min(gold, round(design.gold_share * live)), twins


def _summed(rows: Iterable[tuple[int, int, int]]) -> tuple[int, int, int]:
    kept = list(rows)
    return sum(row[0] for row in kept), sum(row[1] for row in kept), sum(row[2] for row in kept)


def known_items(study: Study, kind: str) -> QuerySet[StudyItem]:
    """Items of a kind whose right rating is known."""
    return study.items.filter(left_out="", kind=kind).exclude(expected=None)


def twins_of(study: Study, rubric: Rubric) -> QuerySet[StudyAnswer]:
    """Wrong twins that can be planted: on screens of one answer only."""
    twins = StudyAnswer.objects.filter(item__study=study, item__left_out="", is_twin=True)
    return twins if rubric.answers == 1 else twins.none()


def not_in_force(study: Study) -> dict[str, str]:
    """Decisions of the design that come to nothing in the study as it is, by name, with what is missing."""
    found = {}
    if not known_items(study, StudyItem.Kind.GOLD).exists():
        found["gold_share"] = _("Gold: none, because the study has no gold items.")
    rubric = rubrics.rubric_of(study.rubric_id)
    if rubric.answers != 1:
        found["twin_share"] = _("Wrong twins: none, because they are planted on screens of one answer only.")
    elif not twins_of(study, rubric).exists():
        found["twin_share"] = _("Wrong twins: none, because no item of the study has any.")
    return found
