"""From who rates what to what each rater sees: the order of items, of answers, and the sides of pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.assignment.order import Orders, screens, spread_out
from raters.domain.assignment.sides import Cell, lower_left
from raters.domain.assignment.specification import Content, Design

Screens = tuple[tuple[str, ...], ...]
Numbers = list[list[int]]  # screens in system numbers


@dataclass(frozen=True, slots=True)
class Shown:
    """What a rater was shown before, at its place in the sequence."""

    place: int
    screens: Screens


@dataclass(frozen=True, slots=True)
class Given:
    """A block given to a rater: their numbers, what is shown, and whether it belongs to the overlap."""

    block: int
    rater: int
    content: Content
    overlap: bool


@dataclass(frozen=True, slots=True)
class Presented:
    """The same with its place in the rater's sequence and its screens."""

    given: Given
    place: int
    screens: Screens


def system_labels(design: Design, at_start: int, now: int) -> list[int]:
    """The system at each place of the design, drawn once: by it all systems open a block equally likely.

    Systems that came late keep their numbers; they are balanced, but were not drawn.
    """
    order = np.random.default_rng([design.seed, 0]).permutation(at_start)
    return [int(system) for system in order] + list(range(at_start, now))


def present(
    given: Sequence[Given],
    design: Design,
    systems: Sequence[str],
    labels: Sequence[int],
    before: Mapping[int, Sequence[Shown]],
    draw: int,
) -> list[Presented]:
    """Places and screens for new assignments, going on from what each rater was shown `before`."""
    start = {rater: max(one.place for one in kept) + 1 for rater, kept in before.items()}
    placed = _placed(given, start, design.seed, draw)
    number = {system: n for n, system in enumerate(systems)}
    seen = [
        (rater, [[number[system] for system in screen] for screen in one.screens])
        for rater, kept in before.items()
        for one in kept
    ]
    if design.task == "pairwise":
        # the coin belongs to the design, not to the draw: a re-planning must go on with it
        turned = bool(np.random.default_rng([design.seed, 3]).integers(2))
        return _pairs(placed, systems, seen, turned)
    return _answers(placed, systems, labels, seen, design.screen_size)


def _placed(
    given: Sequence[Given], start: Mapping[int, int], seed: int, draw: int
) -> list[tuple[Given, int]]:
    """Each rater meets the items in an order of their own, the overlap spread evenly over it."""
    by_rater: dict[int, list[Given]] = defaultdict(list)
    for one in given:
        by_rater[one.rater].append(one)
    placed = []
    for rater in sorted(by_rater):
        generator = np.random.default_rng([seed, draw, 4, rater])
        own = [by_rater[rater][n] for n in generator.permutation(len(by_rater[rater]))]
        order = spread_out([one.overlap for one in own])
        placed += [(own[n], start.get(rater, 0) + place) for place, n in enumerate(order)]
    return placed


def _answers(
    placed: list[tuple[Given, int]],
    systems: Sequence[str],
    labels: Sequence[int],
    seen: list[tuple[int, Numbers]],
    screen_size: int,
) -> list[Presented]:
    raters = 1 + max([one.rater for one, _ in placed] + [rater for rater, _ in seen], default=0)
    orders = Orders(len(systems), raters, labels)
    for rater, kept in seen:
        orders.note(rater, [system for screen in kept for system in screen])
    presented = []
    for one, place in placed:
        named = [systems[s] for s in orders.deal(one.rater, one.content[0])]
        presented.append(Presented(one, place, screens(named, screen_size)))
    return presented


def _pairs(
    placed: list[tuple[Given, int]],
    systems: Sequence[str],
    seen: list[tuple[int, Numbers]],
    turned: bool,
) -> list[Presented]:
    """The pairs of a block start one further at each block, so that no pair always comes first."""
    turns = [_rotated(one.content, place) for one, place in placed]
    cells: list[Cell] = [
        (one.rater, *_sorted(pair)) for (one, _), pairs in zip(placed, turns, strict=True) for pair in pairs
    ]
    shown_before = [
        ((rater, *_sorted(screen)), screen[0] < screen[1]) for rater, kept in seen for screen in kept
    ]
    sides = iter(zip(cells, lower_left(cells, shown_before, turned=turned), strict=True))
    presented = []
    for (one, place), pairs in zip(placed, turns, strict=True):
        shown = tuple(_sided(systems, *next(sides)) for _ in pairs)
        presented.append(Presented(one, place, shown))
    return presented


def _rotated(content: Content, by: int) -> Content:
    start = by % len(content)
    return content[start:] + content[:start]


def _sorted(pair: Sequence[int]) -> tuple[int, int]:
    return min(pair), max(pair)


def _sided(systems: Sequence[str], cell: Cell, left: bool) -> tuple[str, str]:
    low, high = systems[cell[1]], systems[cell[2]]
    return (low, high) if left else (high, low)
