"""A plan drawn for a study, and drawn again for what nobody has opened yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence

import numpy as np

from raters.domain.assignment.allocation import Integers
from raters.domain.assignment.drawing import Study, drawn
from raters.domain.assignment.eligibility import Flags, Item, Rater, answers_open_to, require_distinct
from raters.domain.assignment.identities import Places, draw
from raters.domain.assignment.overlap import dealt_turns, overlap_places
from raters.domain.assignment.plan import Assignment, Block, Plan, Shortfall
from raters.domain.assignment.presentation import system_labels
from raters.domain.assignment.specification import Content, Design, contents_by_turn


def plan_study(
    design: Design, raters: Sequence[Rater], items: Sequence[Item], systems: Sequence[str]
) -> Plan:
    """A plan for all items, with every constraint kept and what could not be met named.

    ValueError for empty or repeated names and for designs the systems do not allow.
    """
    require_distinct("raters", [rater.id for rater in raters])
    require_distinct("items", [item.id for item in items])
    require_distinct("systems", systems)
    turns = _named(contents_by_turn(design, len(systems)), system_labels(design, len(systems), len(systems)))
    allowed = answers_open_to(raters, items, systems)
    keys = [(allowed[:, n].tobytes(), item.specialty, item.language) for n, item in enumerate(items)]
    places = draw(keys, np.random.default_rng([design.seed, 1, 2]))
    overlap, enough = overlap_places(design, allowed[:, places.who], turns)
    by_place = [items[who].id for who in places.who.tolist()]
    blocks = tuple(
        Block(item, content, design.overlap_raters if double else design.raters_per_item, double)
        for item, double, turn in zip(by_place, overlap.tolist(), dealt_turns(turns, overlap), strict=True)
        for content in turn
    )
    share = np.bincount(places.kind, weights=overlap) / places.sizes()
    return drawn(
        Study(
            design=design,
            raters=tuple(raters),
            items=tuple(items),
            systems=tuple(systems),
            blocks=blocks,
            allowed=allowed,
            places=places,
            order=np.arange(len(blocks)),
            draws=1,
            overlap_probability=dict(zip(by_place, share[places.kind].tolist(), strict=True)),
            systems_at_start=len(systems),
            left_out=_left_out(design, by_place, overlap, enough, tuple(systems)),
        )
    )


def replan(plan: Plan, raters: Sequence[Rater], kept: Collection[Assignment]) -> Plan:
    """The plan drawn again, with every assignment in `kept` (finished or opened) as it is.

    `raters` are those who can be given work now: who is missing has left, who is new has joined, and
    changed capacities or conflicts count from now on. What a rater who left had not opened goes to others.
    Loads are levelled over finished and new work together, so a late rater catches up: give a smaller
    capacity to one who should not. Items keep their systems and their place in, or out of, the overlap.
    ValueError when `kept` holds what the plan does not.
    """
    return redraw(plan, raters, kept, systems=plan.systems, blocks=plan.blocks)


def redraw(
    plan: Plan,
    raters: Sequence[Rater],
    kept: Collection[Assignment],
    *,
    systems: tuple[str, ...],
    blocks: tuple[Block, ...],
    only: Mapping[int, Mapping[str, Collection[str]]] | None = None,
) -> Plan:
    """As `replan`, with systems and blocks added at their ends.

    `only` names, by number of a system and item, the raters who alone may be given that answer.
    """
    require_distinct("raters", [rater.id for rater in raters])
    held = _held(plan, kept)
    people = _everybody(plan, raters, {one.rater for one in held})
    allowed = answers_open_to(people, plan.items, systems)
    present = {rater.id for rater in raters}
    allowed[[n for n, rater in enumerate(people) if rater.id not in present]] = False
    for system, holders in (only or {}).items():
        _close_to_others(allowed[:, :, system], people, plan.items, holders)
    keys = _item_keys(plan.items, blocks, allowed, held)
    places = draw(keys, np.random.default_rng([plan.design.seed, plan.draws + 1, 2]))
    return drawn(
        Study(
            design=plan.design,
            raters=tuple(people),
            items=plan.items,
            systems=systems,
            blocks=blocks,
            allowed=allowed,
            places=places,
            order=_block_order(plan.items, blocks, places),
            draws=plan.draws + 1,
            overlap_probability=plan.overlap_probability,
            systems_at_start=plan.systems_at_start,
            held=held,
        )
    )


def _named(turns: list[list[Content]], labels: Sequence[int]) -> list[list[Content]]:
    """Turns of design places read as systems."""
    return [
        [tuple(tuple(labels[s] for s in sequence) for sequence in content) for content in turn]
        for turn in turns
    ]


def _left_out(
    design: Design, items: Sequence[str], overlap: Flags, enough: Flags, systems: tuple[str, ...]
) -> list[Shortfall]:
    """The items without raters enough for the overlap, if others could not make up for them."""
    if overlap.sum() >= round(design.overlap_share * len(items)):
        return []
    wanted = design.overlap_raters
    reason = f"left out of the overlap: fewer than {wanted} raters may rate all that is shown together"
    found = design.raters_per_item
    return [Shortfall(items[n], systems, wanted, found, reason) for n in np.flatnonzero(~enough).tolist()]


def _held(plan: Plan, kept: Collection[Assignment]) -> list[Assignment]:
    own = {(one.block, one.rater): one for one in plan.assignments}
    keys = {(one.block, one.rater) for one in kept}
    foreign = keys - own.keys()
    if foreign:
        block, rater = min(foreign)
        raise ValueError(
            f"block {block} of rater {rater} is not in the plan: keep assignments of this plan only"
        )
    return [one for key, one in own.items() if key in keys]


def _everybody(plan: Plan, raters: Sequence[Rater], holders: Collection[str]) -> list[Rater]:
    """Present raters, and those who left but hold kept work, in the plan's order; who joined comes last."""
    now = {rater.id: rater for rater in raters}
    before = [now.pop(old.id, old) for old in plan.raters if old.id in now or old.id in holders]
    return before + list(now.values())


def _close_to_others(
    allowed: Flags, people: Sequence[Rater], items: Sequence[Item], holders: Mapping[str, Collection[str]]
) -> None:
    """Clear, in place, the flags (R, I) of everybody but the holders of each item named."""
    for n, item in enumerate(items):
        if item.id in holders:
            allowed[[r for r, rater in enumerate(people) if rater.id not in holders[item.id]], n] = False


def _item_keys(
    items: Sequence[Item], blocks: Sequence[Block], allowed: Flags, held: Sequence[Assignment]
) -> list[Hashable]:
    """Items are exchangeable when the same blocks, of the same raters so far, are open to the same people."""
    holders: dict[int, list[str]] = defaultdict(list)
    for one in held:
        holders[one.block].append(one.rater)
    shapes: dict[str, list[Hashable]] = defaultdict(list)
    for number, block in enumerate(blocks):
        shapes[block.item].append(
            (block.content, block.needed, block.overlap, tuple(sorted(holders[number])))
        )
    return [
        (allowed[:, n].tobytes(), item.specialty, item.language, tuple(shapes[item.id]))
        for n, item in enumerate(items)
    ]


def _block_order(items: Sequence[Item], blocks: Sequence[Block], places: Places) -> Integers:
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, block in enumerate(blocks):
        numbers[block.item].append(number)
    return np.array([n for who in places.who.tolist() for n in numbers[items[who].id]], dtype=np.int64)
