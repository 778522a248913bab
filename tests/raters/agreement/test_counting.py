"""Whatever happens to a study's ratings and whenever it is counted, the counts are those of a count from scratch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.db import connection

from raters.domain.agreement import AgreementState, Scale, all_coefficients
from raters.models import AgreementTally, Assignment, Membership, Observation, RatingRevision
from raters.services import counting, memberships, studies

pytestmark = pytest.mark.django_db

Draw = Callable[[np.random.Generator], dict[str, Any]]


def kept(study: Any) -> dict[tuple[int, str], Any]:
    """Everything kept of a study's agreement. What the plan asks for is no count of ratings."""
    found = {}
    for tally in AgreementTally.objects.filter(study=study):
        estimates = {name: value for name, value in tally.estimates.items() if name != "screens"}
        state = bytes(tally.state) if tally.state is not None else None
        found[tally.group_id, tally.variable] = (state, estimates, tally.n_ratings)
    return found


def observed(study: Any) -> set[Any]:
    columns = ("group", "membership", "assignment", "variable", "unit", "part", "value", "number")
    return set(Observation.objects.filter(study=study).values_list(*columns))


def step(study: Any, rng: np.random.Generator, drawn: Draw, submitted: Callable[..., Any]) -> None:
    """One thing that can happen, chosen as it comes."""
    live = Assignment.objects.filter(study=study).exclude(membership__state=Membership.State.WITHDRAWN)
    rows = list(live.select_related("membership__rater", "item").order_by("membership", "place"))
    event = rng.choice(
        ["submit", "revise", "count", "withdraw", "leave out"], p=[0.55, 0.2, 0.15, 0.05, 0.05]
    )
    waiting = [row for row in rows if row.state in Assignment.WAITING]
    done = [row for row in rows if row.state == Assignment.State.SUBMITTED]
    if event == "submit" and waiting:
        submitted(waiting[rng.integers(len(waiting))], drawn(rng))
    elif event == "revise" and done:
        submitted(done[rng.integers(len(done))], drawn(rng), reason="on second thoughts")
    elif event == "count":
        counting.count_new(study)
    elif event == "withdraw" and len({row.membership_id for row in rows}) > 1:
        memberships.withdraw(rows[rng.integers(len(rows))].membership.rater, study.slug)
    elif event == "leave out" and rows:
        studies.leave_out(rows[rng.integers(len(rows))].item, "the text was cut off")


@pytest.mark.parametrize("seed", range(6))
def test_counting_as_it_comes_leaves_what_a_count_from_scratch_gives_byte_for_byte(
    opened: Callable[..., Any], drawn: Draw, submitted: Callable[..., Any], seed: int
) -> None:
    study, rng = opened("every", "walk", items=5, raters=3), np.random.default_rng(seed)
    for _ in range(40):
        step(study, rng, drawn, submitted)
    counting.count_all_new(study)
    tallies, rows = kept(study), observed(study)
    assert tallies
    counting.recount(study)
    assert kept(study) == tallies
    assert observed(study) == rows


def test_batches_of_any_size_give_the_same(
    every: Any, drawn: Draw, submitted: Callable[..., Any], all_rated: Callable[..., None], monkeypatch: Any
) -> None:
    rng = np.random.default_rng(3)
    all_rated(every, lambda _: drawn(rng))
    for row in Assignment.objects.filter(study=every).select_related("membership__rater")[:5]:
        submitted(row, drawn(rng), reason="again")
    counting.count_all_new(every)
    at_once = kept(every)
    monkeypatch.setattr(counting, "MOST_AT_ONCE", 3)
    counting.recount(every)
    assert kept(every) == at_once


def test_agreement_is_that_of_the_ratings(every: Any, drawn: Draw, all_rated: Callable[..., None]) -> None:
    """Computed from the payloads in the ledger, without a tally."""
    rng = np.random.default_rng(1)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    given = [
        (revision.assignment.item_id, revision.membership_id, revision.payload["risk"])
        for revision in RatingRevision.objects.select_related("assignment")
        if isinstance(revision.payload["risk"], str)
    ]
    items, raters, values = zip(*given, strict=True)
    scale = Scale("ordinal", ("none", "some", "much", "grave"))
    expected = all_coefficients(np.array(items), np.array(raters), list(values), scale)
    tally = AgreementTally.objects.get(study=every, variable="risk")
    assert tally.n_ratings == len(given)
    for name, estimate in expected.items():
        stored = tally.estimates["coefficients"][name]
        assert stored["value"] == pytest.approx(estimate.value, rel=1e-12)
        if name != "conger_kappa":  # of three raters it has an interval from the ratings alone
            assert stored["low"] == pytest.approx(estimate.low, rel=1e-12)


def test_raters_of_swapped_sides_who_prefer_the_same_answer_agree(
    pairs: Any, submitted: Callable[..., Any], all_rated: Callable[..., None]
) -> None:
    # whoever sees answer 0 first chooses "first", the others "second": all choose answer 0
    all_rated(pairs, lambda row: {"better": "first" if row.order == [0, 1] else "second"})
    counting.count_all_new(pairs)
    tally = AgreementTally.objects.get(study=pairs, variable="better")
    assert tally.estimates["coefficients"]["percent_agreement"]["value"] == 1.0
    assert tally.estimates["coefficients"]["krippendorff_alpha"]["status"] == "undefined_no_variation"
    assert len({tuple(order) for order in Assignment.objects.values_list("order", flat=True)}) == 2


def test_a_rater_who_leaves_takes_their_ratings_out_of_the_counts(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(2)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    leaving = Membership.objects.filter(study=every).first()
    assert leaving is not None and leaving.rater is not None
    memberships.withdraw(leaving.rater, every.slug)
    counting.count_all_new(every)
    assert not Observation.objects.filter(membership=leaving).exists()
    # 6 items by the 2 who stay
    assert AgreementTally.objects.get(study=every, variable="right").n_ratings == 12
    assert RatingRevision.objects.filter(membership=leaving).count() == 6


def test_when_nobody_is_left_no_tally_is(every: Any, drawn: Draw, all_rated: Callable[..., None]) -> None:
    rng = np.random.default_rng(2)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    for membership in Membership.objects.filter(study=every).select_related("rater"):
        assert membership.rater is not None
        memberships.withdraw(membership.rater, every.slug)
        counting.count_all_new(every)
    assert not AgreementTally.objects.filter(study=every).exists()
    assert not Observation.objects.filter(study=every).exists()


def test_an_item_left_out_is_no_longer_counted(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(2)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    item = every.items.first()
    studies.leave_out(item, "shown without its picture")
    assert counting.uncounted_studies() == [every]
    counting.count_all_new(every)
    assert not Observation.objects.filter(assignment__item=item).exists()
    assert AgreementTally.objects.get(study=every, variable="right").n_ratings == 15  # 5 items by 3


def test_only_planned_live_ratings_are_counted(
    every: Any, drawn: Draw, submitted: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(2)
    one, other = Assignment.objects.filter(study=every).select_related("membership__rater")[:2]
    Assignment.objects.filter(pk=one.pk).update(kind=Assignment.Kind.REPEAT)
    Assignment.objects.filter(pk=other.pk).update(
        state=Assignment.State.VOID
    )  # submitted, it is an extra one
    submitted(one, drawn(rng))
    submitted(other, drawn(rng))
    assert counting.count_all_new(every) == 2
    assert not Observation.objects.exists()


def test_planned_pairs_are_those_of_screens_that_two_raters_were_given(
    every: Any, drawn: Draw, submitted: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(2)
    item = every.items.first()
    for row in Assignment.objects.filter(item=item).select_related("membership__rater"):
        submitted(row, drawn(rng))
    counting.count_all_new(every)
    # 6 items by 3 raters: 3 pairs each; of one item all three are rated
    assert AgreementTally.objects.get(study=every, variable="right").estimates["screens"] == {
        "planned": 18,
        "rated": 3,
    }
    assert AgreementTally.objects.get(study=every, variable="points").estimates["pairs"] == 6  # two criteria


def test_numbers_without_declared_categories_agree_and_shrink_to_nothing(
    every: Any, drawn: Draw, submitted: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(2)
    row = Assignment.objects.filter(study=every).select_related("membership__rater").first()
    assert row is not None
    submitted(row, drawn(rng))
    counting.count_all_new(every)
    assert AgreementTally.objects.get(study=every, variable="minutes").estimates["numbers"]["n"] == 1
    submitted(row, drawn(rng) | {"minutes": {"cannot_judge": "ambiguous"}}, reason="I cannot tell")
    counting.count_all_new(every)
    assert not AgreementTally.objects.filter(study=every, variable="minutes").exists()


@pytest.mark.django_db(transaction=True)
def test_counting_at_the_same_moment_counts_once(
    opened: Callable[..., Any], drawn: Draw, submitted: Callable[..., Any], all_rated: Callable[..., None]
) -> None:
    study, rng = opened("every", "at-once", items=5, raters=2), np.random.default_rng(4)
    all_rated(study, lambda _: drawn(rng))
    start, counted = threading.Barrier(4), []

    def count() -> None:
        start.wait()
        try:
            counted.append(counting.count_all_new(study))
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(counted) == [0, 0, 0, 10]
    tallies = kept(study)
    counting.recount(study)
    assert kept(study) == tallies


@pytest.mark.django_db(transaction=True)
def test_a_rater_who_leaves_while_a_count_is_under_way_is_not_counted(
    opened: Callable[..., Any], drawn: Draw, all_rated: Callable[..., None]
) -> None:
    study, rng = opened("every", "leaving", items=5, raters=2), np.random.default_rng(5)
    all_rated(study, lambda _: drawn(rng))
    leaving = Membership.objects.filter(study=study).select_related("rater").first()
    assert leaving is not None and leaving.rater is not None
    start = threading.Barrier(2)

    def at_once(action: Callable[[], Any]) -> None:
        start.wait()
        try:
            action()
        finally:
            connection.close()

    rater = leaving.rater
    threads = [
        threading.Thread(target=at_once, args=[action])
        for action in (lambda: counting.count_new(study), lambda: memberships.withdraw(rater, study.slug))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    counting.count_all_new(study)
    assert not Observation.objects.filter(membership=leaving).exists()
    assert {count for _, _, count in kept(study).values()} <= {5, 10}  # 5 items, or their two criteria


def test_a_state_that_was_kept_can_be_read_again(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(6)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    for tally in AgreementTally.objects.filter(study=every).exclude(state=None):
        stored = bytes(tally.state)
        assert AgreementState.from_bytes(stored).to_bytes() == stored
