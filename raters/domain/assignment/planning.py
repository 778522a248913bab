"""A plan drawn for a study, and drawn again for what nobody has opened yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raters.domain.assignment.allocation import Allocation, Slots
from raters.domain.assignment.diagnostics import diagnose
from raters.domain.assignment.eligibility import Flags, Item, Rater, answers_open_to, require_distinct
from raters.domain.assignment.exchange import even_out
from raters.domain.assignment.greedy import fill
from raters.domain.assignment.identities import Places, draw, given_probabilities
from raters.domain.assignment.levelling import level
from raters.domain.assignment.plan import Assignment, Block, Plan, Shortfall
from raters.domain.assignment.presentation import Given, present
from raters.domain.assignment.specification import Content, Design, contents_by_turn

Key = tuple[str, str, frozenset[str]]  # rater, item and systems of an assignment


def plan_study(
    design: Design, raters: Sequence[Rater], items: Sequence[Item], systems: Sequence[str]
) -> Plan:
    """A plan for all items, with every constraint kept and what could not be met named.

    ValueError for empty or repeated names and for designs the systems do not allow.
    """
    require_distinct("raters", [rater.id for rater in raters])
    require_distinct("items", [item.id for item in items])
    require_distinct("systems", systems)
    turns = contents_by_turn(design, len(systems))
    allowed = answers_open_to(raters, items, systems)
    keys = [
        (allowed[:, i].tobytes(), item.specialty or "", item.language or "") for i, item in enumerate(items)
    ]
    places = draw(keys, np.random.default_rng([design.seed, 1, len(raters)]))
    contents = [turns[n % len(turns)] for n in range(len(items))]
    overlap, incapable = _overlap(design, allowed, contents, places)
    blocks = [
        Block(items[who].id, content, design.overlap_raters if double else design.raters_per_item, double)
        for who, of_item, double in zip(places.who.tolist(), contents, overlap.tolist(), strict=True)
        for content in of_item
    ]
    share = np.bincount(places.kind, weights=overlap) / places.sizes()
    chance = {items[i].id: float(share[kind]) for i, kind in zip(places.who, places.kind, strict=True)}
    study = _Study(design, tuple(raters), tuple(items), tuple(systems), allowed, 1, chance)
    return study.drawn(blocks, places, {}, [items[i].id for i in incapable])


def replan(
    plan: Plan, *, raters: Sequence[Rater] | None = None, kept: Collection[Key] = (), design: Design | None = None
) -> Plan:
    """The plan drawn again, keeping every assignment in `kept` (finished or opened) as it is.

    `raters` are those who can be given work now: who is missing has left, who is new has joined. A rater
    who left keeps what is in `kept`; the rest of their work goes to others. Loads are levelled over finished
    and new work together, so a late rater catches up; give a smaller capacity to one who should not. Items
    keep their systems and their place in, or out of, the overlap.
    """
    if design is not None and design != plan.design:
        raise ValueError("a re-planning keeps the design it was started with; draw a new plan instead")
    present_raters = list(plan.raters if raters is None else raters)
    require_distinct("raters", [rater.id for rater in present_raters])
    kept_rows = _kept_rows(plan, kept)
    still = {rater.id for rater in present_raters}
    gone = [r for r in plan.raters if r.id not in still and any(a.rater == r.id for a in kept_rows)]
    everyone = _in_order(plan.raters, present_raters, gone)
    allowed = answers_open_to(everyone, plan.items, plan.systems)
    allowed[[n for n, rater in enumerate(everyone) if rater.id not in still]] = False
    holders = {(a.block, a.rater): a for a in kept_rows}
    keys = _item_keys(plan, allowed, kept_rows)
    places = draw(keys, np.random.default_rng([plan.design.seed, plan.draws + 1, len(everyone)]))
    by_item = defaultdict(list)
    for number, block in enumerate(plan.blocks):
        by_item[block.item].append(number)
    numbers = [n for who in places.who.tolist() for n in by_item[plan.items[who].id]]
    study = _Study(
        plan.design,
        tuple(everyone),
        plan.items,
        plan.systems,
        allowed,
        plan.draws + 1,
        plan.overlap_probability,
    )
    new_number = {old: new for new, old in enumerate(numbers)}
    held = {(new_number[block], rater): a for (block, rater), a in holders.items()}
    return study.drawn([plan.blocks[n] for n in numbers], places, held, [])


@dataclass(frozen=True, eq=False)
class _Study:
    """All that does not change while one draw of a plan is made."""

    design: Design
    raters: tuple[Rater, ...]
    items: tuple[Item, ...]
    systems: tuple[str, ...]
    allowed: Flags  # (R, I, S)
    draws: int
    overlap_probability: Mapping[str, float]

    def drawn(
        self,
        blocks: list[Block],
        items: Places,
        held: Mapping[tuple[int, str], Assignment],
        incapable: list[str],
    ) -> Plan:
        """Blocks come in the order of the items' places; `held` are kept assignments by block and rater."""
        kept = np.zeros((len(blocks), len(self.raters)), dtype=np.bool_)
        number = {rater.id: n for n, rater in enumerate(self.raters)}
        for block, rater in held:
            kept[block, number[rater]] = True
        keys = [self._rater_key(n, kept) for n in range(len(self.raters))]
        people = draw(keys, np.random.default_rng([self.design.seed, self.draws, 2]))
        slots = self._slots(blocks, items, people, kept)
        allocation = Allocation(slots)
        fill(allocation)
        level(allocation)
        even_out(allocation)
        assignments = self._assignments(blocks, allocation, items, people, held)
        return Plan(
            design=self.design,
            raters=self.raters,
            items=self.items,
            systems=self.systems,
            blocks=tuple(blocks),
            assignments=tuple(assignments),
            shortfalls=tuple(self._shortfalls(blocks, allocation, incapable)),
            overlap_probability=self.overlap_probability,
            position_probability=self._position_probability(),
            draws=self.draws,
            diagnostics=diagnose(
                assignments,
                self.raters,
                [item.id for item in self.items],
                self.systems,
                active=self.allowed.any(axis=(1, 2)).tolist(),
                pairs=self.design.task == "pairwise",
            ),
        )

    def _rater_key(self, number: int, kept: Flags) -> Hashable:
        rater = self.raters[number]
        return self.allowed[number].tobytes(), rater.capacity, rater.at_most, kept[:, number].tobytes()

    def _slots(self, blocks: list[Block], items: Places, people: Places, kept: Flags) -> Slots:
        at = {self.items[who].id: place for place, who in enumerate(items.who.tolist())}
        item = np.array([at[block.item] for block in blocks], dtype=np.int64)
        contents = list(dict.fromkeys(block.content for block in blocks))
        number = {content: n for n, content in enumerate(contents)}
        content = np.array([number[block.content] for block in blocks], dtype=np.int64)
        allowed = self.allowed[people.who][:, items.who]  # by place
        eligible = np.empty((len(blocks), len(self.raters)), dtype=np.bool_)
        for n, shown in enumerate(contents):
            rows = np.flatnonzero(content == n)
            eligible[rows] = allowed[:, item[rows]][:, :, _members(shown)].all(axis=2).T
        unlimited = len(blocks) + 1
        ceilings = [unlimited if r.at_most is None else r.at_most for r in self.raters]
        return Slots(
            item=item,
            content=content,
            needed=np.array([block.needed for block in blocks], dtype=np.int64),
            overlap=np.array([block.overlap for block in blocks], dtype=np.bool_),
            eligible=eligible,
            kept=kept[:, people.who],
            shows=np.array([_counts(shown, len(self.systems)) for shown in contents], dtype=np.int64),
            capacity=np.array([rater.capacity for rater in self.raters])[people.who],
            at_most=np.array(ceilings, dtype=np.int64)[people.who],
        )

    def _assignments(
        self,
        blocks: list[Block],
        allocation: Allocation,
        items: Places,
        people: Places,
        held: Mapping[tuple[int, str], Assignment],
    ) -> list[Assignment]:
        block, place = np.nonzero(allocation.given & ~allocation.slots.kept)
        slots = allocation.slots
        chances = given_probabilities(block, place, slots.item, slots.content, items, people)
        who = people.who[place].tolist()
        rows = [Given(b, r, blocks[b].content, blocks[b].overlap) for b, r in zip(block.tolist(), who, strict=True)]
        chance = {(one.block, one.rater): float(c) for one, c in zip(rows, chances, strict=True)}
        shown = defaultdict(list)
        number = {rater.id: n for n, rater in enumerate(self.raters)}
        for (_, rater), old in held.items():
            shown[number[rater]].append(old.screens)
        new = present(
            rows, self.design, self.systems, len(self.raters), shown=shown, draw=self.draws
        )
        fresh = [
            Assignment(
                block=p.given.block,
                rater=self.raters[p.given.rater].id,
                item=blocks[p.given.block].item,
                screens=p.screens,
                place=p.place,
                overlap=p.given.overlap,
                probability=chance[p.given.block, p.given.rater],
            )
            for p in new
        ]
        return _renumbered(held) + fresh

    def _shortfalls(
        self, blocks: list[Block], allocation: Allocation, incapable: list[str]
    ) -> list[Shortfall]:
        slots = allocation.slots
        got = allocation.given.sum(axis=1)
        could = (slots.eligible | slots.kept).sum(axis=1)
        result = []
        for n in np.flatnonzero(got < slots.needed).tolist():
            block = blocks[n]
            systems = tuple(self.systems[s] for s in _members(block.content))
            reason = (
                f"only {could[n]} of {block.needed} raters may rate it"
                if could[n] < block.needed
                else f"{could[n]} raters may rate it, but they are at their ceilings"
            )
            result.append(Shortfall(block.item, systems, block.needed, int(got[n]), reason))
        wanted = self.design.overlap_raters
        text = f"left out of the overlap: fewer than {wanted} raters may rate it"
        return result + [Shortfall(item, self.systems, wanted, 0, text) for item in incapable]

    def _position_probability(self) -> float:
        if self.design.task == "pairwise":
            return 0.5
        shown = self.design.systems_per_item or len(self.systems)
        return 1 / shown if self.design.prompt_blocked else 1.0
