"""Many screens at once, in two queries: what counting, exports and results read ratings against."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import msgspec

from raters.domain.rubric.case import Case, Screen, ShownAnswer
from raters.models import Assignment, StudyAnswer, StudyItem


def screens_of(assignments: Iterable[Assignment]) -> dict[uuid.UUID, Screen]:
    """What each assignment shows, in the order stored with it."""
    rows = list(assignments)
    wanted = {answer for row in rows for answer in row.answers}
    stored = StudyAnswer.objects.filter(pk__in=wanted).values_list("pk", "shown")
    answers = {pk: msgspec.convert(shown, ShownAnswer) for pk, shown in stored}
    contents = StudyItem.objects.filter(pk__in={row.item_id for row in rows}).values_list("pk", "content")
    cases = {pk: msgspec.convert(content, Case) for pk, content in contents}
    return {
        row.pk: Screen(
            case=cases[row.item_id],
            answers=tuple(answers[row.answers[place]] for place in row.order),
            order=tuple(row.order),
        )
        for row in rows
    }
