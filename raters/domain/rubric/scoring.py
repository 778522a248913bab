"""Scores of one rating, by name.

    axis.score             checklist: Σ points of criteria met / Σ positive points (HealthBench; Arora et al.
                           2025); below 0 where faults outweigh, absent where no criterion has positive points
    axis.coverage          checklist: share of the criteria with positive points that are met
    axis.must_ask          the same over must-ask criteria
    axis.coverage_by_turn  by turn 1 … n: share of the criteria with positive points met up to that turn
    axis.preferred         pairwise: "a", "b", …; the answer preferred, whichever way the question asks
    axis.option.preferred  a multi-select shown on a choice between two: the preference where the option is
                           ticked, else "tie" (EquityMedQA's reading of a kind of bias)
    axis.top_bin           "yes" where the option is one counted in the headline percentage
    axis.place             rank: place of each answer, from 1
    id of a derived variable   "yes" or "no"

Names of an axis asked of every answer, and "axis.place", end in ".0", ".1", … for the canonical answer. A
criterion that could not be judged is left out of sums above and below the line; a score with nothing below
the line is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from raters.domain.rubric.answer import shown_at
from raters.domain.rubric.case import Criterion, Screen
from raters.domain.rubric.observing import answered, observations
from raters.domain.rubric.pairs import preferred, verdict
from raters.domain.rubric.rubric import Axis, Payload, Rubric

Score = float | str | tuple[float, ...]
Named = tuple[str, Score]


def scores(rubric: Rubric, payload: Payload, screen: Screen) -> dict[str, Score]:
    """Every score a canonical payload, as `check` returns it, has."""
    found: dict[str, Score] = {}
    for axis in rubric.axes:
        for part, value in answered(axis, payload, screen):
            for name, score in _SCORERS.get(axis.type, _top_bin)(axis, value, screen, part):
                found[_named(f"{axis.id}.{name}", part)] = score
    for axis in rubric.axes:
        found.update(_preferred_by_option(rubric, axis, payload, found))
    derived = {made.id for made in rubric.derived}
    for observed in observations(rubric, payload, screen):
        if observed.variable in derived:
            found[_named(observed.variable, observed.part)] = observed.value
    return found


def checklist_score(points_and_met: Sequence[tuple[float, bool]]) -> float | None:
    """Σ points of what is met / Σ positive points; None where no points are positive."""
    possible = sum(points for points, _ in points_and_met if points > 0)
    return sum(points for points, met in points_and_met if met) / possible if possible else None


def _named(name: str, part: str) -> str:
    return f"{name}.{part}" if part else name


def _checklist(axis: Axis, value: Any, screen: Screen, part: str) -> Iterator[Named]:
    judged = [
        (criterion, value[criterion.id])
        for criterion in screen.case.criteria
        if criterion.id in value and value[criterion.id]["met"] != "cannot_judge"
    ]
    score = checklist_score([(criterion.points, entry["met"] == "met") for criterion, entry in judged])
    if score is None:
        return
    wanted = [(criterion, entry) for criterion, entry in judged if criterion.points > 0]
    yield "score", score
    yield "coverage", _share_met(wanted)
    if must := [(criterion, entry) for criterion, entry in wanted if criterion.must_ask]:
        yield "must_ask", _share_met(must)
    if axis.evidence:
        position = screen.order.index(int(part)) + 1 if part else 1
        yield "coverage_by_turn", _by_turn(wanted, shown_at(screen, position).turns)


def _share_met(entries: Sequence[tuple[Criterion, Any]]) -> float:
    met = [entry for _, entry in entries if entry["met"] == "met"]
    return len(met) / len(entries)


def _by_turn(entries: Sequence[tuple[Criterion, Any]], turns: int) -> tuple[float, ...]:
    """A criterion met without a pinned turn counts at the last one."""
    met_at = [entry.get("turn", turns) for _, entry in entries if entry["met"] == "met"]
    return tuple(sum(turn <= now for turn in met_at) / len(entries) for now in range(1, turns + 1))


def _pairwise(axis: Axis, value: Any, screen: Screen, part: str) -> Iterator[Named]:
    yield "preferred", preferred(axis, verdict(value, screen.order))


def _rank(axis: Axis, value: Any, screen: Screen, part: str) -> Iterator[Named]:
    for place, position in enumerate(value, start=1):
        yield f"place.{screen.order[position - 1]}", float(place)


def _top_bin(axis: Axis, value: Any, screen: Screen, part: str) -> Iterator[Named]:
    top = {option.value for option in axis.options if option.top_bin}
    if top and isinstance(value, str):
        yield "top_bin", "yes" if value in top else "no"


def _preferred_by_option(
    rubric: Rubric, axis: Axis, payload: Payload, found: dict[str, Score]
) -> dict[str, Score]:
    if axis.type != "multi_select" or axis.shown_if is None:
        return {}
    choice = rubric.axis(axis.shown_if.axis)
    preference = found.get(f"{choice.id}.preferred")
    ticked = payload.get(axis.id, [])
    if preference is None or not isinstance(ticked, list):
        return {}
    return {
        f"{axis.id}.{option.value}.preferred": preference if option.value in ticked else "tie"
        for option in axis.options
    }


_SCORERS: dict[str, Callable[[Axis, Any, Screen, str], Iterator[Named]]] = {
    "checklist": _checklist,
    "pairwise": _pairwise,
    "rank": _rank,
}
