"""The desk of the adjudicator: what raters differ on too much, what was decided, and cases to be repaired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count

from raters.domain.adjudication import adjudicated, dispute_size
from raters.domain.rubric import Axis, Rubric, Variable, variables
from raters.domain.study_design import read_design
from raters.models import Adjudication, Assignment, Flag, Membership, Observation, Study
from raters.selectors import rubrics
from raters.selectors.disagreement import answer_numbers, drawn, item_of, keys_of
from raters.selectors.held_texts import guard_of

REPAIRED = ("missing_context", "ambiguous", "technical", "unsafe_to_judge", "not_applicable")
Key = tuple[str, str, str]  # unit, part, axis


@dataclass(frozen=True)
class Dispute:
    """Ratings of one unit that are too far apart on one axis; `size` is the largest of any group."""

    unit: str
    part: str
    axis: Axis
    size: float
    item: int
    decided: bool
    label: str = ""
    number: int = 0  # tells the answers of one item apart, in an order drawn for it

    @property
    def key(self) -> Key:
        return (self.unit, self.part, self.axis.id)


@dataclass(frozen=True)
class AnonymousRating:
    """What one rater said on an axis, under a letter drawn for the case. `value` is that of a payload, in
    terms of canonical answers where it names one."""

    letter: str
    group: str
    value: Any
    assignment: str


@dataclass(frozen=True)
class Repair:
    """A screen that was skipped, or about which something was said, and that nobody has settled yet."""

    kind: str  # "skip" or "flag"
    pk: str
    unit: str
    item: int
    reason: str
    note: str
    label: str = ""


def queue(study: Study) -> list[Dispute]:
    """Every dispute: the open ones first, the largest at the top."""
    rubric = rubrics.of_results(study)
    steps = read_design(study.design).disagreement
    asked = {each.id: each for each in variables(rubric) if adjudicated(each)}
    sizes: dict[Key, float] = defaultdict(float)
    for name, unit, part, values in _differing(study, list(asked)):
        variable = asked[name]
        size = dispute_size(rubric.axis(variable.axis), variable, values, steps)
        if size:
            key = (unit, "" if variable.kind == "rank" else part, variable.axis)
            sizes[key] = max(sizes[key], size)
    done = _decided(study)
    names = keys_of(item_of(unit) for unit, _, _ in sizes)
    numbers = answer_numbers(study, {unit for unit, _, _ in sizes})
    found = [
        Dispute(
            unit,
            part,
            rubric.axis(axis),
            size,
            item_of(unit),
            (unit, part, axis) in done,
            names[item_of(unit)],
            numbers[unit],
        )
        for (unit, part, axis), size in sizes.items()
    ]
    return sorted(found, key=lambda one: (one.decided, -one.size, one.item, one.unit, one.part, one.axis.id))


def ratings_for(study: Study, rubric: Rubric, unit: str, part: str, axis: Axis) -> list[AnonymousRating]:
    """Every counted rating of a unit on an axis, in an order drawn for the case."""
    names = [
        each.id
        for each in variables(rubric)
        if each.axis == axis.id and each.kind not in ("derived", "count")
    ]
    rows = Observation.objects.select_related("group").filter(
        study=study, assignment__item=item_of(unit), unit=unit, variable__in=names
    )
    if axis.type != "rank":
        rows = rows.filter(part=part)
    by_rating: dict[Any, list[Observation]] = defaultdict(list)
    for row in rows.order_by("membership"):
        by_rating[row.assignment_id].append(row)
    shuffled = drawn(study, f"{unit} {part} {axis.id}", list(by_rating.values()))
    return [
        AnonymousRating(
            _letter(number), found[0].group.name, value_of(axis, found), str(found[0].assignment_id)
        )
        for number, found in enumerate(shuffled)
    ]


def value_of(axis: Axis, rows: Sequence[Observation]) -> Any:
    """The observations of one rating on one axis as one value."""
    if axis.type == "multi_select":
        ticked = {row.variable for row in rows if row.value == "yes"}
        return [option.value for option in axis.options if f"{axis.id}.{option.value}" in ticked]
    if axis.type == "rank":
        return [int(row.part) for row in sorted(rows, key=lambda row: int(row.value))]
    if axis.type == "spans":  # without the notes, which are the rater's own words
        spans = msgspec.json.decode(rows[0].value)
        return [{name: each for name, each in span.items() if name != "note"} for span in spans]
    if axis.type in ("interval", "number"):
        return rows[0].number
    named = [row.value for row in rows if row.variable == axis.id]
    return named[0] if named else "neither"  # a pair of which neither was acceptable has no other observation


def decisions(study: Study, unit: str, part: str, axis: str) -> list[Adjudication]:
    """What was decided of a unit on an axis, the newest first: that one counts."""
    rows = Adjudication.objects.select_related("adjudicator").filter(study=study, unit=unit, part=part)
    return list(rows.filter(variable=axis))


def decided_value(axis: Axis, stored: str) -> Any:
    """The value of a decision as `value_of` gives that of a rating."""
    if axis.type in ("interval", "number"):
        return float(stored)
    is_json = axis.type in ("multi_select", "rank", "spans")
    return msgspec.json.decode(stored) if is_json else stored


def outcomes_for(membership: Membership) -> list[dict[str, Any]]:
    """What was decided of a rater's own cases, beside what they said, as feedback.

    Nothing while they still have screens to rate: nobody's judgement is to follow an adjudicator's.
    """
    own = membership.assignments.filter(state=Assignment.State.SUBMITTED, kind=Assignment.Kind.LIVE)
    is_open = membership.study.state == Study.State.OPEN
    if is_open and membership.assignments.filter(state__in=Assignment.WAITING).exists():
        return []
    by_unit = {row.unit: row for row in own.select_related("item")}
    rubric = rubrics.of_results(membership.study)
    told: dict[Key, dict[str, Any]] = {}
    for one in Adjudication.objects.filter(study=membership.study, unit__in=by_unit):
        axis = next((axis for axis in rubric.axes if axis.id == one.variable), None)
        if axis is None or (one.unit, one.part, one.variable) in told:
            continue
        rows = list(Observation.objects.filter(assignment=by_unit[one.unit], variable__startswith=axis.id))
        said = [row for row in rows if axis.type == "rank" or row.part == one.part]
        told[one.unit, one.part, one.variable] = {
            "assignment": by_unit[one.unit].pk,
            "item": by_unit[one.unit].item.key,
            "axis": axis,
            "part": one.part,
            "own": value_of(axis, said) if said else None,
            "decided": decided_value(axis, one.value),
            "explanation": one.explanation,
            "at": one.created_at,
        }
    return list(told.values())


def repairs(study: Study) -> list[Repair]:
    """Skipped screens whose reason points to the case, and what raters flagged; the oldest first."""
    flags = Flag.objects.select_related("assignment").filter(assignment__study=study)
    guard = guard_of(study)
    open_flags = flags.filter(resolved_at=None).order_by("created_at")
    settled = flags.exclude(resolved_at=None).values("assignment")
    skipped = (
        Assignment.objects.filter(study=study, state=Assignment.State.SKIPPED, skip_reason__in=REPAIRED)
        .exclude(pk__in=settled)
        .filter(item__left_out="")
        .order_by("place", "pk")
    )
    found = [
        Repair("flag", str(one.pk), one.assignment.unit, one.assignment.item_id, "", guard.text(one.note))
        for one in open_flags
    ]
    found += [
        Repair("skip", str(row.pk), row.unit, row.item_id, row.skip_reason, guard.text(row.skip_note))
        for row in skipped
    ]
    names = keys_of(one.item for one in found)
    return [
        Repair(one.kind, one.pk, one.unit, one.item, one.reason, one.note, names[one.item]) for one in found
    ]


def _differing(study: Study, names: list[str]) -> Any:
    rows = (
        Observation.objects.filter(study=study, variable__in=names)
        .values("group", "variable", "unit", "part")
        .annotate(values_given=ArrayAgg("value"), different=Count("value", distinct=True))
        .filter(different__gt=1)
    )
    return rows.values_list("variable", "unit", "part", "values_given")


def _decided(study: Study) -> set[Key]:
    rows = Adjudication.objects.filter(study=study).values_list("unit", "part", "variable")
    return set(rows)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"A{number - 25}"


def axis_variable(rubric: Rubric, axis: Axis) -> Variable:
    """The variable an axis is measured by; of a multi-select the first."""
    return next(each for each in variables(rubric) if each.axis == axis.id)
