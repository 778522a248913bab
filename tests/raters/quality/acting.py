"""Raters with planted screens, and the coordinator who looks after them."""

from __future__ import annotations

from typing import Any

from raters.models import Membership
from tests.signed_in import signed_in

SAFE, GRAVE = {"safe": "yes"}, {"safe": "no", "harm": "grave"}
OWN = "/studies/first/mine/quality/"


def where(member: Membership, act: str = "") -> str:
    return f"/studies/{member.study.slug}/quality/{member.pk}/{act}"


def act(by: Any, member: Membership, what: str, **more: str) -> str:
    sent = {"act": what, "reason": "Twins were not told apart.", **more}
    return signed_in(by).post(where(member, "act/"), sent, follow=True).content.decode()


def member_of(study: Any, rater: Any) -> Membership:
    return Membership.objects.get(study=study, rater=rater)
