"""Capacities, ceilings, qualifications and conflicts of interest, and what is said where they cannot be met."""

import pytest

from raters.domain.assignment import Design, Item, Rater, plan_study


def people(number, **facts):
    return [Rater(id=f"r{n}", **facts) for n in range(number)]


def cases(number, **facts):
    return [Item(id=f"i{n}", **facts) for n in range(number)]


def systems(number):
    return [f"s{n}" for n in range(number)]


def test_loads_follow_capacities():
    # shares 1 : 2 : 3 of 60 assignments
    raters = [Rater(id=f"r{n}", capacity=n + 1) for n in range(3)]
    plan = plan_study(Design(overlap_share=0), raters, cases(60), systems(2))
    assert plan.diagnostics.loads.tolist() == [10, 20, 30]
    assert plan.diagnostics.load_targets.tolist() == [10, 20, 30]


def test_a_chain_of_handovers_levels_what_no_single_choice_could():
    """a may rate all, b kinds 1 and 2, c kind 2 only... and all end with four of twelve."""
    raters = [
        Rater(id="a", specialties=frozenset({"x"})),
        Rater(id="b", specialties=frozenset({"x", "y"})),
        Rater(id="c", specialties=frozenset({"y", "z"})),
    ]
    kinds = ["x"] * 7 + ["y"] * 4 + ["z"]
    items = [Item(id=f"i{n}", specialty=kind) for n, kind in enumerate(kinds)]
    plan = plan_study(Design(overlap_share=0), raters, items, systems(2))
    assert plan.diagnostics.loads.tolist() == [4, 4, 4]


def test_a_rater_at_the_ceiling_passes_work_on_so_that_a_slot_can_be_filled():
    """b alone may rate y, and has a ceiling of 1: the x items must all be a's."""
    raters = [
        Rater(id="a", specialties=frozenset({"x"})),
        Rater(id="b", specialties=frozenset({"x", "y"}), at_most=1),
    ]
    items = [Item(id="i0", specialty="x"), Item(id="i1", specialty="x"), Item(id="i2", specialty="y")]
    plan = plan_study(Design(overlap_share=0), raters, items, systems(2))
    assert plan.shortfalls == ()
    assert {a.item: a.rater for a in plan.assignments} == {"i0": "a", "i1": "a", "i2": "b"}


def test_items_with_too_few_eligible_raters_are_named_with_the_reason():
    raters = people(3, specialties=frozenset({"cardiology"}))
    items = [Item(id="heart", specialty="cardiology"), Item(id="hip", specialty="orthopaedics")]
    plan = plan_study(Design(overlap_share=0), raters, items, systems(2))
    (gap,) = plan.shortfalls
    assert (gap.item, gap.wanted, gap.found) == ("hip", 1, 0)
    assert gap.reason == "only 0 of the 1 raters wanted may rate it"
    assert {a.item for a in plan.assignments} == {"heart"}


def test_items_that_cannot_be_double_rated_are_named_when_the_overlap_falls_short():
    raters = [Rater(id="r0", languages=frozenset({"de"})), Rater(id="r1")]
    plan = plan_study(Design(overlap_share=1), raters, cases(3, language="de"), systems(2))
    assert [gap.item for gap in plan.shortfalls if "left out of the overlap" in gap.reason]
    assert {gap.item for gap in plan.shortfalls} == {"i0", "i1", "i2"}
    assert plan.diagnostics.overlap_share == 0


def test_ceilings_that_leave_slots_open_are_told_from_missing_qualification():
    plan = plan_study(Design(overlap_share=0), people(2, at_most=3), cases(8), systems(2))
    # 8 wanted, 2 · 3 possible
    assert len(plan.shortfalls) == 2
    assert all("ceilings" in gap.reason for gap in plan.shortfalls)


def test_nobody_rates_an_answer_they_wrote_nor_a_block_that_shows_it():
    writer = Rater(id="w", wrote=frozenset({("i0", "s1")}), barred_items=frozenset({"i1"}))
    blocked = plan_study(Design(overlap_share=0), [writer, *people(2)], cases(12), systems(3))
    assert "w" not in {a.rater for a in blocked.assignments if a.item in ("i0", "i1")}
    single = Design(overlap_share=1, overlap_raters=3, prompt_blocked=False)
    apart = plan_study(single, [writer, *people(2)], cases(12), systems(3))
    own = {a.systems for a in apart.assignments if a.rater == "w" and a.item == "i0"}
    assert own == {("s0",), ("s2",)}  # her own answer only is kept from her


def test_a_makers_own_system_keeps_a_rater_from_every_block_that_shows_it():
    maker = Rater(id="m", barred_systems=frozenset({"s0"}))
    plan = plan_study(
        Design(task="pairwise", prompt_blocked=False), [maker, *people(4)], cases(10), systems(3)
    )
    seen = {system for a in plan.assignments if a.rater == "m" for system in a.systems}
    assert seen == {"s1", "s2"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Design(raters_per_item=0), "at least 1"),
        (lambda: Design(raters_per_item=3), "at least as many in the overlap"),
        (lambda: Design(overlap_share=1.5), "share from 0 to 1"),
        (lambda: Design(screen_size=0), "at least one answer"),
        (lambda: Design(pairs_per_item=3), "for task 'pairwise'"),
        (lambda: Rater(id="r", capacity=0), "above 0"),
        (lambda: Rater(id="r", at_most=-1), "0 or more"),
        (lambda: plan_study(Design(), [], cases(1), systems(1)), "needs raters"),
        (lambda: plan_study(Design(), people(1), [], systems(1)), "needs items"),
        (lambda: plan_study(Design(), people(1) * 2, cases(1), systems(1)), "come twice: r0"),
        (lambda: plan_study(Design(systems_per_item=4), people(1), cases(1), systems(3)), "4 systems"),
        (lambda: plan_study(Design(task="pairwise"), people(1), cases(1), systems(1)), "two systems"),
        (
            lambda: plan_study(Design(task="pairwise", pairs_per_item=4), people(1), cases(1), systems(3)),
            "form 3 pairs",
        ),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_a_reason(make, words):
    with pytest.raises(ValueError, match=words):
        make()
