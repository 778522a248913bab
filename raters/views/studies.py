"""Pages of studies as raters and readers see them: which there are, one of them, joining and leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.signed_in import signed_in
from raters.selectors import coordination, quality, rubric_moves, studies
from raters.services import memberships
from raters.services.refusals import NotFoundError, RefusalError


def _page_of(slug: str) -> str:
    return reverse("raters:study", args=[slug])


@require_safe
def study_list(request: PageRequest) -> HttpResponse:
    context: dict[str, Any] = {"published": studies.published()}
    if request.user.is_authenticated:
        context["own"] = studies.rated_by(request.user)
        if request.user.has_role("coordinator"):
            context["coordinated"] = studies.coordinated_by(request.user)
    return render(request, "raters/studies.html", context)


@require_safe
def study(request: PageRequest, slug: str) -> HttpResponse:
    found = studies.find(slug)
    person = request.user if request.user.is_authenticated else None
    own = studies.own_study(person, found) if person and found else None
    manages = bool(person and found and studies.may_manage(person, found))
    if found is None or not (own or manages or found.published):
        raise Http404(_("There is no such study, or it is not open to you."))
    context: dict[str, Any] = {
        "study": found,
        "own": own,
        "manages": manages,
        "summary": studies.summary(found),
    }
    if own:
        context["note"] = quality.note_to(own.membership)
    if manages:
        context["ready"] = coordination.readiness(found)
        context["newer"] = rubric_moves.offer_of(found)
        context["moves"] = rubric_moves.moves_of(found)
    return render(request, "raters/study.html", context)


@signed_in(then=_page_of)
@require_POST
def consent(request: PersonRequest, slug: str) -> HttpResponse:
    try:
        memberships.consent(request.user, slug, _number(request.POST.get("version")))
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
        return redirect("raters:study", slug=slug)
    return redirect("raters:rate", slug=slug)


@signed_in(then=_page_of)
@require_POST
def withdraw(request: PersonRequest, slug: str) -> HttpResponse:
    try:
        memberships.withdraw(request.user, slug)
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    messages.success(
        request, _("You have left this study. Your ratings are kept, and left out of its results.")
    )
    return redirect("raters:study", slug=slug)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0
