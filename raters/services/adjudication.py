"""Deciding where raters differ, and settling what they could not rate. No rating is ever touched."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from raters.domain.rubric import Axis, verdict
from raters.domain.rubric.answer import shown_at
from raters.domain.rubric.case import Screen
from raters.domain.rubric.values import read_answer
from raters.models import Adjudication, Assignment, Flag, Study
from raters.selectors import adjudication as desk
from raters.selectors.disagreement import CaseView
from raters.services import studies
from raters.services.refusals import NotFoundError, RefusalError

LONGEST = 4_000
NEEDED = "Write in a sentence why: raters read it as feedback, and the guideline is mended by it."


def decide(
    adjudicator: User, view: CaseView, part: str, axis: Axis, value: Any, explanation: str, change: bool
) -> Adjudication:
    """Keep a decision beside the ratings; one made before stays on record and counts no more.

    `value` is an answer to the axis as on the rating screen, in terms of the sides of `view`. RefusalError
    says what is missing.
    """
    if not explanation.strip():
        raise RefusalError(NEEDED)
    ratings = desk.ratings_for(view.study, view.rubric, view.unit, part, axis)
    if not ratings:
        raise NotFoundError(gettext("Nobody has rated this."))
    canonical = _canonical(axis, part, value, view.screen)
    shown = [
        {"letter": one.letter, "assignment": one.assignment, "group": one.group, "value": one.value}
        for one in ratings
    ]
    return Adjudication.objects.create(
        study=view.study,
        item=view.item,
        unit=view.unit,
        part=part,
        variable=axis.id,
        value=canonical if isinstance(canonical, str) else msgspec.json.encode(canonical).decode(),
        explanation=explanation.strip()[:LONGEST],
        guideline_change=change,
        shown=shown,
        adjudicator=adjudicator,
    )


def _canonical(axis: Axis, part: str, value: Any, screen: Screen) -> Any:
    """The value in terms of canonical answers, checked as a rater's is."""
    if axis.type == "checklist":
        if value not in ("met", "not_met"):
            raise RefusalError(gettext("Say whether the criterion is met."))
        return value
    position = screen.order.index(int(part)) + 1 if part else 1
    answer = read_answer(axis, value, shown_at(screen, position))
    if answer.findings or answer.value is None:
        said = answer.findings[0].message if answer.findings else "choose an answer"
        raise RefusalError(f"{said[:1].upper()}{said[1:]}.")
    if axis.type == "pairwise":
        return verdict(answer.value, screen.order)
    if axis.type == "rank":
        return [screen.order[place - 1] for place in answer.value]
    return answer.value


@transaction.atomic
def settle_flag(study: Study, pk: int, resolution: str) -> None:
    """Say what was done about a flag."""
    if not resolution.strip():
        raise RefusalError(gettext("Say in a few words what was done about it."))
    settled = Flag.objects.filter(pk=pk, assignment__study=study, resolved_at=None).update(
        resolved_at=timezone.now(), resolution=resolution.strip()[:LONGEST]
    )
    if not settled:
        raise NotFoundError(gettext("This was settled already."))


@transaction.atomic
def settle_skip(study: Study, pk: uuid.UUID, resolution: str, action: str) -> None:
    """Settle a skipped screen: "accept" the skip, "ask" the rater again, or "leave out" the item for all."""
    if not resolution.strip():
        raise RefusalError(gettext("Say in a few words what was done about it."))
    skipped = Assignment.objects.select_for_update(no_key=True, of=("self",)).select_related("item")
    row = skipped.filter(pk=pk, study=study, state=Assignment.State.SKIPPED).first()
    if row is None:
        raise NotFoundError(gettext("This was settled already."))
    written = resolution.strip()[:LONGEST]
    if action == "leave out":
        studies.leave_out(row.item, written)
    elif action == "ask":
        if study.state != Study.State.OPEN:
            raise RefusalError(gettext("The study is closed: its raters cannot be asked again."))
        Assignment.objects.filter(pk=pk).update(
            state=Assignment.State.PLANNED, skip_reason="", skip_note="", lease_until=None
        )
    elif action != "accept":
        raise RefusalError(gettext("Accept the skip, ask the rater again, or leave the item out."))
    Flag.objects.create(
        assignment=row,
        note=f"Skipped: {row.skip_reason}. {row.skip_note}".strip(),
        resolved_at=timezone.now(),
        resolution=written,
    )


def value_from_form(axis: Axis, form: Mapping[str, Any], picked: list[str], spans: Any) -> Any:
    """What a plain form sends for an axis, as a rating holds it."""
    if axis.type == "multi_select":
        return picked
    if axis.type == "spans":
        return spans
    text = str(form.get("value", "")).strip()
    if axis.type in ("interval", "number"):
        return _number(text)
    if axis.type == "rank":
        return _rank(form)
    return text or None


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise RefusalError(gettext("Write a number, 3 or 3.5.")) from None


def _rank(form: Mapping[str, Any]) -> list[int]:
    """From the place of each position to the positions, best first."""
    places = {
        int(key[6:]): str(place)
        for key, place in form.items()
        if key[:6] == "place-" and key[6:].isascii() and key[6:].isdigit()
    }
    if sorted(places.values()) != [str(number) for number in range(1, len(places) + 1)]:
        raise RefusalError(gettext("Give each answer a place of its own, 1 for the best."))
    return sorted(places, key=lambda position: int(places[position]))
