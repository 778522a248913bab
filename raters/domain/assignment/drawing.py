"""One draw of a plan: blocks and people to places, places filled, and the result said in names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from raters.domain.assignment.allocation import Allocation, Integers, Slots
from raters.domain.assignment.diagnostics import diagnose
from raters.domain.assignment.eligibility import Flags, Item, Rater
from raters.domain.assignment.exchange import even_out
from raters.domain.assignment.greedy import fill
from raters.domain.assignment.identities import Places, draw, given_probabilities
from raters.domain.assignment.levelling import level
from raters.domain.assignment.overlap import members
from raters.domain.assignment.plan import Assignment, Block, Plan, Shortfall
from raters.domain.assignment.presentation import Given, Shown, present, system_labels
from raters.domain.assignment.specification import Content, Design


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """What one draw starts from.

    allowed  (R, I, S) who may be given which answer;  order  numbers of the blocks by place of their item
    held     kept assignments;  draws  1 for the first plan, one more at each re-planning
    left_out shortfalls known before the draw
    """

    design: Design
    raters: tuple[Rater, ...]
    items: tuple[Item, ...]
    systems: tuple[str, ...]
    blocks: tuple[Block, ...]
    allowed: Flags
    places: Places
    order: Integers
    draws: int
    overlap_probability: Mapping[str, float]
    systems_at_start: int
    held: Sequence[Assignment] = ()
    left_out: Sequence[Shortfall] = ()

    def kept(self) -> Flags:
        """(G, R) by number of block and rater."""
        flags = np.zeros((len(self.blocks), len(self.raters)), dtype=np.bool_)
        number = {rater.id: n for n, rater in enumerate(self.raters)}
        for one in self.held:
            flags[one.block, number[one.rater]] = True
        return flags


def drawn(study: Study) -> Plan:
    """The plan: computed for places, then read for the people and items drawn to them."""
    people = _people(study)
    allocation = Allocation(_slots(study, people))
    fill(allocation)
    level(allocation)
    even_out(allocation)
    assignments = [replace(one, kept=True) for one in study.held] + _new(study, allocation, people)
    return Plan(
        design=study.design,
        raters=study.raters,
        items=study.items,
        systems=study.systems,
        blocks=study.blocks,
        assignments=tuple(assignments),
        shortfalls=(*_unfilled(study, allocation), *study.left_out),
        overlap_probability=study.overlap_probability,
        systems_at_start=study.systems_at_start,
        draws=study.draws,
        diagnostics=diagnose(
            assignments,
            study.raters,
            [item.id for item in study.items],
            study.systems,
            active=[bool(own.any()) for own in study.allowed],
            pairs=study.design.task == "pairwise",
        ),
    )


def _people(study: Study) -> Places:
    kept = study.kept()
    keys = [
        (study.allowed[n].tobytes(), rater.capacity, rater.at_most, kept[:, n].tobytes())
        for n, rater in enumerate(study.raters)
    ]
    return draw(keys, np.random.default_rng([study.design.seed, study.draws, 1]))


def _slots(study: Study, people: Places) -> Slots:
    blocks = [study.blocks[n] for n in study.order.tolist()]
    at = {study.items[who].id: place for place, who in enumerate(study.places.who.tolist())}
    item = np.array([at[block.item] for block in blocks], dtype=np.int64)
    contents = list(dict.fromkeys(block.content for block in blocks))
    number = {content: n for n, content in enumerate(contents)}
    content = np.array([number[block.content] for block in blocks], dtype=np.int64)
    allowed = study.allowed[people.who][:, study.places.who]
    eligible = np.empty((len(blocks), len(study.raters)), dtype=np.bool_)
    for n, shown in enumerate(contents):
        rows = np.flatnonzero(content == n)
        eligible[rows] = allowed[:, item[rows]][:, :, members(shown)].all(axis=2).T
    ceilings = [len(blocks) + 1 if rater.at_most is None else rater.at_most for rater in study.raters]
    return Slots(
        item=item,
        content=content,
        needed=np.array([block.needed for block in blocks], dtype=np.int64),
        overlap=np.array([block.overlap for block in blocks], dtype=np.bool_),
        eligible=eligible,
        kept=study.kept()[study.order][:, people.who],
        shows=np.array([_counts(shown, len(study.systems)) for shown in contents], dtype=np.int64),
        capacity=np.array([rater.capacity for rater in study.raters])[people.who],
        at_most=np.array(ceilings, dtype=np.int64)[people.who],
    )


def _new(study: Study, allocation: Allocation, people: Places) -> list[Assignment]:
    """The assignments that were not there before, with their screens and probabilities."""
    slots = allocation.slots
    row, place = np.nonzero(allocation.given & ~slots.kept)
    chances = given_probabilities(row, place, slots.item, slots.content, study.places, people)
    numbers, who = study.order[row].tolist(), people.who[place].tolist()
    given = [
        Given(n, r, study.blocks[n].content, study.blocks[n].overlap)
        for n, r in zip(numbers, who, strict=True)
    ]
    chance = {(one.block, one.rater): float(c) for one, c in zip(given, chances, strict=True)}
    rater_at = {rater.id: n for n, rater in enumerate(study.raters)}
    before: dict[int, list[Shown]] = defaultdict(list)
    for old in sorted(study.held, key=lambda one: one.place):
        before[rater_at[old.rater]].append(Shown(old.place, old.screens))
    labels = system_labels(study.design, study.systems_at_start, len(study.systems))
    return [
        Assignment(
            block=one.given.block,
            rater=study.raters[one.given.rater].id,
            item=study.blocks[one.given.block].item,
            screens=one.screens,
            place=one.place,
            overlap=one.given.overlap,
            probability=chance[one.given.block, one.given.rater],
            position_probability=_position_probability(study, one.given.content),
        )
        for one in present(given, study.design, study.systems, labels, before, study.draws)
    ]


def _unfilled(study: Study, allocation: Allocation) -> list[Shortfall]:
    slots = allocation.slots
    got = allocation.given.sum(axis=1)
    could = (slots.eligible | slots.kept).sum(axis=1)
    result = []
    for row in np.flatnonzero(got < slots.needed).tolist():
        block = study.blocks[study.order[row]]
        reason = (
            f"only {could[row]} of the {block.needed} raters wanted may rate it"
            if could[row] < block.needed
            else f"{could[row]} raters may rate it, but those left are at their ceilings"
        )
        systems = tuple(study.systems[s] for s in members(block.content))
        result.append(Shortfall(block.item, systems, block.needed, int(got[row]), reason))
    return result


def _counts(content: Content, systems: int) -> list[int]:
    shown = [system for sequence in content for system in sequence]
    return [shown.count(system) for system in range(systems)]


def _position_probability(study: Study, content: Content) -> float | None:
    if study.design.task == "pairwise":
        return 0.5
    (sequence,) = content
    joined_late = len(sequence) > 1 and max(sequence) >= study.systems_at_start
    return None if joined_late else 1 / len(sequence)
