"""What a study asks of its raters: the task, how many rate each item, and what is shown together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from raters.domain.assignment.designs import balanced_blocks, level_order

Task = Literal["rating", "pairwise"]
Content = tuple[tuple[int, ...], ...]  # sequences of system numbers that one assignment shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The design of a rating study, fixed before the first rating.

    task              "rating": answers rated on their own; "pairwise": two answers side by side
    prompt_blocked    all that is shown for an item goes to the same rater, in one block
    raters_per_item   raters of an ordinary item
    overlap_raters    raters of an item in the planned overlap, on which agreement is computed
    overlap_share     share of items in the overlap: a quarter rated twice buys a usable alpha for about
                      a tenth of the precision of the means
    systems_per_item  rating: systems shown for each item (None: all), in a balanced incomplete design
    pairs_per_item    pairwise: pairs shown for each item (None: all), dealt in rounds of disjoint pairs
    screen_size       most answers on one screen: beyond four or five, memory decides
    seed              of the only random step, which person and which item stands where in the plan
    """

    task: Task = "rating"
    prompt_blocked: bool = True
    raters_per_item: int = 1
    overlap_raters: int = 2
    overlap_share: float = 0.25
    systems_per_item: int | None = None
    pairs_per_item: int | None = None
    screen_size: int = 5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.raters_per_item < 1 or self.overlap_raters < self.raters_per_item:
            raise ValueError(
                f"{self.raters_per_item} raters per item and {self.overlap_raters} in the overlap: give at "
                "least 1, and at least as many in the overlap"
            )
        if not 0 <= self.overlap_share <= 1:
            raise ValueError(f"the overlap is a share from 0 to 1, got {self.overlap_share}")
        if self.screen_size < 1:
            raise ValueError(f"a screen shows at least one answer, got {self.screen_size}")
        foreign = self.pairs_per_item if self.task == "rating" else self.systems_per_item
        if foreign is not None:
            raise ValueError("systems_per_item is for task 'rating', pairs_per_item for task 'pairwise'")


def contents_by_turn(design: Design, systems: int) -> list[list[Content]]:
    """What is shown for the items of each turn; item n takes turn n modulo the length.

    One content is one assignment. Over a full round every system, and every pair of systems, is shown for
    the same number of items where a balanced design of that size is known.
    """
    shown = _pair_turns(design, systems) if design.task == "pairwise" else _system_turns(design, systems)
    if design.prompt_blocked:
        return [[tuple(turn)] for turn in shown]
    if design.task == "pairwise":
        return [[(pair,) for pair in turn] for turn in shown]
    return [[((system,),) for block in turn for system in block] for turn in shown]


def _system_turns(design: Design, systems: int) -> list[list[tuple[int, ...]]]:
    size = systems if design.systems_per_item is None else design.systems_per_item
    if not 1 <= size <= systems:
        raise ValueError(f"{size} systems per item, but the study has {systems}: give 1 to {systems}")
    blocks = balanced_blocks(systems, size)
    if blocks is None:
        # every start of a run of systems: level in systems, not in pairs; the diagnostics say how far
        blocks = tuple(tuple(sorted((s + n) % systems for n in range(size))) for s in range(systems))
    return [[block] for block in blocks]


def _pair_turns(design: Design, systems: int) -> list[list[tuple[int, ...]]]:
    if systems < 2:
        raise ValueError("pairs need at least two systems")
    pairs: Sequence[tuple[int, ...]] = level_order(systems, tuple(combinations(range(systems), 2)))
    number = len(pairs) if design.pairs_per_item is None else design.pairs_per_item
    if not 1 <= number <= len(pairs):
        raise ValueError(f"{number} pairs per item, but {systems} systems form {len(pairs)} pairs")
    starts = range(0, number * len(pairs), number)
    turns = [[pairs[(start + n) % len(pairs)] for n in range(number)] for start in starts]
    return turns if number < len(pairs) else turns[:1]
