"""What one rating says of each system on its screen: values by column (see `asking`), and votes by axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from leaderboard.domain.physicians.asking import MOST_TURNS
from leaderboard.domain.ranking import Outcome
from raters.domain.rubric import Payload, Rubric, Screen, observations, preferred, scores, verdict
from raters.domain.rubric.answer import shown_at
from raters.domain.rubric.observing import answered
from raters.domain.rubric.rubric import Axis

_LISTED = ("score", "coverage", "must_ask")
_OUTCOMES: dict[str, Outcome] = {
    "a": "first",
    "a_much": "first",
    "tie": "tie",
    "b": "second",
    "b_much": "second",
}


@dataclass(frozen=True)
class Told:
    """`answer` is the canonical number of the answer, from 0."""

    key: str
    answer: int
    value: float


@dataclass(frozen=True)
class Compared:
    """A vote on two answers by their canonical numbers, the one shown first first."""

    axis: str
    first: int
    second: int
    outcome: Outcome


def told(rubric: Rubric, payload: Payload, screen: Screen) -> Iterator[Told]:
    """Every value a canonical payload gives; a word on the whole screen counts where it shows one answer."""
    for axis in rubric.axes:
        for part, value in answered(axis, payload, screen):
            if axis.type == "pairwise":
                yield from _shares_of_pair(axis, value, screen)
            elif axis.type == "rank":
                for place, position in enumerate(value, start=1):
                    yield Told(axis.id, screen.order[position - 1], float(place))
            elif (answer := _answer(part, screen)) is not None:
                yield from (Told(key, answer, number) for key, number in _of_one(axis, value, screen, answer))
    yield from _scored(rubric, payload, screen)


def votes(rubric: Rubric, payload: Payload, screen: Screen) -> Iterator[Compared]:
    """The comparisons in a canonical payload, as shown; the better answer wins, whatever was asked."""
    if len(screen.order) != 2:
        return
    first, second = screen.order
    for axis in rubric.axes:
        if axis.type != "pairwise":
            continue
        for _, value in answered(axis, payload, screen):
            chosen = preferred(axis, verdict(value, screen.order))
            outcome: Outcome = "both bad" if chosen == "neither" else _OUTCOMES[chosen]
            if first == 1 and outcome in ("first", "second"):  # canonical numbers, turned as they stood
                outcome = "second" if outcome == "first" else "first"
            yield Compared(axis.id, first, second, outcome)


def longest_talk(screen: Screen) -> int:
    """Turns of the longest consultation on a screen, as far as a board has columns for them."""
    return min(max(shown_at(screen, at + 1).turns for at in range(len(screen.answers))), MOST_TURNS)


def _answer(part: str, screen: Screen) -> int | None:
    return int(part) if part else 0 if len(screen.order) == 1 else None


def _of_one(axis: Axis, value: Any, screen: Screen, answer: int) -> Iterator[tuple[str, float]]:
    if axis.type in ("binary", "nominal", "ordinal"):
        yield from _choice(axis, value)
    elif axis.type in ("interval", "number"):
        yield axis.id, float(value)
    elif axis.type == "multi_select":
        yield from ((f"{axis.id}.{option.value}", float(option.value in value)) for option in axis.options)
    elif axis.type == "spans":
        yield f"{axis.id}.count", float(len(value))
    elif axis.type == "checklist" and axis.evidence:
        yield from _by_turn(axis, value, screen, answer)


def _choice(axis: Axis, value: str) -> Iterator[tuple[str, float]]:
    top = {option.value for option in axis.options if option.top_bin}
    if top:
        yield axis.id, float(value in top)
    for level, option in enumerate(axis.options, start=1):
        yield f"{axis.id}@{option.value}", float(value == option.value)
        if axis.type == "ordinal" and value == option.value:
            yield (f"{axis.id}.level" if top else axis.id), float(level)


def _by_turn(axis: Axis, value: Any, screen: Screen, answer: int) -> Iterator[tuple[str, float]]:
    judged = [
        (criterion, value[criterion.id])
        for criterion in screen.case.criteria
        if criterion.points > 0 and criterion.id in value and value[criterion.id]["met"] != "cannot_judge"
    ]
    asked = [entry for criterion, entry in judged if criterion.must_ask] or [entry for _, entry in judged]
    turns = shown_at(screen, screen.order.index(answer) + 1).turns
    if not asked or not turns:
        return
    met_at = [entry.get("turn", turns) for entry in asked if entry["met"] == "met"]
    for turn in range(1, MOST_TURNS + 1):
        yield f"{axis.id}@turn-{turn}", sum(at <= turn for at in met_at) / len(asked)


def _shares_of_pair(axis: Axis, value: str, screen: Screen) -> Iterator[Told]:
    chosen = preferred(axis, verdict(value, screen.order))
    if chosen == "neither":
        return
    for answer, own in ((0, "a"), (1, "b")):
        won, tied = chosen.startswith(own), chosen == "tie"
        yield Told(f"{axis.id}.preferred", answer, float(won))
        yield Told(f"{axis.id}.tied", answer, float(tied))
        yield Told(f"{axis.id}.other", answer, float(not won and not tied))


def _scored(rubric: Rubric, payload: Payload, screen: Screen) -> Iterator[Told]:
    lists = {axis.id for axis in rubric.axes if axis.type == "checklist"}
    for name, score in scores(rubric, payload, screen).items():
        axis_id, _, rest = name.partition(".")
        measure, _, part = rest.partition(".")
        answer = _answer(part, screen) if axis_id in lists and measure in _LISTED else None
        if answer is not None and isinstance(score, float):
            yield Told(f"{axis_id}.{measure}", answer, score)
    derived = {made.id for made in rubric.derived}
    for one in observations(rubric, payload, screen):
        answer = _answer(one.part, screen) if one.variable in derived else None
        if answer is not None:
            yield Told(one.variable, answer, float(one.value == "yes"))
