"""Raters who leave or join, and systems that come late."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain.assignment import Design, Item, Rater, add_system, plan_study, replan


def people(number, **facts):
    return [Rater(id=f"r{n}", **facts) for n in range(number)]


def cases(number):
    return [Item(id=f"i{n}") for n in range(number)]


def systems(number):
    return tuple(f"s{n}" for n in range(number))


def opened(plan, share, seed=0):
    """The first part of each rater's work, of a different length for each."""
    generator = np.random.default_rng(seed)
    stops = {r.id: round(2 * share * generator.random() * len(plan.of(r.id))) for r in plan.raters}
    return [a for a in plan.assignments if a.place < stops[a.rater]]


def facts(assignments):
    return {(a.block, a.rater, a.item, a.screens, a.place, a.probability) for a in assignments}


@settings(deadline=None, max_examples=100)
@given(
    task=st.sampled_from(["rating", "pairwise"]),
    blocked=st.booleans(),
    raters=st.integers(4, 8),
    items=st.integers(4, 30),
    leaving=st.integers(0, 2),
    joining=st.integers(0, 3),
    share=st.floats(0, 0.7),
    seed=st.integers(0, 5),
)
def test_whoever_leaves_or_joins_finished_work_stays_and_the_rest_is_filled(
    task, blocked, raters, items, leaving, joining, share, seed
):
    design = Design(task=task, prompt_blocked=blocked, seed=seed)
    plan = plan_study(design, people(raters), cases(items), systems(3))
    kept = opened(plan, share, seed)
    now = [*people(raters)[leaving:], *(Rater(id=f"new{n}") for n in range(joining))]
    again = replan(plan, now, kept)
    assert facts(kept) == facts(a for a in again.assignments if a.kept)
    fresh = [a for a in again.assignments if not a.kept]
    assert {a.rater for a in fresh} <= {r.id for r in now}
    assert again.blocks == plan.blocks
    held = Counter(a.block for a in again.assignments)
    assert all(held[n] == block.needed for n, block in enumerate(again.blocks))
    assert len({(a.block, a.rater) for a in again.assignments}) == len(again.assignments)
    assert again.shortfalls == ()
    for rater in again.raters:
        places = [a.place for a in again.of(rater.id)]
        assert len(set(places)) == len(places)
    if task == "pairwise":
        assert again.diagnostics.rater_pair_surplus <= 1


def test_the_work_of_a_rater_who_leaves_goes_to_the_others_evenly():
    # 48 items, 12 in the overlap: 60 assignments over six raters are 10 each. One leaves untouched: 12 each
    plan = plan_study(Design(), people(6), cases(48), systems(3))
    again = replan(plan, people(6)[1:], opened(plan, 0.0))
    assert "r0" not in {r.id for r in again.raters}
    assert again.diagnostics.loads.tolist() == [12] * 5


def test_what_a_rater_finished_before_leaving_stays_theirs():
    plan = plan_study(Design(), people(6), cases(48), systems(3))
    done = plan.of("r0")[:4]
    again = replan(plan, people(6)[1:], done)
    assert facts(again.of("r0")) == facts(done)
    # 60 - 4 over five: 11.2 each; the range counts those who can still be given work
    loads = dict(zip([r.id for r in again.raters], again.diagnostics.loads.tolist(), strict=True))
    assert sorted(loads.values()) == [4, 11, 11, 11, 11, 12]
    assert again.diagnostics.load_range == 1


def test_a_rater_who_joins_late_catches_up_unless_their_capacity_says_otherwise():
    plan = plan_study(Design(overlap_share=0), people(4), cases(80), systems(2))
    kept = [a for a in plan.assignments if a.place < 10]
    # 80 over five are 16 each; with a quarter of the capacity 80 · .25/4.25 = 4.7
    even = replan(plan, [*people(4), Rater(id="new")], kept).diagnostics.loads.tolist()
    assert even == [16] * 5
    gentle = replan(plan, [*people(4), Rater(id="new", capacity=0.25)], kept)
    assert gentle.diagnostics.loads.tolist()[-1] in (4, 5)


def test_a_new_conflict_counts_from_now_on_and_takes_nothing_back():
    plan = plan_study(Design(overlap_share=1), people(2), cases(4), systems(2))
    kept = [a for a in plan.assignments if a.item == "i0"]
    barred = [Rater(id="r0", barred_systems=frozenset({"s1"})), Rater(id="r1")]
    again = replan(plan, barred, kept)
    assert {a.item for a in again.assignments if a.rater == "r0"} == {"i0"}
    assert {gap.item for gap in again.shortfalls} == {"i1", "i2", "i3"}


def test_positions_go_on_from_those_already_shown():
    """Four systems, one rater: after any start, twelve blocks hold every row of the square three times."""
    plan = plan_study(Design(overlap_share=0), people(1), cases(12), systems(4))
    for stop in range(13):
        again = replan(plan, people(1), [a for a in plan.assignments if a.place < stop])
        assert again.diagnostics.position_range == 0
        assert again.diagnostics.carry_over_range == 0


def test_probabilities_after_a_replanning_are_the_frequencies_given_what_was_kept():
    """Four raters, twelve items, the same four assignments kept; the draws differ by the seed alone."""
    counts: Counter[tuple[str, str]] = Counter()
    expected: Counter[tuple[str, str]] = Counter()
    first = plan_study(Design(overlap_share=0), people(4), cases(12), systems(2))
    kept = [a for a in first.assignments if a.place == 0]
    draws = 1_500
    for seed in range(draws):
        plan = replace_seed(first, seed)
        for a in replan(plan, people(4), kept).assignments:
            if not a.kept:
                counts[a.rater, a.item] += 1
                expected[a.rater, a.item] = a.probability
    # eight open items, two for each rater: each of the 32 pairs with probability 2/8
    assert set(expected.values()) == {0.25}
    assert all(abs(n / draws - 0.25) <= 4.5 * np.sqrt(0.1875 / draws) for n in counts.values())


def replace_seed(plan, seed):
    from dataclasses import replace

    return replace(plan, design=replace(plan.design, seed=seed))


def test_an_assignment_of_another_plan_cannot_be_kept():
    plan = plan_study(Design(), people(3), cases(6), systems(2))
    other = plan_study(Design(overlap_share=1), people(3), cases(6), systems(2))
    with pytest.raises(ValueError, match="is not in the plan"):
        replan(plan, people(3), other.assignments)


def test_a_late_system_is_shown_among_the_others_where_nobody_has_begun():
    plan = plan_study(Design(), people(4), cases(32), systems(3))
    again = add_system(plan, "late", people(4), [])
    assert again.systems == (*systems(3), "late")
    assert all(sorted(a.systems) == ["late", "s0", "s1", "s2"] for a in again.assignments)
    assert all(a.position_probability is None for a in again.assignments)
    assert again.diagnostics.position_range <= 1


def test_a_late_answer_to_a_finished_item_goes_to_those_who_rated_it():
    plan = plan_study(Design(), people(4), cases(32), systems(3))
    kept = [a for a in plan.assignments if a.place < 5]
    again = add_system(plan, "late", people(4), kept)
    assert facts(kept) == facts(a for a in again.assignments if a.kept)
    raters = {}
    for a in kept:
        raters.setdefault(a.item, set()).add(a.rater)
    alone = {}
    for a in again.assignments:
        if a.systems == ("late",):
            alone.setdefault(a.item, set()).add(a.rater)
    assert alone == raters
    assert again.diagnostics.connected


def test_a_share_of_the_finished_items_is_revisited_each_equally_likely():
    plan = plan_study(Design(overlap_share=0), people(4), cases(40), systems(3))
    kept = [a for a in plan.assignments if a.place < 5]
    hits = Counter()
    for seed in range(400):
        again = add_system(replace_seed(plan, seed), "late", people(4), kept, revisit_share=0.25)
        revisited = {a.item for a in again.assignments if a.systems == ("late",)}
        assert len(revisited) == 5  # a quarter of 20
        hits.update(revisited)
    # 400 · .25 = 100 each, sd sqrt(400 · .1875) = 8.7
    assert len(hits) == 20
    assert all(abs(n - 100) < 4.5 * 8.7 for n in hits.values())


def test_a_rater_who_left_is_not_asked_about_the_late_system():
    plan = plan_study(Design(), people(4), cases(32), systems(3))
    kept = [a for a in plan.assignments if a.place < 5]
    again = add_system(plan, "late", people(4)[1:], kept)
    assert all(a.kept for a in again.assignments if a.rater == "r0")


def test_a_late_system_of_answers_rated_apart_gets_as_many_raters_as_the_others():
    design = Design(prompt_blocked=False)
    plan = plan_study(design, people(4), cases(16), systems(2))
    again = add_system(plan, "late", people(4), [])
    times = Counter(system for a in again.assignments for system in a.systems)
    # 16 items, four of them twice
    assert times == {"s0": 20, "s1": 20, "late": 20}


@pytest.mark.parametrize(
    ("design", "name", "words"),
    [
        (Design(task="pairwise"), "late", "draw pairs otherwise"),
        (Design(systems_per_item=2), "late", "draw pairs otherwise"),
        (Design(), "s0", "must be new"),
    ],
)
def test_a_late_system_that_cannot_join_is_refused_with_a_reason(design, name, words):
    plan = plan_study(design, people(3), cases(6), systems(3))
    with pytest.raises(ValueError, match=words):
        add_system(plan, name, people(3), [])
