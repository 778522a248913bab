"""Cases that raters sent back wait to be repaired, and are settled once, in words."""

from __future__ import annotations

from typing import Any

import pytest

from raters.models import Assignment, Flag, StudyItem
from raters.selectors import adjudication as desk
from raters.services import adjudication, handing_out
from raters.services.refusals import NotFoundError, RefusalError
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db


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
