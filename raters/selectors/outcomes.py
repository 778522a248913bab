"""What adjudicators decided about a rater's own cases, in words, as feedback."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from raters.domain.rubric import Axis
from raters.models import Assignment, Membership
from raters.selectors.adjudication import outcomes_for
from raters.selectors.held_texts import guard_of


@dataclass(frozen=True)
class Outcome:
    """One decision beside what the rater said, both with answers numbered as this rater saw them."""

    assignment: uuid.UUID
    axis: str
    own: str
    decided: str
    is_same: bool
    explanation: str
    at: datetime


def outcomes(membership: Membership) -> list[Outcome]:
    """By screen, in the order of work; the adjudicator's words as far as others may read them."""
    found, guard = outcomes_for(membership), guard_of(membership.study)
    rows = Assignment.objects.filter(pk__in={one["assignment"] for one in found})
    shown = {pk: (place, order) for pk, place, order in rows.values_list("pk", "place", "order")}
    told = [
        Outcome(
            one["assignment"],
            one["axis"].label,
            in_words(one["axis"], one["own"], shown[one["assignment"]][1]),
            in_words(one["axis"], one["decided"], shown[one["assignment"]][1]),
            one["own"] == one["decided"],
            guard.text(one["explanation"]),
            one["at"],
        )
        for one in found
    ]
    return sorted(told, key=lambda one: (shown[one.assignment][0], one.axis))


def in_words(axis: Axis, value: Any, order: Sequence[int]) -> str:
    """A value in terms of canonical answers, as its rater reads it: `order` says where each answer stood."""
    if value is None:
        return _("not judged")
    if axis.type == "pairwise":
        return _pair(str(value), order)
    if axis.type == "rank":
        return " › ".join(_answer(int(each), order) for each in value)
    if axis.type == "spans":
        return _("%(n)d passages marked") % {"n": len(value)}
    labels = {option.value: option.label for option in axis.options}
    if axis.type == "multi_select":
        return ", ".join(labels.get(each, each) for each in value) or _("none of these")
    if axis.type == "checklist":
        return {"met": _("met"), "not_met": _("not met")}.get(str(value), str(value))
    return f"{value:g}" if isinstance(value, float) else labels.get(value, str(value))


def _pair(value: str, order: Sequence[int]) -> str:
    if value in ("tie", "neither"):
        return _("a tie") if value == "tie" else _("neither")
    answer = _answer("ab".index(value[0]), order)
    return _("%(answer)s, clearly") % {"answer": answer} if value.endswith("_much") else answer


def _answer(number: int, order: Sequence[int]) -> str:
    place = order.index(number) + 1 if number in order else number + 1
    return _("answer %(n)d") % {"n": place}
