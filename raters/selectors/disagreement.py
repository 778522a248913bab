"""The cases raters saw differently, and one of them as it was shown, with ratings that name nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from raters.domain.adjudication import distance
from raters.domain.rubric import Axis, Rubric, Variable
from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.models import Assignment, Observation, Study, StudyAnswer, StudyItem
from raters.selectors import rubrics

MOST_CASES = 500


@dataclass(frozen=True)
class DisputedCase:
    """What raters of a group said of one unit, in no order; `apart` orders cases of one variable."""

    unit: str
    part: str
    values: tuple[str, ...]
    apart: float
    item: int
    label: str = ""


@dataclass(frozen=True)
class CaseView:
    """A case as its raters saw it, for the templates of the rating screen. The order of the answers is drawn
    for the case, so that no place belongs to a system."""

    study: Study
    item: StudyItem
    unit: str
    rubric: Rubric
    screen: Screen
    answer_ids: tuple[int, ...]  # as shown
    image_url: str = ""
    place: int = 0
    axes: tuple[Axis, ...] = field(default=())
    locked: bool = True

    @property
    def case(self) -> Case:
        return self.screen.case

    @property
    def answers(self) -> tuple[ShownAnswer, ...]:
        return self.screen.answers


def disputed_cases(study: Study, group_id: int, variable: Variable) -> list[DisputedCase]:
    """Units on which at least two ratings differ, those furthest apart first; 500 at most."""
    rows = (
        Observation.objects.filter(study=study, group=group_id, variable=variable.id)
        .values("unit", "part")
        .annotate(values_given=ArrayAgg("value"), different=Count("value", distinct=True))
        .filter(different__gt=1)
        .values_list("unit", "part", "values_given")
    )
    found = [
        DisputedCase(unit, part, tuple(sorted(given)), distance(variable, given), item_of(unit))
        for unit, part, given in rows
    ]
    found.sort(key=lambda one: (-one.apart, one.item, one.unit, one.part))
    return found[:MOST_CASES]


def keys_of(items: Iterable[int]) -> dict[int, str]:
    """What the items are called."""
    return dict(StudyItem.objects.filter(pk__in=set(items)).values_list("pk", "key"))


def answer_numbers(study: Study, units: Iterable[str]) -> dict[str, int]:
    """What was rated of one item numbered from 1, in an order drawn for it; 0 where it is one thing alone."""
    by_item: dict[int, list[str]] = defaultdict(list)
    for unit in sorted(set(units)):
        by_item[item_of(unit)].append(unit)
    found: dict[str, int] = {}
    for item, own in by_item.items():
        shuffled = drawn(study, f"units {item}", own)
        found |= {unit: number if len(own) > 1 else 0 for number, unit in enumerate(shuffled, start=1)}
    return found


def item_of(unit: str) -> int:
    """The item of a unit, as Assignment.unit writes it."""
    return int(unit.partition(":")[0])


def case_of(study: Study, unit: str) -> CaseView | None:
    """A unit of a study as raters saw it; None where there is none."""
    name, _colon, answers = unit.partition(":")
    ids = [int(one) for one in answers.split("-") if one.isascii() and one.isdigit()]
    if not (name.isascii() and name.isdigit()) or not ids or len(name) > 15:
        return None
    seen = Assignment.objects.filter(study=study, item=int(name), answers=ids)
    item = StudyItem.objects.filter(study=study, pk=int(name)).first()
    if item is None or not seen.exists():
        return None
    rubric = rubrics.of_results(study)
    stored = dict(StudyAnswer.objects.filter(pk__in=ids).values_list("pk", "shown"))
    order = drawn(study, unit, range(len(ids)))
    screen = Screen(
        case=msgspec.convert(item.content, Case),
        answers=tuple(msgspec.convert(stored[ids[place]], ShownAnswer) for place in order),
        order=tuple(order),
    )
    return CaseView(study, item, unit, rubric, screen, tuple(ids[place] for place in order), axes=rubric.axes)


def drawn(study: Study, what: str, sequence: Sequence[Any]) -> list[Any]:
    """An order of its own for each thing shown, the same each time it is shown."""
    seed = salted_hmac("consilium.order", f"{study.pk} {what}", algorithm="sha256").digest()
    rng = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    return [sequence[place] for place in rng.permutation(len(sequence))]


def rubric_of(study: Study) -> Rubric:
    return rubrics.of_results(study)


def ratings_of(study: Study, group_id: int, unit: str, part: str, variable: Variable) -> list[str]:
    """What every rater of a group said of a unit, in an order drawn for it."""
    rows = Observation.objects.filter(
        study=study,
        group=group_id,
        assignment__item=item_of(unit),
        variable=variable.id,
        unit=unit,
        part=part,
    )
    return drawn(
        study,
        f"{unit} {part} {variable.id}",
        list(rows.order_by("membership").values_list("value", flat=True)),
    )


def said(view: CaseView, variable: Variable, value: str) -> str:
    """A value in the words of the rubric and in terms of the answers as they stand on the page."""
    axis = view.rubric.axis(variable.axis)
    if variable.kind == "pairwise" and variable.id == axis.id:
        return _preference(view, value)
    if variable.kind == "spans":
        return "; ".join(
            f"“{span['text']}” ({span.get('category', '')})" for span in msgspec.json.decode(value)
        ) or _("nothing marked")
    named = {option.value: option.label for option in axis.options}
    fixed = {"yes": _("yes"), "no": _("no"), "met": _("met"), "not_met": _("not met")}
    return {**fixed, **named}.get(value, value)


def _preference(view: CaseView, value: str) -> str:
    if value in ("tie", "neither"):
        return {"tie": _("Tie"), "neither": _("Neither is acceptable")}[value]
    number = view.screen.order.index(0 if value.startswith("a") else 1) + 1
    words = _("Answer %(number)d, much") if value.endswith("_much") else _("Answer %(number)d")
    return words % {"number": number}


def part_label(view: CaseView, variable: Variable, part: str) -> str:
    """What a part is called: the criterion's text, or the answer's place on the page."""
    head, _colon, criterion = part.rpartition(":")
    texts = {each.id: each.text for each in view.case.criteria}
    if part in texts:
        return texts[part]
    place = head or part
    words = (
        [_("Answer %(number)d") % {"number": view.screen.order.index(int(place)) + 1}]
        if place.isascii() and place.isdigit()
        else []
    )
    return ": ".join([*words, *([texts[criterion]] if criterion in texts else [])])


def sources(view: CaseView, names: dict[int, str]) -> list[str]:
    """Whose the answers are, as they stand on the page; empty while nobody may know."""
    if not names:
        return []
    systems = dict(StudyAnswer.objects.filter(pk__in=view.answer_ids).values_list("pk", "system__pk"))
    return [names[systems[answer]] for answer in view.answer_ids]


def item_with_image(study: Study, number: int) -> StudyItem | None:
    return StudyItem.objects.filter(study=study, number=number).exclude(image="").first()
