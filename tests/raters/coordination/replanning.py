"""An open study, its raters at work, and what must hold of its plan."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

from django.test import Client

from tests.signed_in import signed_in

QUIET = {"overlap_share": 0.25, "repeat_share": 0.0, "gold_share": 0.0, "twin_share": 0.0}


def opened(desk: Any, items: list[dict[str, Any]], raters: list[Any], **design: Any) -> Any:
    """An open study; everybody consented."""
    from raters.services import drafts, memberships, people, studies

    assert desk.upload(items).status_code == 302
    people.invite(desk.study, desk.study.groups.get().pk, [rater.username for rater in raters])
    drafts.change(desk.study, design=QUIET | design)
    studies.open_study(desk.study, without_dry_run=True)
    for rater in raters:
        memberships.consent(rater, desk.slug, 1)
    return desk.study


def take(client: Client, slug: str) -> str:
    """The next screen of a rater, opened."""
    answer = client.get("/api/v1/assignments/next/", {"study": slug})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["assignment"])


def rate(rater: Any, slug: str, number: int, value: str = "yes") -> list[Any]:
    """Rate the next screens as a program does; their assignments."""
    from raters.models import Assignment

    done, client = [], signed_in(rater)
    for _ in range(number):
        pk = take(client, slug)
        sent = {"payload": {"safe": value}, "seconds": 20}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post(f"/api/v1/assignments/{pk}/submit/", sent, "application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        done.append(Assignment.objects.get(pk=pk))
    return done


def live(study: Any, **more: Any) -> list[Any]:
    from raters.models import Assignment

    rows = Assignment.objects.filter(study=study, kind="live", **more).exclude(state="void")
    return list(rows.order_by("membership", "place"))


def answers_wanted(study: Any) -> Counter[int]:
    """How often each answer is to be rated: by two in the overlap, by one otherwise."""
    group = study.groups.get()
    wanted: Counter[int] = Counter()
    for item, _content, needed, _overlap in study.plan[str(group.pk)]["blocks"]:
        for pk in study.items.get(pk=int(item)).answers.filter(is_twin=False).values_list("pk", flat=True):
            wanted[pk] += needed
    return wanted


def given(study: Any, **more: Any) -> Counter[int]:
    return Counter(answer for row in live(study, **more) for answer in row.answers)


def check_whole(study: Any) -> None:
    """Every answer is planned as often as wanted, no rater has one twice, places are in order."""
    study.refresh_from_db()
    assert given(study) == answers_wanted(study)
    seen = Counter((row.membership_id, answer) for row in live(study) for answer in row.answers)
    assert set(seen.values()) <= {1}
    for member in study.memberships.all():
        places = list(
            member.assignments.exclude(state="void").order_by("place").values_list("place", flat=True)
        )
        assert len(places) == len(set(places))
