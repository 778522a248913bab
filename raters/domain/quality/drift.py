"""Does a rater change over time? Severity, speed and twin detection, block by block, with an alarm.

Every rating is taken relative to the other raters of the same answer, each rater left out of the mean held
against him, so that a run of hard cases is not mistaken for a change. Blocks show the course; the alarm is a
two-sided CUSUM (Page 1954) on self-starting scores (Hawkins 1987): each value against the mean and standard
deviation of those before it has Student's t, and turned to a normal score is, in a steady rater, independent
of all the others whatever the rater's own mean and spread. The limit is set so that a steady rater raises
the alarm with the stated probability over the whole series (Markov chain of Brook & Evans 1972).

Time cannot show fatigue: readers who tire keep their pace. Read speed beside twin detection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Literal, TypeVar

import numpy as np
from scipy.special import stdtrit

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import LEVEL, wilson
from raters.domain.quality.cusum import Alarm, cusum

SeriesName = Literal["severity", "speed", "twin_detection"]
SeriesStatus = Literal["ok", "too_few_ratings", "undefined_no_comparison"]

_One = TypeVar("_One")

BLOCK = 20
FALSE_ALARM = 0.05
FEWEST = 12  # comparable ratings before anything is said


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRating:
    """One rating in a study. `number` orders a rater's ratings; `unit` is what is rated (answer and axis).

    Give counted live ratings: a rater's blinded repeats would be compared as further ratings of the unit.
    `seconds` of visible work; None where they were not measured.
    """

    rater: str
    unit: str
    number: int
    value: float
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPoint:
    """A block of ratings: its first and last number, how many are comparable, mean and 95 % interval."""

    first: int
    last: int
    n: int
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One course over time, for a chart.

    severity        rating less the others' mean, in the axis's unit, with the sign that makes strict positive
    speed           time over the others' median time for the same answer, as a ratio: 2 is twice as slow
    twin_detection  share of wrong twins rated worse than their answers
    alarm           None where none was raised, or none is kept (twin detection: too few for one)
    """

    name: SeriesName
    status: SeriesStatus
    reason: str
    points: tuple[BlockPoint, ...]
    alarm: Alarm | None
    false_alarm: float | None


def severity_drift(
    ratings: Sequence[TimedRating],
    rater: str,
    *,
    higher_is_stricter: bool = False,
    block: int = BLOCK,
    false_alarm: float = FALSE_ALARM,
) -> Series:
    """`ratings` are those of all raters on the units; others' ratings of a unit are averaged."""
    sign = 1.0 if higher_is_stricter else -1.0
    found = _against_others(ratings, rater, lambda one: one.value, np.mean)
    course = [(number, sign * (own - others)) for number, own, others in found]
    return _series("severity", course, block, false_alarm, lambda x: x)


def speed_drift(
    ratings: Sequence[TimedRating], rater: str, *, block: int = BLOCK, false_alarm: float = FALSE_ALARM
) -> Series:
    """Times are compared as ratios: logarithms are averaged, and turned back for the chart."""
    found = _against_others(ratings, rater, _seconds, np.median)
    course = [(number, log(own / others)) for number, own, others in found]
    return _series("speed", course, block, false_alarm, np.exp)


def twin_drift(noticed: Sequence[tuple[int, bool]], *, block: int = 5) -> Series:
    """`noticed` holds, for each pair, the number of its later rating and whether the twin was rated worse."""
    _require_block(block)
    course = sorted(noticed)
    if not course:
        reason = "no answer and its wrong twin have both been rated yet"
        return Series(
            name="twin_detection",
            status="undefined_no_comparison",
            reason=reason,
            points=(),
            alarm=None,
            false_alarm=None,
        )
    points = []
    for part in _parts(course, block):
        seen = sum(one for _, one in part)
        low, high = wilson(seen, len(part))
        points.append(
            BlockPoint(
                first=part[0][0], last=part[-1][0], n=len(part), value=seen / len(part), low=low, high=high
            )
        )
    return Series(
        name="twin_detection", status="ok", reason="", points=tuple(points), alarm=None, false_alarm=None
    )


def _against_others(
    ratings: Sequence[TimedRating],
    rater: str,
    read: Callable[[TimedRating], float | None],
    middle: Callable[[list[float]], np.floating],
) -> list[tuple[int, float, float]]:
    """(number, own, middle of the others) for each unit this rater and at least one other rated."""
    others: dict[str, list[float]] = defaultdict(list)
    own = []
    for one in ratings:
        value = read(one)
        if value is None:
            continue
        if one.rater == rater:
            own.append((one.number, one.unit, value))
        else:
            others[one.unit].append(value)
    return [
        (number, value, float(middle(others[unit]))) for number, unit, value in sorted(own) if others[unit]
    ]


def _seconds(one: TimedRating) -> float | None:
    """Nobody judges in no time: a zero is a clock that did not run."""
    return one.seconds if one.seconds is not None and one.seconds > 0 else None


def _series(
    name: SeriesName,
    course: list[tuple[int, float]],
    block: int,
    false_alarm: float,
    back: Callable[[float], float],
) -> Series:
    _require_block(block)
    status: SeriesStatus = "ok"
    reason, alarm = "", None
    if not course:
        status, reason = "undefined_no_comparison", "no answer of this rater has been rated by another yet"
    elif len(course) < FEWEST:
        status = "too_few_ratings"
        reason = f"{len(course)} ratings can be compared with others: {FEWEST} are the fewest for an alarm"
    else:
        numbers = [number for number, _ in course]
        alarm = cusum(np.array([value for _, value in course]), numbers, false_alarm)
    points = tuple(_point(part, back) for part in _parts(course, block))
    kept = false_alarm if status == "ok" else None
    return Series(name=name, status=status, reason=reason, points=points, alarm=alarm, false_alarm=kept)


def _parts(course: Sequence[_One], block: int) -> list[Sequence[_One]]:
    """Blocks of `block`; a last one of less than half joins the one before."""
    parts = [course[start : start + block] for start in range(0, len(course), block)]
    if len(parts) > 1 and 2 * len(parts[-1]) < block:
        parts[-2:] = [course[(len(parts) - 2) * block :]]
    return parts


def _point(part: Sequence[tuple[int, float]], back: Callable[[float], float]) -> BlockPoint:
    values: Floats = np.array([value for _, value in part])
    n, mean = len(values), float(values.mean())
    low = high = None
    if n > 1:
        half = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * float(values.std(ddof=1)) / sqrt(n)
        low, high = float(back(mean - half)), float(back(mean + half))
    return BlockPoint(first=part[0][0], last=part[-1][0], n=n, value=float(back(mean)), low=low, high=high)


def _require_block(block: int) -> None:
    if block < 2:
        raise ValueError(f"a block holds two ratings or more, got {block}")
