"""The adjudicator's desk: what comes to it, in which order, and that a decision changes no rating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client

from raters.domain.adjudication import dispute_size
from raters.domain.rubric import variables
from raters.models import Adjudication, Assignment, Flag, Membership, Observation, RatingRevision, StudyItem
from raters.selectors import adjudication as desk
from raters.selectors import disagreement
from raters.services import adjudication, counting, handing_out
from raters.services.refusals import NotFoundError, RefusalError

pytestmark = pytest.mark.django_db

Draw = Callable[[np.random.Generator], dict[str, Any]]
QUIET = {
    "risk": "none",
    "right": "yes",
    "feel": 5,
    "minutes": 1,
    "faults": [],
    "marks": [],
    "points": {"site": {"met": "met"}, "onset": {"met": "met"}},
}


@pytest.fixture
def disputed(every: Any, all_rated: Callable[..., None]) -> Any:
    """Raters agree on everything but the risk of case 1 by three steps, and of case 2 by one."""
    members = list(every.memberships.values_list("pk", flat=True))
    away = {("case-1", members[0]): "grave", ("case-2", members[0]): "some"}

    def payload(row: Any) -> dict[str, Any]:
        return QUIET | {"risk": away.get((row.item.key, row.membership_id), "none")}

    all_rated(every, payload)
    counting.count_all_new(every)
    return every


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def unit_of(study: Any, key: str) -> str:
    return Assignment.objects.filter(study=study, item__key=key)[0].unit


def axis_of(study: Any, name: str) -> Any:
    return next(axis for axis in disagreement.rubric_of(study).axes if axis.id == name)


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


def test_a_decision_stands_beside_the_ratings_and_touches_none(disputed: Any) -> None:
    before = list(RatingRevision.objects.order_by("pk").values())
    observed = list(Observation.objects.order_by("pk").values())
    unit = unit_of(disputed, "case-1")
    where = f"/studies/every/adjudication/case/?unit={unit}&part=&axis=risk"
    sent = {"value": "some", "explanation": "Dizzy, no more.", "guideline_change": "on"}
    answer = signed_in(disputed.coordinator).post(where, sent)
    assert answer.status_code == 302
    assert answer["Location"] == "/studies/every/adjudication/"  # nothing is left to decide
    made = Adjudication.objects.get()
    assert (made.value, made.variable, made.guideline_change) == ("some", "risk", True)
    assert {each["letter"] for each in made.shown} == {"A", "B", "C"}
    assert sorted(each["value"] for each in made.shown) == ["grave", "none", "none"]
    assert list(RatingRevision.objects.order_by("pk").values()) == before
    assert list(Observation.objects.order_by("pk").values()) == observed


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


def test_a_later_decision_counts_and_the_earlier_one_stays_on_record(disputed: Any) -> None:
    unit, axis = unit_of(disputed, "case-1"), axis_of(disputed, "risk")
    view = disagreement.case_of(disputed, unit)
    assert view is not None
    adjudication.decide(disputed.coordinator, view, "", axis, "some", "first thought", False)
    adjudication.decide(disputed.coordinator, view, "", axis, "grave", "second thought", False)
    assert [one.value for one in desk.decisions(disputed, unit, "", "risk")] == ["grave", "some"]
    member = disputed.memberships.first()
    (told,) = desk.outcomes_for(member)
    assert (told["own"], told["decided"], told["explanation"]) == ("grave", "grave", "second thought")


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


def test_without_an_explanation_or_a_value_nothing_is_decided(disputed: Any) -> None:
    client, unit = signed_in(disputed.coordinator), unit_of(disputed, "case-1")
    where = f"/studies/every/adjudication/case/?unit={unit}&part=&axis=risk"
    for sent, said in (
        ({"value": "some", "explanation": " "}, "Write in a sentence why"),
        ({"explanation": "because"}, "Choose an answer"),
        ({"value": "huge", "explanation": "because"}, "none of the options"),
    ):
        refused = client.post(where, sent)
        assert refused.status_code == 400
        assert said in refused.content.decode()
    assert not Adjudication.objects.exists()


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


def test_a_pair_is_decided_in_terms_of_the_page_and_kept_in_terms_of_the_answers(
    pairs: Any, all_rated: Callable[..., None]
) -> None:
    members = list(pairs.memberships.values_list("pk", flat=True))

    def payload(row: Any) -> dict[str, Any]:
        prefers = 1 if row.item.key == "case-3" and row.membership_id == members[1] else 0
        return {"better": "first" if row.order[0] == prefers else "second"}

    all_rated(pairs, payload)
    counting.count_all_new(pairs)
    (dispute,) = desk.queue(pairs)
    assert dispute.label == "case-3"
    view = disagreement.case_of(pairs, dispute.unit)
    assert view is not None
    made = adjudication.decide(pairs.coordinator, view, "", dispute.axis, "second_much", "clearer", False)
    # the answer on the right of the page is canonical answer order[1]
    assert made.value == ("b_much" if view.screen.order[1] == 1 else "a_much")


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("right", "no", "no"),
        ("feel", "7", "7"),
        ("minutes", "2.5", "2.5"),
        ("faults", ["vague", "long"], '["long","vague"]'),
        ("marks", "[]", "[]"),
    ],
)
def test_every_kind_of_question_can_be_decided(
    every: Any, drawn: Draw, all_rated: Callable[..., None], name: str, value: Any, kept: str
) -> None:
    rng = np.random.default_rng(9)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    unit = unit_of(every, "case-0")
    where = f"/studies/every/adjudication/case/?unit={unit}&part=&axis={name}"
    client = signed_in(every.coordinator)
    assert client.get(where).status_code == 200
    assert client.post(where, {"value": value, "explanation": "it is so"}).status_code == 302
    assert Adjudication.objects.get().value == kept
    assert client.get(where).status_code == 200


def test_a_criterion_is_decided_by_itself(every: Any, drawn: Draw, all_rated: Callable[..., None]) -> None:
    rng = np.random.default_rng(9)
    all_rated(every, lambda _: drawn(rng))
    counting.count_all_new(every)
    where = f"/studies/every/adjudication/case/?unit={unit_of(every, 'case-0')}&part=onset&axis=points"
    client = signed_in(every.coordinator)
    assert "Names the onset" in client.get(where).content.decode()
    assert client.post(where, {"value": "not_met", "explanation": "never said"}).status_code == 302
    made = Adjudication.objects.get()
    assert (made.part, made.value) == ("onset", "not_met")


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


def test_skips_that_point_to_the_case_and_flags_wait_to_be_repaired(every: Any) -> None:
    one, two, three = Assignment.objects.filter(study=every).select_related("membership__rater")[:3]
    handing_out.skip(one.membership.rater, one.pk, "missing_context", "no lab values")
    handing_out.skip(two.membership.rater, two.pk, "outside_specialty", "")  # nothing is wrong with the case
    handing_out.flag(three.membership.rater, three.pk, "the picture is missing")
    assert [(each.kind, each.note) for each in desk.repairs(every)] == [
        ("flag", "the picture is missing"),
        ("skip", "no lab values"),
    ]
    page = signed_in(every.coordinator).get("/studies/every/adjudication/").content.decode()
    assert "no lab values" in page


@pytest.mark.parametrize("action", ["accept", "ask", "leave out"])
def test_a_skip_is_settled_with_what_was_done(every: Any, action: str) -> None:
    row = Assignment.objects.filter(study=every).select_related("membership__rater").first()
    assert row is not None
    handing_out.skip(row.membership.rater, row.pk, "technical", "cut off")
    sent = {"kind": "skip", "pk": str(row.pk), "action": action, "resolution": "looked at it"}
    signed_in(every.coordinator).post("/studies/every/adjudication/settle/", sent)
    row.refresh_from_db()
    assert desk.repairs(every) == []
    assert Flag.objects.get(assignment=row).resolution == "looked at it"
    assert row.state == (Assignment.State.PLANNED if action == "ask" else Assignment.State.SKIPPED)
    assert StudyItem.objects.get(pk=row.item_id).left_out == ("looked at it" if action == "leave out" else "")


def test_a_flag_is_settled_once_and_in_words(every: Any) -> None:
    row = Assignment.objects.filter(study=every).select_related("membership__rater").first()
    assert row is not None
    flag = handing_out.flag(row.membership.rater, row.pk, "typo")
    with pytest.raises(RefusalError):
        adjudication.settle_flag(every, flag.pk, " ")
    adjudication.settle_flag(every, flag.pk, "mended")
    with pytest.raises(NotFoundError):
        adjudication.settle_flag(every, flag.pk, "again")
    refused = signed_in(every.coordinator).post(
        "/studies/every/adjudication/settle/", {"kind": "flag", "pk": "x", "resolution": "y"}, follow=True
    )
    assert refused.status_code == 200


def test_a_rubric_of_ranks_is_decided_as_one_order(
    opened: Callable[..., Any], submitted: Callable[..., Any]
) -> None:
    toml = (
        'id = "order"\ntitle = "Order"\ndescription = "d"\nunit = "set"\nanswers = 3\nsource = "Ours."\n'
        'guidelines = "g"\n[[axes]]\nid = "place"\nlabel = "Place"\nquestion = "Best first?"\ntype = "rank"\n'
    )
    study = opened(toml, "order", items=2, raters=2, systems=3)
    for row in Assignment.objects.filter(study=study).select_related("membership__rater"):
        best = [0, 1, 2] if row.membership_id == study.memberships.first().pk else [2, 1, 0]
        submitted(row, {"place": [row.order.index(answer) + 1 for answer in best]})
    counting.count_all_new(study)
    queue = desk.queue(study)
    assert [(one.part, one.axis.id) for one in queue] == [("", "place")] * 2
    view = disagreement.case_of(study, queue[0].unit)
    assert view is not None
    shown = desk.ratings_for(study, view.rubric, view.unit, "", queue[0].axis)
    assert sorted(one.value for one in shown) == [[0, 1, 2], [2, 1, 0]]
    made = adjudication.decide(study.coordinator, view, "", queue[0].axis, [1, 2, 3], "as they stand", False)
    assert made.value == str(list(view.screen.order)).replace(" ", "")
    where = f"/studies/order/adjudication/case/?unit={view.unit}&part=&axis=place"
    sent = {"place-1": "2", "place-2": "1", "place-3": "3", "explanation": "the second is best"}
    assert signed_in(study.coordinator).post(where, sent).status_code == 302
    assert signed_in(study.coordinator).post(where, sent | {"place-3": "1"}).status_code == 400
