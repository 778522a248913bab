"""What stands about a submission's place on the boards, for pages of other apps."""

from __future__ import annotations

from typing import Any

from django import template

from leaderboard.selectors.control import control_of

register = template.Library()


@register.inclusion_tag("leaderboard/_standing.html")
def standing_of(submission: Any, own: bool, viewer: Any) -> dict[str, Any]:
    """Hidden, withdrawn, private or without a name; and where that can be changed or flagged."""
    return {
        "submission": submission,
        "own": own,
        "signed_in": viewer.is_authenticated,
        "control": control_of(submission),
    }
