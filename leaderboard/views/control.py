"""A submitter's own page: who sees a submission, and taking it off its board for good."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from evaluation.domain.publication import ANONYMOUS, NOT_ASKED, PRIVATE
from evaluation.forms.publication import PublicationForm, publication_of
from evaluation.selectors import runs
from leaderboard.selectors.control import Control, control_of
from leaderboard.services import control
from leaderboard.services.control import RefusedError


def _page_of(pk: uuid.UUID) -> str:
    return reverse("leaderboard:control", args=[pk])


@signed_in()
@require_safe
def control_page(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    found = _own(request, pk)
    return _render(request, found, PublicationForm(initial=publication_of(found)))


@signed_in(then=_page_of)
@require_POST
def visibility(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep what was chosen; with faults the page comes back, what was written still in it."""
    found = _own(request, pk)
    form = PublicationForm(request.POST)
    if not form.is_valid():
        return _render(request, found, form, status=400)
    try:
        control.choose(found, request.user, form.publication())
    except RefusedError as refusal:
        form.add_error(refusal.field or None, refusal.message)
        return _render(request, found, form, status=400)
    found.refresh_from_db()
    messages.success(request, _CHOSEN[found.visibility])
    return redirect("evaluation:submission", pk=pk)


@signed_in(then=_page_of)
@require_POST
def withdraw(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    found = _own(request, pk)
    if not request.POST.get("sure"):
        messages.error(request, _("Tick the box first: a withdrawal cannot be taken back."))
        return redirect("leaderboard:control", pk=pk)
    try:
        control.withdraw(found, request.user, request.POST.get("reason", ""))
        messages.success(request, _("Withdrawn. It is off the board; the changes page says so."))
    except RefusedError as refusal:
        messages.error(request, refusal.message)
        return redirect("leaderboard:control", pk=pk)
    return redirect("evaluation:submission", pk=pk)


class _Said(dict[str, str]):
    """Texts by visibility, translated when they are asked for."""

    def __getitem__(self, visibility: str) -> str:
        return _(super().__getitem__(visibility))


_CHOSEN = _Said(
    public=gettext_noop("Public: the board shows it with its name."),
    anonymous=gettext_noop("Public without its name: the board keeps its name back."),
    private=gettext_noop("Private: nobody but you and administrators sees it."),
)


def _render(request: PersonRequest, found: Any, form: PublicationForm, status: int = 200) -> HttpResponse:
    standing = control_of(found)
    _offer_what_can_be(form, standing)
    context = {"submission": found, "control": standing, "form": form}
    return render(request, "leaderboard/control.html", context, status=status)


def _offer_what_can_be(form: PublicationForm, standing: Control) -> None:
    """What is on a board cannot turn private there, nor lose a name it was shown with."""
    if standing.published is None:
        return
    gone = {PRIVATE, ANONYMOUS} if standing.named else {PRIVATE}
    for name, left_out in (("visibility", gone), ("relation", {NOT_ASKED})):
        field: Any = form.fields[name]
        field.choices = [choice for choice in field.choices if choice[0] not in left_out]


def _own(request: PersonRequest, pk: uuid.UUID) -> Any:
    found = runs.submission_for(request.user, pk)
    if found is None or not runs.may_manage(request.user, found):
        raise Http404(_("There is no such submission of yours."))
    return found
