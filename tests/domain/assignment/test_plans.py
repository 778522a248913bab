"""Whole plans: what must hold for any numbers of items, raters and systems."""

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from raters.domain.assignment import Design, Item, Rater, plan_study
from raters.domain.assignment.eligibility import answers_open_to


def people(number, **facts):
    return [Rater(id=f"r{n}", **facts) for n in range(number)]


def cases(number, **facts):
    return [Item(id=f"i{n}", **facts) for n in range(number)]


def systems(number):
    return [f"s{n}" for n in range(number)]


@st.composite
def designs(draw, number_of_systems):
    task = draw(st.sampled_from(["rating", "pairwise"] if number_of_systems > 1 else ["rating"]))
    base = draw(st.integers(1, 2))
    pairs = number_of_systems * (number_of_systems - 1) // 2
    some = draw(st.booleans())
    return Design(
        task=task,
        prompt_blocked=draw(st.booleans()),
        raters_per_item=base,
        overlap_raters=base + draw(st.integers(0, 2)),
        overlap_share=draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        systems_per_item=draw(st.integers(1, number_of_systems)) if some and task == "rating" else None,
        pairs_per_item=draw(st.integers(1, pairs)) if some and task == "pairwise" else None,
        screen_size=draw(st.integers(1, 5)),
        seed=draw(st.integers(0, 3)),
    )


@st.composite
def studies(draw, constrained=False):
    number = draw(st.integers(1, 5))
    raters, items = people(draw(st.integers(4, 9))), cases(draw(st.integers(1, 24)))
    if constrained:
        raters = [draw(constrained_raters(r.id, len(items), number)) for r in raters]
        kinds = st.sampled_from([None, "cardiology", "surgery"])
        items = [
            Item(id=i.id, specialty=draw(kinds), language=draw(st.sampled_from([None, "de"]))) for i in items
        ]
    return draw(designs(number)), raters, items, systems(number)


@st.composite
def constrained_raters(draw, name, items, number):
    answers = st.tuples(
        st.integers(0, items - 1).map("i{}".format), st.integers(0, number - 1).map("s{}".format)
    )
    return Rater(
        id=name,
        specialties=draw(st.frozensets(st.sampled_from(["cardiology", "surgery"]))),
        languages=draw(st.frozensets(st.just("de"))),
        at_most=draw(st.sampled_from([None, 0, 3, 8])),
        wrote=draw(st.frozensets(answers, max_size=3)),
    )


@settings(deadline=None, max_examples=150)
@given(study=studies())
def test_any_study_without_constraints_is_filled_level_and_complete(study):
    design, raters, items, names = study
    plan = plan_study(design, raters, items, names)
    assert plan.shortfalls == ()
    held = Counter(a.block for a in plan.assignments)
    assert all(held[n] == block.needed for n, block in enumerate(plan.blocks))
    assert len({(a.block, a.rater) for a in plan.assignments}) == len(plan.assignments)
    assert plan.diagnostics.load_range <= 1
    double = {block.item for block in plan.blocks if block.overlap}
    assert len(double) == round(design.overlap_share * len(items))
    assert {block.item for block in plan.blocks} == {item.id for item in items}
    for a in plan.assignments:
        content = [tuple(sorted(names[s] for s in sequence)) for sequence in plan.blocks[a.block].content]
        shown = [a.systems] if design.task == "rating" else a.screens
        assert sorted(tuple(sorted(one)) for one in shown) == sorted(content)


@settings(deadline=None, max_examples=150)
@given(study=studies(constrained=True))
def test_no_constraint_is_ever_broken_and_every_open_slot_is_named(study):
    design, raters, items, names = study
    plan = plan_study(design, raters, items, names)
    by_rater, by_item = {r.id: r for r in raters}, {i.id: i for i in items}
    for a in plan.assignments:
        rater, item = by_rater[a.rater], by_item[a.item]
        assert item.specialty is None or item.specialty in rater.specialties
        assert item.language is None or item.language in rater.languages
        assert not rater.wrote & {(a.item, system) for system in a.systems}
    loads = Counter(a.rater for a in plan.assignments)
    assert all(r.at_most is None or loads[r.id] <= r.at_most for r in raters)
    held = Counter(a.block for a in plan.assignments)
    missing = Counter()
    for n, block in enumerate(plan.blocks):
        missing[block.item] += block.needed - held[n]
        assert held[n] <= block.needed
    named = Counter()
    for gap in plan.shortfalls:
        if "left out" not in gap.reason:
            named[gap.item] += gap.wanted - gap.found
    assert +missing == +named


@settings(deadline=None, max_examples=100)
@given(study=studies(constrained=True))
def test_no_slot_stays_open_and_no_load_uneven_that_one_handover_could_mend(study):
    design, raters, items, names = study
    plan = plan_study(design, raters, items, names)
    by_rater, by_item = {r.id: r for r in raters}, {i.id: i for i in items}
    holders = defaultdict(set)
    for a in plan.assignments:
        holders[a.block].add(a.rater)
    loads = Counter(a.rater for a in plan.assignments)

    def could(rater, n):
        block = plan.blocks[n]
        item, who = by_item[block.item], by_rater[rater]
        shown = {names[s] for sequence in block.content for s in sequence}
        return (
            rater not in holders[n]
            and (item.specialty is None or item.specialty in who.specialties)
            and (item.language is None or item.language in who.languages)
            and not who.wrote & {(block.item, system) for system in shown}
            and (who.at_most is None or loads[rater] < who.at_most)
        )

    for n, block in enumerate(plan.blocks):
        takers = [rater for rater in by_rater if could(rater, n)]
        assert len(holders[n]) == block.needed or not takers
        assert all(loads[giver] - loads[taker] <= 1 for giver in holders[n] for taker in takers)


@settings(deadline=None, max_examples=100)
@given(study=studies(constrained=True))
def test_the_most_slots_are_filled_and_then_the_largest_load_is_the_least_possible(study):
    """Against the maximum flow source - blocks - raters - sink, with every rater's edge cut to a load."""
    design, raters, items, names = study
    plan = plan_study(design, raters, items, names)
    allowed = answers_open_to(raters, items, names)
    number = {item.id: n for n, item in enumerate(items)}
    eligible = np.array(
        [
            allowed[:, number[block.item]][:, sorted({s for run in block.content for s in run})].all(axis=1)
            for block in plan.blocks
        ]
    )
    needed = np.array([block.needed for block in plan.blocks])
    ceilings = np.array([len(needed) if r.at_most is None else r.at_most for r in raters])
    filled, loads = len(plan.assignments), plan.diagnostics.loads
    assert filled == most_filled(needed, eligible, ceilings)
    if filled:
        assert most_filled(needed, eligible, np.minimum(ceilings, loads.max() - 1)) < filled


def most_filled(needed, eligible, ceilings):
    blocks, raters = eligible.shape
    capacity = np.zeros((blocks + raters + 2,) * 2, dtype=np.int32)
    capacity[0, 1 : blocks + 1] = needed
    capacity[1 : blocks + 1, blocks + 1 : -1] = eligible
    capacity[blocks + 1 : -1, -1] = ceilings
    return maximum_flow(csr_array(capacity), 0, len(capacity) - 1).flow_value


@settings(deadline=None, max_examples=60)
@given(study=studies(constrained=True))
def test_the_same_seed_gives_the_same_plan(study):
    first, second = plan_study(*study), plan_study(*study)
    assert first.assignments == second.assignments
    assert first.shortfalls == second.shortfalls
