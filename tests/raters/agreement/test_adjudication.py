"""The desk of disputes: what comes to it, in which order, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from raters.domain.adjudication import dispute_size
from raters.domain.rubric import variables
from raters.models import Assignment, Membership
from raters.selectors import adjudication as desk
from raters.selectors import disagreement
from raters.services import adjudication, counting
from tests.raters.agreement.looking import QUIET, Draw, axis_of, unit_of
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


def test_only_what_lies_beyond_the_threshold_comes_to_the_desk(disputed: Any) -> None:
    (found,) = desk.queue(disputed)  # the step on case 2 is below the two of the design
    assert (found.label, found.axis.id, found.size, found.decided) == ("case-1", "risk", 1.0, False)


def test_the_largest_disagreement_comes_first_and_what_is_decided_last(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(1)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    queue = desk.queue(every)
    assert [one.size for one in queue] == sorted((one.size for one in queue), reverse=True)
    assert {"risk", "right", "feel", "minutes", "faults", "marks", "points"} == {one.axis.id for one in queue}
    first = queue[0]
    view = disagreement.case_of(every, first.unit)
    assert view is not None
    rating = desk.ratings_for(every, view.rubric, first.unit, first.part, first.axis)[0]
    adjudication.decide(every.coordinator, view, first.part, first.axis, rating.value, "as it is", False)
    again = desk.queue(every)
    assert len(again) == len(queue)
    assert again[-1].key == first.key
    assert again[-1].decided


def test_the_order_of_the_ratings_is_drawn_for_each_case_and_stays(
    every: Any, drawn: Draw, all_rated: Callable[..., None]
) -> None:
    rng = np.random.default_rng(1)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    axis, rubric = axis_of(every, "right"), disagreement.rubric_of(every)
    rater_of = {str(pk): member for pk, member in Assignment.objects.values_list("pk", "membership")}
    orders = set()
    for item in every.items.all():
        unit = unit_of(every, item.key)
        shown = [each.assignment for each in desk.ratings_for(every, rubric, unit, "", axis)]
        assert shown == [each.assignment for each in desk.ratings_for(every, rubric, unit, "", axis)]
        orders.add(tuple(rater_of[each] for each in shown))
    assert len(orders) > 1


def test_raters_hear_of_decisions_only_when_they_have_rated_everything(
    every: Any, submitted: Callable[..., Any]
) -> None:
    rows = list(Assignment.objects.filter(study=every).select_related("membership__rater", "item"))
    of_one = [row for row in rows if row.item.key == "case-1"]
    for row, risk in zip(of_one, ("none", "grave", "grave"), strict=True):
        submitted(row, QUIET | {"risk": risk})
    counting.count_all_new(every)
    view = disagreement.case_of(every, of_one[0].unit)
    assert view is not None
    adjudication.decide(every.coordinator, view, "", axis_of(every, "risk"), "grave", "it may kill", False)
    member = Membership.objects.get(pk=of_one[0].membership_id)
    assert desk.outcomes_for(member) == []
    for row in rows:
        if row.membership_id == member.pk and row not in of_one:
            submitted(row, QUIET)
    (told,) = desk.outcomes_for(member)
    assert (told["own"], told["decided"]) == ("none", "grave")


def test_the_desk_is_the_coordinators_alone(disputed: Any, eve: Any) -> None:
    unit = unit_of(disputed, "case-1")
    addresses = ["", f"case/?unit={unit}&part=&axis=risk", f"view/?unit={unit}"]
    for person in (eve, disputed.memberships.first().rater):
        for address in addresses:
            assert signed_in(person).get(f"/studies/every/adjudication/{address}").status_code == 404
    for address in addresses:
        page = signed_in(disputed.coordinator).get(f"/studies/every/adjudication/{address}").content.decode()
        assert "every-rater" not in page
        assert "Model A" not in page


@pytest.mark.parametrize(
    "query",
    [
        "",
        "unit=1:1&axis=risk",
        "unit={unit}&axis=none",
        "unit={unit}&axis=comment",
        "unit={unit}&axis=points&part=x",
    ],
)
def test_a_dispute_there_is_not_is_not_found(disputed: Any, query: str) -> None:
    asked = query.format(unit=unit_of(disputed, "case-1"))
    assert (
        signed_in(disputed.coordinator).get(f"/studies/every/adjudication/case/?{asked}").status_code == 404
    )


SPAN = '[{"side":"output","start":%d,"end":%d,"text":"x","category":"made_up"}]'


@pytest.mark.parametrize(
    ("name", "values", "size"),
    [
        ("right", ["yes", "yes"], 0),
        ("right", ["yes", "no"], 1),  # the one pair differs
        ("right", ["yes", "no", "yes"], pytest.approx(2 / 3)),  # two of three pairs
        ("risk", ["none", "some"], 0),  # one step
        ("risk", ["none", "much"], pytest.approx(2 / 3)),  # two of three steps
        ("feel", ["4.0", "5.0"], 0),
        ("feel", ["1.0", "9.0"], 1),
        ("minutes", ["1.0", "2.5"], 0),
        ("minutes", ["1.0", "4.0"], pytest.approx(3 / 4)),  # 3 apart, of 4 at most
        ("points", ["met", "not_met"], 1),
        ("marks", [SPAN % (0, 10), SPAN % (0, 10)], 0),
        ("marks", [SPAN % (0, 10), SPAN % (4, 10)], 0),  # 6 of 10 characters
        ("marks", [SPAN % (0, 10), SPAN % (6, 10)], pytest.approx(0.6)),  # 4 of 10
        ("marks", [SPAN % (0, 10), "[]"], 1),
        ("marks", ["[]", "[]"], 0),
        ("risk", ["none"], 0),
    ],
)
def test_how_far_apart_is_too_far(every: Any, name: str, values: list[str], size: Any) -> None:
    rubric = disagreement.rubric_of(every)
    variable = next(each for each in variables(rubric) if each.id == name)
    assert dispute_size(axis_of(every, name), variable, values, 2) == size


@pytest.mark.parametrize(
    ("values", "size"),
    [
        (["a", "tie"], 0),
        (["a", "b"], 0.5),
        (["a_much", "b"], 0.75),
        (["a", "a_much"], 0),
        (["tie", "tie"], 0),
    ],
)
def test_opposite_sides_are_too_far_apart_and_a_tie_is_not(
    pairs: Any, values: list[str], size: float
) -> None:
    variable = variables(disagreement.rubric_of(pairs))[0]
    assert dispute_size(axis_of(pairs, "better"), variable, values, 2) == size
