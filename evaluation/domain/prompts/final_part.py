"""What a model says in the end, for people who read a record. Scores never depend on it: see `answers`.

The order is BRIDGE's: after the reasoning, after the mode's marker, after a raw "assistantfinal".
"""

from __future__ import annotations

import re

CLOSED, CHANNEL = "</think>", "assistantfinal"


def without_reasoning(text: str) -> str:
    """What follows the first "</think>" and the first "assistantfinal"; all of it where nothing does."""
    return _after(_after(text, CLOSED), CHANNEL).strip() or text.strip()


def final_part(text: str, marker: str) -> str:
    """What follows the reasoning, then the first `marker` (in any case), then "assistantfinal"."""
    return _after(_after(_after(text, CLOSED), marker), CHANNEL).strip()


def _after(text: str, mark: str) -> str:
    """The text after the first `mark`, all of it where there is none or the mark is empty."""
    found = re.search(re.escape(mark), text, re.IGNORECASE) if mark else None
    return text[found.end() :] if found else text
