"""Names of raters: codes stay as published, anything that could name a person is replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable

# a letter or a role with a short number, or a short number alone; longer ones may be those of a register
CODE = re.compile(
    r"(?:(?:[a-z]|rater|reader|annotator|worker|judge|expert|physician)[ _-]?)?\d{1,5}", re.IGNORECASE
)


def coded(names: Iterable[str]) -> dict[str, str]:
    """Name → code. All stay where all are codes; else all become rater-1, rater-2 … in the order given."""
    given = list(dict.fromkeys(names))
    if all(CODE.fullmatch(name) for name in given):
        return {name: name for name in given}
    return {name: f"rater-{number}" for number, name in enumerate(given, start=1)}
