"""Values of an axis as the adjudicator reads and chooses them, in terms of the page's own sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from raters.domain.rubric import Axis
from raters.selectors.adjudication import AnonymousRating
from raters.selectors.disagreement import CaseView

MOST_STEPS = 11


def shown_value(view: CaseView, axis: Axis, value: Any) -> str:
    """A value of a rating or a decision in words."""
    labels = {option.value: option.label for option in axis.options}
    if axis.type == "pairwise":
        return _pair(view, str(value))
    if axis.type == "multi_select":
        return ", ".join(labels[each] for each in value) or _("none of them")
    if axis.type == "rank":
        return " › ".join(_answer(view, number) for number in value)
    if axis.type == "spans":
        marked = (f"“{span['text']}” ({labels.get(span.get('category', ''), '')})" for span in value)
        return "; ".join(marked).replace(" ()", "") or _("nothing marked")
    if axis.type == "checklist":
        return {"met": _("met"), "not_met": _("not met")}.get(str(value), str(value))
    if axis.type in ("interval", "number"):
        return f"{float(value):g}"
    return labels.get(str(value), str(value))


def choices_of(view: CaseView, axis: Axis, ratings: Sequence[AnonymousRating]) -> list[tuple[str, str, str]]:
    """(value, label, hint) to choose from where the axis has options; for passages, those of each rater."""
    if axis.type == "checklist":
        return [("met", _("Met"), ""), ("not_met", _("Not met"), "")]
    if axis.type == "spans":
        given = [
            (
                msgspec.json.encode(one.value).decode(),
                _("As %(rater)s marked it") % {"rater": one.letter},
                shown_value(view, axis, one.value),
            )
            for one in ratings
        ]
        return [*dict.fromkeys(given), ("[]", _("Nothing is to be marked"), "")]
    return [(option.value, option.label, option.anchor) for option in axis.options]


def widest_choice(axis: Axis) -> list[str]:
    """The steps of a short scale, each to become a button; none where it is long or open."""
    if axis.type != "interval" or axis.low is None or axis.high is None:
        return []
    step = axis.step or 1.0
    count = round((axis.high - axis.low) / step) + 1
    return [f"{axis.low + step * number:g}" for number in range(count)] if count <= MOST_STEPS else []


def _pair(view: CaseView, value: str) -> str:
    if value == "tie":
        return _("Tie")
    if value == "neither":
        return _("Neither is acceptable")
    answer = _answer(view, 0 if value.startswith("a") else 1)
    return _("%(answer)s, much") % {"answer": answer} if value.endswith("_much") else answer


def _answer(view: CaseView, canonical: int) -> str:
    return _("Answer %(number)d") % {"number": view.screen.order.index(canonical) + 1}
