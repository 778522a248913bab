"""The scale people know from chess, for display: 400 points are odds of ten to one, 1000 is the mean system.

Ratings are never estimated by Elo's updates here: those depend on the order in which votes happened to come.
`sequential_elo` is there to reproduce figures that others published that way.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from leaderboard.domain.ranking.votes import Vote

POINTS_PER_LOGIT = 400 / log(10)
MEAN = 1000.0

_POINTS = {"first": 1.0, "tie": 0.5, "second": 0.0}


def elo_scale(logits: float) -> float:
    """1000 + 400 / ln 10 times the logits above the mean of the systems."""
    return MEAN + POINTS_PER_LOGIT * logits


def sequential_elo(votes: Iterable[Vote], *, k: float, start: float = MEAN) -> dict[str, float]:
    """Elo's ratings (1978) after these votes in this order; `k` is the most that one vote can move them.

    Votes that found both unacceptable move nothing.
    """
    ratings: dict[str, float] = {}
    for vote in votes:
        if vote.outcome == "both bad":
            continue
        first, second = ratings.setdefault(vote.first, start), ratings.setdefault(vote.second, start)
        expected = 1 / (1 + 10 ** ((second - first) / 400))
        gain = k * (_POINTS[vote.outcome] - expected)
        ratings[vote.first], ratings[vote.second] = first + gain, second - gain
    return ratings
