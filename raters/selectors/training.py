"""What a training item teaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from raters.domain.quality import agreement_with_expected
from raters.domain.rubric import Payload
from raters.models import Assignment, StudyItem
from raters.selectors import rubrics


def feedback_of(assignment: Assignment, payload: Payload) -> list[dict[str, Any]]:
    """Of a stored training screen."""
    return feedback(assignment.item_id, assignment.rubric_id, assignment.order, payload)


def feedback(item: int, rubric: int, order: Sequence[int], payload: Payload) -> list[dict[str, Any]]:
    """Axis by axis what was expected of the answers in this order; empty where nothing is."""
    expected = StudyItem.objects.values_list("expected", flat=True).get(pk=item)
    if not expected:
        return []
    lines = agreement_with_expected(rubrics.rubric_of(rubric), payload, expected["payload"], order)
    return [asdict(line) for line in lines]


def explanation_of(assignment: Assignment) -> str:
    """Why the expected rating is the right one, in the coordinator's words."""
    expected = assignment.item.expected or {}
    return str(expected.get("explanation", ""))
