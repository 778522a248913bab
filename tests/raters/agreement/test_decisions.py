"""A decision stands beside the ratings, of every kind of question, and touches none of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from raters.models import Adjudication, Assignment, Observation, RatingRevision
from raters.selectors import adjudication as desk
from raters.selectors import disagreement
from raters.services import adjudication, counting
from tests.raters.agreement.looking import Draw, axis_of, unit_of
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


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
