"""The overlap that is said to connect raters does, none narrower by a step does, and none is said in vain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from raters.domain.assignment import Design, Item, Rater, plan_study
from raters.domain.assignment.connecting import STEP, connecting_overlap, remedy


def people(number: int) -> list[Rater]:
    return [Rater(id=f"r{n}") for n in range(number)]


def things(number: int) -> list[Item]:
    return [Item(id=f"i{n}") for n in range(number)]


def parts(design: Design, raters: list[Rater], items: list[Item]) -> int:
    return plan_study(design, raters, items, ["A", "B"]).diagnostics.rater_components


@pytest.mark.parametrize(("raters", "items"), [(4, 12), (6, 20), (10, 20), (12, 60)])
def test_raters_without_a_common_item_are_connected_by_the_overlap_that_is_said(
    raters: int, items: int
) -> None:
    design = Design(overlap_share=0.0, seed=3)
    who, what = people(raters), things(items)
    assert parts(design, who, what) == raters
    found = connecting_overlap(design, who, what, ["A", "B"])
    assert found is not None
    share, several = found
    assert several == 2
    assert parts(replace(design, overlap_share=share), who, what) == 1
    assert parts(replace(design, overlap_share=share - STEP), who, what) > 1


def test_with_one_rater_in_the_overlap_two_are_asked_for() -> None:
    design = Design(overlap_share=0.5, overlap_raters=1)
    plan = plan_study(design, people(3), things(12), ["A", "B"])
    assert "by 2 raters each" in remedy(plan)


def test_raters_who_may_rate_nothing_in_common_are_told_that_no_overlap_helps() -> None:
    who = [Rater(id=f"r{n}", specialties=frozenset(["a" if n < 2 else "b"])) for n in range(4)]
    what = [Item(id=f"i{n}", specialty="a" if n < 10 else "b") for n in range(20)]
    plan = plan_study(Design(overlap_share=1.0), who, what, ["A", "B"])
    assert connecting_overlap(plan.design, who, what, ["A", "B"]) is None
    assert "no overlap connects them" in remedy(plan)
