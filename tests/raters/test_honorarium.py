"""Pay follows from the study's median and what was done, is open to dispute, and goes to payroll as it is shown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import PrivilegedAct
from raters.models import Assignment, HonorariumDispute, Study
from raters.selectors import honorarium
from raters.services import memberships, studies
from tests.signed_in import signed_in

SAFE = {"safe": "yes"}
PAGE = "/studies/first/honorarium/"


@pytest.fixture
def paid(study: Any, ann: Any, ben: Any, as_rater: Callable[..., Any]) -> Any:
    """Ann rated for 60, 120 and 600 s, Ben for 180 s and skipped one after 30 s; 90 an hour."""
    Study.objects.filter(pk=study.pk).update(hourly_rate=90)
    for rater, times in ((as_rater(ann), [60, 120, 600]), (as_rater(ben), [180])):
        for seconds in times:
            rater.submit(rater.take(), SAFE, seconds=seconds)
    of_ben = as_rater(ben)
    pk = of_ben.take()
    of_ben.post(pk, "heartbeat", {"seconds": 30})
    of_ben.post(pk, "skip", {"reason": "missing_context"})
    study.refresh_from_db()
    return study


def test_everybody_is_paid_by_the_studys_median(paid: Any) -> None:
    # medians: rated (60, 120, 180, 600) s → 150 s = 2.5 min → 2.5 · 90 / 60 = 3.75; skipped 30 s = 0.5 min → 0.75
    ann, ben = honorarium.accounts(paid)
    assert [(line.kind, line.paid.items, line.paid.per_item, line.paid.amount) for line in ann.lines] == [
        ("rated", 3, Decimal("3.75"), Decimal("11.25"))
    ]
    assert [(line.kind, line.paid.amount) for line in ben.lines] == [
        ("rated", Decimal("3.75")),
        ("skipped", Decimal("0.75")),
    ]
    assert ben.total == Decimal("4.50")
    assert ann.minutes_counted == 13.0  # (60 + 120 + 600) / 60


def test_an_untimed_study_pays_what_was_planned(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    Study.objects.filter(pk=study.pk).update(hourly_rate=90)
    rater = as_rater(ann)
    rater.submit(rater.take(), SAFE)
    study.refresh_from_db()
    line = honorarium.accounts(study)[0].lines[0]
    assert (line.is_planned, line.paid.per_item) == (True, Decimal("1.50"))  # one minute at 90 an hour


def test_a_skip_that_was_never_read_earns_nothing(study: Any, ann: Any, as_rater: Callable[..., Any]) -> None:
    rater = as_rater(ann)
    rater.post(rater.take(), "skip", {"reason": "ambiguous"})
    assert honorarium.accounts(study) == []


def test_work_is_paid_after_its_rater_has_left(paid: Any, ann: Any) -> None:
    memberships.withdraw(ann, "first")
    assert honorarium.accounts(paid)[0].total == Decimal("11.25")


def test_planted_screens_are_paid_like_any_other_and_on_the_same_line(paid: Any, ann: Any) -> None:
    Assignment.objects.filter(membership__rater=ann).update(kind="gold")
    assert [line.kind for line in honorarium.accounts(paid)[0].lines] == ["rated"]


def test_payroll_has_a_row_a_line_and_runs_nothing(paid: Any, ann: Any, carla: Any) -> None:
    ann.first_name = '=HYPERLINK("x")'
    ann.save()
    answer = signed_in(carla).get(f"{PAGE}payroll.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="first-honorarium.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["rater"], row["line"], row["screens"], row["amount"]) for row in rows] == [
        ("ann", "rated", "3", "11.25"),
        ("ben", "rated", "1", "3.75"),
        ("ben", "skipped", "1", "0.75"),
    ]
    assert rows[0]["name"] == '\'=HYPERLINK("x")'
    assert {row["state"] for row in rows} == {"provisional"}
    studies.lock(paid)
    assert b"final" in signed_in(carla).get(f"{PAGE}payroll.csv").content
    taken = PrivilegedAct.objects.filter(kind="honorarium", by="carla", details="payroll")
    assert [act.subject for act in taken] == ["study first"] * 2


def test_a_line_is_disputed_once_and_answered_once(paid: Any, ann: Any, carla: Any) -> None:
    said = {"line": "rated", "note": "The <b>median</b> is low."}
    for _ in range(2):
        signed_in(ann).post("/studies/first/mine/dispute/", said)
    other = signed_in(ann).post("/studies/first/mine/dispute/", said | {"note": "And more."}, follow=True)
    assert "You disputed this line already" in other.content.decode()
    one = HonorariumDispute.objects.get()
    assert "The &lt;b&gt;median&lt;/b&gt; is low." in signed_in(carla).get(PAGE).content.decode()
    where = f"{PAGE}{one.pk}/answer/"
    assert (
        "Say how it was settled"
        in signed_in(carla).post(where, {"resolution": " "}, follow=True).content.decode()
    )
    signed_in(carla).post(where, {"resolution": "It moves."})
    assert (
        "answered already"
        in signed_in(carla).post(where, {"resolution": "Other."}, follow=True).content.decode()
    )
    page = signed_in(ann).get("/studies/first/mine/").content.decode()
    assert "It moves." in page
    signed_in(ann).post("/studies/first/mine/dispute/", said | {"note": "Still."})
    assert HonorariumDispute.objects.filter(resolved_at=None).count() == 1


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"line": "everything", "note": "x"}, 404),
        ({"note": "x"}, 404),
        ({"line": "rated", "note": " "}, 302),
        ({"line": "rated", "note": "x" * 2001}, 302),
        ({"line": "rated", "note": "a\x00b"}, 302),
    ],
)
def test_a_malformed_dispute_is_not_kept(sent: dict[str, str], status: int, paid: Any, ann: Any) -> None:
    assert signed_in(ann).post("/studies/first/mine/dispute/", sent).status_code == status
    assert not HonorariumDispute.objects.exists()


def test_the_ledger_is_the_coordinators(
    paid: Any, ann: Any, ben: Any, eve: Any, carla: Any, root_admin: Any
) -> None:
    signed_in(ann).post("/studies/first/mine/dispute/", {"line": "rated", "note": "x"})
    answer = f"{PAGE}{HonorariumDispute.objects.get().pk}/answer/"
    for where in (PAGE, f"{PAGE}payroll.csv"):
        for person in (ann, ben, eve):
            assert signed_in(person).get(where).status_code == 404
        for person in (carla, root_admin):
            assert signed_in(person).get(where).status_code == 200
    for person in (ann, ben, eve):
        assert signed_in(person).post(answer, {"resolution": "mine"}).status_code == 404
    assert (
        signed_in(eve).post("/studies/first/mine/dispute/", {"line": "rated", "note": "x"}).status_code == 404
    )
    assert signed_in(carla).post(f"{PAGE}{10**30}/answer/", {"resolution": "x"}).status_code == 404
    assert HonorariumDispute.objects.get().resolved_at is None
