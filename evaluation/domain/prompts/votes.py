"""Plurality among samples, each as the task's own reader understood it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

# what samples of a judge agree on: the errors or the turn they give beside it would split every vote
_DECISIVE = {"risk_label": "risk", "criterion": "met", "preference": "preference"}


def vote_of(family: str, read: Any | None) -> Any | None:
    """What a sample votes for: its reading, of a judge's the verdict alone. JSON."""
    field = _DECISIVE.get(family)
    return read if read is None or field is None else read[field]


def plurality(values: Sequence[Any | None]) -> int | None:
    """The place of the first sample with the most frequent value; of equally frequent values the first seen.

    None is a sample nothing could be read from: it has no vote. None where nothing was read from any.
    """
    said = [None if value is None else _written(value) for value in values]
    votes = Counter(value for value in said if value is not None)
    if not votes:
        return None
    winner, _ = votes.most_common(1)[0]  # of equal counts the one inserted first
    return said.index(winner)


def tally(values: Sequence[Any | None]) -> list[dict[str, Any]]:
    """Every value with its votes, the most frequent first, equally frequent ones as first seen."""
    votes = Counter(_written(value) for value in values if value is not None)
    return [{"value": json.loads(value), "votes": number} for value, number in votes.most_common()]


def _written(value: Any) -> str:
    """Values are JSON, in which [] and {} have no hash; keys in order, so that equal ones are equal."""
    return json.dumps(value, sort_keys=True)
