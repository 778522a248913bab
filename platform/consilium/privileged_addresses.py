"""Which addresses do what needs more than everybody's rights, and the middleware that writes it down.

An address that takes a POST and is not here is listed in tests/accounts/test_acts.py with the reason why not;
a test fails on one that is in neither place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from accounts.acts import Kind, record
from accounts.models import User
from evaluation.models import Submission
from raters.models import Study

PRIVILEGED = {
    "leaderboard:hide": Kind.MODERATION,
    "leaderboard:show": Kind.MODERATION,
    "leaderboard:resolve": Kind.MODERATION,
    "evaluation:rescore": Kind.MODERATION,
    "raters:new": Kind.STUDY,
    "raters:edit": Kind.STUDY,
    "raters:newest_rubric": Kind.STUDY,
    "raters:open": Kind.STUDY,
    "raters:lock": Kind.STUDY,
    "raters:clone": Kind.STUDY,
    "raters:delete": Kind.STUDY,
    "raters:add_items": Kind.STUDY,
    "raters:draw_items": Kind.STUDY,
    "raters:remove_items": Kind.STUDY,
    "raters:remove_item": Kind.STUDY,
    "raters:set_item_image": Kind.STUDY,
    "raters:leave_item_out": Kind.STUDY,
    "raters:take_item_back": Kind.STUDY,
    "raters:plan_again": Kind.STUDY,
    "raters:decide": Kind.STUDY,
    "raters:consent_text": Kind.STUDY,
    "raters:publish": Kind.PUBLICATION,
    "raters:upload_rubric": Kind.PUBLICATION,
    "raters:invite": Kind.RATERS,
    "raters:add_group": Kind.RATERS,
    "raters:change_group": Kind.RATERS,
    "raters:remove_group": Kind.RATERS,
    "raters:remove_member": Kind.RATERS,
    "raters:end_member": Kind.RATERS,
    "raters:quality_act": Kind.RATERS,
    "raters:decide_credential": Kind.CREDENTIAL,
    "raters:decide_text": Kind.TEXT,
    "raters:pay": Kind.HONORARIUM,
    "raters:answer_dispute": Kind.HONORARIUM,
    "raters:adjudication_case": Kind.ADJUDICATION,
    "raters:adjudication_settle": Kind.ADJUDICATION,
}
# everybody may do these to their own submission: with somebody else's they are an administrator's act
ON_OTHERS = {
    "evaluation:cancel", "evaluation:retry", "evaluation:close", "leaderboard:visibility",
    "leaderboard:withdraw", "api-cancel", "api-retry",
}  # fmt: skip
# What these hand over nobody else may have: who takes it away leaves a line, though nothing is changed.
TAKEN_AWAY = {"raters:payroll": Kind.HONORARIUM, "raters:export_file": Kind.STUDY}
WATCHED: dict[str, set[str]] = {"GET": {*TAKEN_AWAY}, "POST": {*PRIVILEGED, *ON_OTHERS}}
KINDS = PRIVILEGED | TAKEN_AWAY
REASONS = ("reason", "note", "resolution")  # fields in which people say why
CHOICES = ("act", "decision", "action", "names", "group", "name", "stop", "visibility", "hourly_rate")
LONGEST = 2_000  # characters of a field that are kept here; the whole stands with the thing itself


class PrivilegedActsMiddleware:
    """The act and its line are one transaction: neither is kept without the other."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name not in WATCHED.get(request.method or "", ()):
            return None
        with transaction.atomic():
            response = view(request, *args, **kwargs)
            if _came_about(request, response) and _is_privileged(name, request, kwargs):
                _write_down(name, request, kwargs)
        return response


def _came_about(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether it was done: a refusal is a status, or a page that says so."""
    told = getattr(messages.get_messages(request), "_queued_messages", ())
    refused = any(message.level >= messages.ERROR for message in told)
    return response.status_code < 400 and not refused and request.user.is_authenticated


def _is_privileged(name: str, request: HttpRequest, kwargs: dict[str, Any]) -> bool:
    if name in PRIVILEGED:
        return True
    if name in TAKEN_AWAY:
        return not Study.objects.filter(slug=kwargs["slug"], published=True).exists()
    return not Submission.objects.filter(pk=kwargs["pk"], submitter=request.user.pk).exists()


def _write_down(name: str, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    assert isinstance(request.user, User)
    given = {field: ", ".join(request.POST.getlist(field)) for field in (*REASONS, *CHOICES)}
    chosen = [f"{field}: {given[field][:LONGEST]}" for field in CHOICES if given[field]]
    record(
        request.user,
        KINDS.get(name, Kind.FOREIGN_RUN),
        _subject(name, kwargs),
        "; ".join([name.rpartition(":")[2].replace("_", " "), *chosen]),
        " ".join(given[field][:LONGEST] for field in REASONS if given[field]),
    )


def _subject(name: str, kwargs: dict[str, Any]) -> str:
    """`study first, member 3`, `submission 6f…`, `run 12`."""
    if not kwargs:
        return name.rpartition(":")[2].replace("_", " ")
    return ", ".join(f"{_thing(name, key, value)} {value}" for key, value in kwargs.items())


def _thing(name: str, key: str, value: Any) -> str:
    if key == "slug":
        return "study"
    if key == "username":
        return "person"
    if key != "pk":
        return key
    if name == "leaderboard:resolve":
        return "flag"
    return "submission" if isinstance(value, uuid.UUID) else "number"
