"""A consent text that changes while raters are at work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from raters.services import studies


@pytest.mark.django_db
def test_a_rating_begun_before_the_consent_text_changed_is_taken_and_the_next_screen_asks_anew(
    study: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    """What a rater agreed to when a screen was opened holds for that screen, so that no work is lost."""
    desk = as_rater(ann)
    begun = desk.take()
    desk.draft(begun, {"safe": "no"}, 0)
    studies.change(study, consent_text="You may leave. Answers are published.")
    assert desk.draft(begun, {"safe": "yes"}, 1).status_code == 200
    refused = desk.next()
    assert refused.status_code == 403
    assert "consent text" in refused.json()["detail"]
    assert desk.submit(begun, {"safe": "yes"}, revision=2).status_code == 200
    assert desk.next().status_code == 403
    assert desk.consent(2).status_code == 302
    assert desk.take() != begun
