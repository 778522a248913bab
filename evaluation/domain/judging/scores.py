"""From verdicts on criteria to the score of an answer: HealthBench's points, coverage of must-ask items.

A judge's score is a judge's: nothing here is to be shown as a physician's. A criterion without a verdict is
left out above and below the line, and a score with nothing below the line is None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Judged(NamedTuple):
    """A criterion with its points, which may be negative for faults, and the verdict on it."""

    points: float
    met: bool | None
    turn: int | None = None


def points_score(judged: Sequence[Judged]) -> float | None:
    """Σ points of what is met / Σ positive points (HealthBench; Arora et al. 2025); may be below 0."""
    read = [each for each in judged if each.met is not None]
    possible = sum(each.points for each in read if each.points > 0)
    return sum(each.points for each in read if each.met) / possible if possible else None


def mean_score(scores: Sequence[float | None]) -> float | None:
    """The mean of the answers' scores, cut to 0 and 1 as HealthBench does; None counts for nothing."""
    known = [score for score in scores if score is not None]
    return min(1.0, max(0.0, sum(known) / len(known))) if known else None


def coverage(judged: Sequence[Judged]) -> float | None:
    """The share of the criteria with positive points that are met: must-ask items asked."""
    read = _wanted(judged)
    return sum(bool(each.met) for each in read) / len(read) if read else None


def coverage_by_turn(judged: Sequence[Judged], turns: int) -> tuple[float, ...]:
    """By turn 1 … `turns` of the doctor: the share of items asked up to it.

    An item asked at no named turn counts at the last. () where there is no verdict on any item.
    """
    read = _wanted(judged)
    at = [min(each.turn or turns, turns) for each in read if each.met]
    return tuple(sum(turn <= now for turn in at) / len(read) for now in range(1, turns + 1)) if read else ()


def _wanted(judged: Sequence[Judged]) -> list[Judged]:
    return [each for each in judged if each.met is not None and each.points > 0]
