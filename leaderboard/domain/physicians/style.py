"""How an answer looks, in numbers: what a ranking can hold equal (see leaderboard.domain.ranking.style)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from evaluation.domain.estimates import Floats
from leaderboard.domain.ranking import relative_difference

FEATURES = ("length", "list items", "headings", "bold passages")
_LIST = re.compile(r"^[ \t]*(?:[-*+•‣·]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]+\*\*|__(?=\S)[^_\n]+__")


def looks(text: str) -> tuple[float, ...]:
    """Of `FEATURES`: characters, and how many items of lists, headings and bold passages."""
    return (
        float(len(text.strip())),
        float(len(_LIST.findall(text))),
        float(len(_HEADING.findall(text))),
        float(len(_BOLD.findall(text))),
    )


def differences(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> dict[str, Floats]:
    """Of n pairs as shown, how far the first exceeds the second: (n,) of each feature that ever differs."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    found = {}
    for at, name in enumerate(FEATURES):
        relative = relative_difference(one[:, at], other[:, at])
        if relative.std() > 0:
            found[name] = relative
    return found
