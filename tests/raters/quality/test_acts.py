"""A rater sees their figures first; what follows is decided by others, recorded and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, transaction

from raters.models import MembershipRecord, Observation
from raters.selectors import ledger
from raters.services import counting, memberships
from tests.raters.quality.acting import OWN, SAFE, act, member_of, where
from tests.signed_in import signed_in


def test_the_rater_looks_first_and_the_coordinator_sees_whether_they_have(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    member = member_of(study, ann)
    signed_in(ann).get(OWN)
    assert not MembershipRecord.objects.exists()  # there was nothing to see yet
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE)
    assert "has not looked at these figures yet" in signed_in(carla).get(where(member)).content.decode()
    for _ in range(3):
        assert signed_in(ann).get(OWN).status_code == 200
    assert [record.ratings for record in member.records.all()] == [1]
    assert "The rater has looked at these figures" in signed_in(carla).get(where(member)).content.decode()
    rater.submit(rater.take(), SAFE)
    assert "and has rated more since" in signed_in(carla).get(where(member)).content.decode()
    assert "1 rating since" in signed_in(carla).get("/studies/first/quality/").content.decode()


def test_a_paused_rater_is_given_nothing_and_reads_why(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater, member = as_rater(ann), member_of(study, ann)
    rater.submit(rater.take(), SAFE)
    begun = rater.take()
    act(carla, member, "pause")
    assert rater.next().status_code != 200
    for page in ("/studies/first/mine/", OWN):
        assert "Twins were not told apart." in signed_in(ann).get(page).content.decode()
    assert rater.submit(begun, SAFE).status_code == 200  # nothing begun is lost
    assert "paused already" in act(carla, member, "pause")
    act(carla, member, "resume")
    assert rater.next().status_code == 200
    assert "Twins were not told apart." not in signed_in(ann).get(OWN).content.decode()
    acts = MembershipRecord.objects.exclude(act="seen").order_by("pk")
    assert [(one.act, one.actor, one.was) for one in acts] == [
        ("paused", carla, "qualified"),
        ("resumed", carla, "paused"),
    ]


def test_ratings_left_out_leave_the_results_and_stay_on_record(
    study: Any, ann: Any, ben: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    for person in (ann, ben):
        rater = as_rater(person)
        rater.submit(rater.take(), SAFE)
    counting.count_all_new(study)
    member = member_of(study, ann)
    signed_in(ann).get(OWN)
    act(carla, member, "leave_out", name="ann")
    counting.count_all_new(study)
    assert set(Observation.objects.values_list("membership__name", flat=True)) == {"ben"}
    member.refresh_from_db()
    assert (member.state, member.revisions.count(), ledger.verify(member).ok) == ("withdrawn", 1, True)
    assert "left your ratings out" in signed_in(ann).get(OWN).content.decode()
    act(carla, member, "reinstate")
    counting.count_all_new(study)
    assert set(Observation.objects.values_list("membership__name", flat=True)) == {"ann", "ben"}
    member.refresh_from_db()
    assert (member.state, member.withdrawn_at) == ("qualified", None)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "Ann"}, "Type the rater&#x27;s name"),
        ({"name": "ann"}, "has not seen these figures yet"),
        ({"name": "ann", "unseen": "on", "reason": "  "}, "Give the reason"),
        ({"name": "ann", "unseen": "on", "reason": "x" * 2001}, "at most 2000"),
        ({"name": "ann", "unseen": "on", "reason": "a\x00"}, "plain text"),
    ],
)
def test_ratings_are_not_left_out_by_a_slip(
    sent: dict[str, str], said: str, study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater, member = as_rater(ann), member_of(study, ann)
    rater.submit(rater.take(), SAFE)
    assert said in act(carla, member, "leave_out", **sent)
    member.refresh_from_db()
    assert member.state == "qualified"
    assert not MembershipRecord.objects.exists()


def test_who_left_by_themself_is_not_brought_back(
    study: Any, ann: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    rater, member = as_rater(ann), member_of(study, ann)
    rater.submit(rater.take(), SAFE)
    act(carla, member, "leave_out", name="ann", unseen="on")
    act(carla, member, "reinstate")
    memberships.withdraw(ann, "first")
    for _ in range(2):
        said = act(carla, member, "reinstate")
    assert "Only ratings that were left out on this page" in said
    member.refresh_from_db()
    assert member.state == "withdrawn"


def test_nobody_decides_about_themself(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater, member = as_rater(ann), member_of(study, ann)
    rater.submit(rater.take(), SAFE)
    ann.roles = ["rater", "coordinator"]
    ann.save()
    type(study).objects.filter(pk=study.pk).update(coordinator=ann)
    assert "Nobody decides about their own" in act(ann, member, "pause")
    assert "another coordinator decides" in signed_in(ann).get(where(member)).content.decode()


def test_quality_is_seen_by_the_coordinator_and_by_each_rater_about_themself(
    study: Any, ann: Any, ben: Any, eve: Any, carla: Any, root_admin: Any
) -> None:
    member = member_of(study, ann)
    for page in ("/studies/first/quality/", where(member), "/studies/first/quality/held/"):
        for person in (ann, ben, eve):
            assert signed_in(person).get(page).status_code == 404
        for person in (carla, root_admin):
            assert signed_in(person).get(page).status_code == 200
    assert signed_in(ann).get(OWN).status_code == 200
    for person in (eve, carla, root_admin):
        assert signed_in(person).get(OWN).status_code == 404
    for person in (ann, ben, eve):
        assert (
            signed_in(person).post(where(member, "act/"), {"act": "pause", "reason": "x"}).status_code == 404
        )
    for unknown in ({"act": "promote"}, {}):
        assert signed_in(carla).post(where(member, "act/"), unknown).status_code == 404
    for pk in (10**6, 10**30):
        assert signed_in(carla).get(f"/studies/first/quality/{pk}/").status_code == 404
        sent = {"act": "pause", "reason": "x"}
        assert signed_in(carla).post(f"/studies/first/quality/{pk}/act/", sent).status_code == 404


def test_the_record_cannot_be_rewritten(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE)
    signed_in(ann).get(OWN)
    with pytest.raises(Error, match="appended, never changed"), transaction.atomic():
        MembershipRecord.objects.update(reason="other")
