"""From sides of a screen to answers: what a choice between two says once the screen is turned back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

from raters.domain.rubric.rubric import Axis

Verdict = Literal["a_much", "a", "tie", "b", "b_much", "neither"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_OF_SIDE: dict[str, Verdict] = {
    "first_much": "a_much",
    "first": "a",
    "tie": "tie",
    "second": "b",
    "second_much": "b_much",
    "neither": "neither",
}
_TURNED: dict[Verdict, Verdict] = {
    "a_much": "b_much",
    "a": "b",
    "tie": "tie",
    "b": "a",
    "b_much": "a_much",
    "neither": "neither",
}


def verdict(value: str, order: Sequence[int]) -> Verdict:
    """A pairwise value as given, in terms of the answers: "a" is canonical answer 0 and "b" answer 1.

    KeyError for a value that is none of `PAIRWISE_VALUES`.
    """
    seen = _OF_SIDE[value]
    return seen if tuple(order) == (0, 1) else _TURNED[seen]


def preferred(axis: Axis, chosen: Verdict) -> Verdict:
    """The answer preferred: the one chosen, or the other one where choosing says "worse"."""
    return _TURNED[chosen] if axis.selected_means == "worse" else chosen


def ranked_pairs(rank: Sequence[int], order: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(winner, loser) of every two answers, as canonical numbers, from a rank by position, best first."""
    return tuple(combinations([order[position - 1] for position in rank], 2))


@dataclass(frozen=True)
class WinRate:
    """Votes on one pair. `games` are all but "neither", ties included; `rate` is wins of the side per game,
    None without games."""

    wins: int
    losses: int
    ties: int
    neither: int

    @property
    def votes(self) -> int:
        return self.games + self.neither

    @property
    def games(self) -> int:
        return self.wins + self.losses + self.ties

    @property
    def rate(self) -> float | None:
        return self.wins / self.games if self.games else None


def win_rate(preferences: Iterable[Verdict], side: Literal["a", "b"] = "a") -> WinRate:
    """Wins of one side; much or slightly preferred is a win alike. "Neither" is a vote and no game, as in
    MedArena's published count."""
    seen = list(preferences)
    other = "b" if side == "a" else "a"
    return WinRate(
        wins=seen.count(side) + sum(each == f"{side}_much" for each in seen),
        losses=sum(each in (other, f"{other}_much") for each in seen),
        ties=seen.count("tie"),
        neither=seen.count("neither"),
    )


def shares(verdicts: Iterable[Verdict]) -> dict[Verdict, float]:
    """Share of each verdict that occurred, in the order of the scale; they sum to 1. Empty without any."""
    seen = list(verdicts)
    return {name: seen.count(name) / len(seen) for name in VERDICTS if name in seen}
