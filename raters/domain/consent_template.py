"""A consent text to begin with. It says what the platform does; what the study does its coordinator adds."""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = Path(__file__).parents[1] / "specs" / "preview" / "consent.md"


def consent_template(minutes: float) -> str:
    """Markdown, with what only the coordinator knows in square brackets. `minutes` for one screen."""
    return _TEMPLATE.read_text(encoding="utf-8").replace("{minutes}", f"{minutes:g}")


def is_unfinished(text: str) -> bool:
    """Does a consent text still hold places of the template that were to be filled in?"""
    template = _TEMPLATE.read_text(encoding="utf-8")
    places = [part.split("]")[0] for part in template.split("[")[1:]]
    return any(f"[{place}]" in text for place in places)
