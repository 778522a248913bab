"""From who rates what to what each rater sees: the order of items, of answers, and the sides of pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.assignment.order import Orders, screens, spread_out, williams
from raters.domain.assignment.sides import Cell, lower_left
from raters.domain.assignment.specification import Content, Design

Sequence2 = tuple[tuple[str, ...], ...]


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
    screens: Sequence2


def present(
    given: Sequence[Given],
    design: Design,
    systems: Sequence[str],
    raters: int,
    *,
    shown: Mapping[int, Sequence[Sequence2]],
    draw: int,
) -> list[Presented]:
    """Places and screens for new assignments; `shown` holds, by rater, the screens of kept ones."""
    placed = _placed(given, {rater: len(kept) for rater, kept in shown.items()}, design.seed, draw)
    # the coin and the renaming belong to the design, not to the draw: a re-planning must go on with them
    generator = np.random.default_rng([design.seed, 0])
    labels = generator.permutation(len(systems)).tolist()
    turned = bool(generator.integers(2))
    number = {system: n for n, system in enumerate(systems)}
    before = {r: [[[number[s] for s in screen] for screen in one] for one in kept] for r, kept in shown.items()}
    if design.task == "pairwise":
        return _pairs(placed, systems, before, turned)
    return _answers(placed, systems, labels, before, raters, design.screen_size)


def _placed(given: Sequence[Given], start: Mapping[int, int], seed: int, draw: int) -> list[tuple[Given, int]]:
    """Each rater meets the items in an order of their own, the overlap spread evenly over it."""
    by_rater: dict[int, list[Given]] = defaultdict(list)
    for one in given:
        by_rater[one.rater].append(one)
    placed = []
    for rater in sorted(by_rater):
        generator = np.random.default_rng([seed, draw, rater])
        own = [by_rater[rater][n] for n in generator.permutation(len(by_rater[rater]))]
        order = spread_out([one.overlap for one in own])
        placed += [(own[n], start.get(rater, 0) + place) for place, n in enumerate(order)]
    return placed


def _answers(
    placed: list[tuple[Given, int]],
    systems: Sequence[str],
    labels: list[int],
    before: Mapping[int, list[list[list[int]]]],
    raters: int,
    screen_size: int,
) -> list[Presented]:
    orders = Orders(len(systems), raters, labels)
    for rater, kept in before.items():
        for one in kept:
            orders.note(rater, [s for screen in one for s in screen])
    orders.start_at(sum(len(kept) for kept in before.values()) % len(williams(len(systems))))
    presented = []
    for one, place in placed:
        named = [systems[s] for s in orders.deal(one.rater, one.content[0])]
        presented.append(Presented(one, place, screens(named, screen_size)))
    return presented


def _pairs(
    placed: list[tuple[Given, int]],
    systems: Sequence[str],
    before: Mapping[int, list[list[list[int]]]],
    turned: bool,
) -> list[Presented]:
    """The pairs of a block start one further at each block, so that no pair always comes first."""
    turns = [_rotated(one.content, place) for one, place in placed]
    cells: list[Cell] = [
        (one.rater, *_sorted(pair)) for (one, _), pairs in zip(placed, turns, strict=True) for pair in pairs
    ]
    seen = [
        ((rater, *_sorted(screen)), screen[0] < screen[1])
        for rater, kept in before.items()
        for one in kept
        for screen in one
    ]
    sides = iter(zip(cells, lower_left(cells, seen, turned=turned), strict=True))
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
