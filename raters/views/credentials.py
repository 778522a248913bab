"""Credentials: the rater's own page, and those of coordinators who confirm them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from raters.people_forms import CredentialForm, as_initial
from raters.selectors import credentials
from raters.services import credentials as service
from raters.services.refusals import NotFoundError, RefusalError

PER_PAGE = 50


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own(request: PersonRequest) -> HttpResponse:
    found = credentials.own(request.user)
    is_confirmed = found is not None and found.confirmed_at is not None
    if request.method != "POST":
        initial = as_initial(credentials.content_of(found))
        return _own_page(request, CredentialForm(initial=initial, is_confirmed=is_confirmed), found)
    form = CredentialForm(request.POST, is_confirmed=is_confirmed)
    if not form.is_valid():
        return _own_page(request, form, found, status=400)
    try:
        changed = service.fill_in(request.user, form.credential, agreed=form.is_agreed)
    except service.ConfirmationLostError as refusal:
        # a confirmation that came meanwhile: the form they filled in had no box to tick
        form = CredentialForm(request.POST, is_confirmed=True)
        form.add_error("agreed", refusal.message)
        return _own_page(request, form, credentials.own(request.user), status=400)
    if changed:
        messages.success(request, _("Saved. A coordinator looks at it and confirms it or writes back."))
    else:
        messages.info(request, _("Nothing was changed."))
    return redirect("raters:credential")


@signed_in()
@require_safe
@never_cache
def listed(request: PersonRequest) -> HttpResponse:
    _require_coordinator(request)
    standing, words = request.GET.get("standing", ""), request.GET.get("q", "")[:200]
    standing = standing if standing in credentials.STANDINGS else ""
    page = Paginator(credentials.listed(standing, words), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [credentials.view_of(each) for each in page],
        "standing": standing,
        "standings": [(each, credentials.standing_name(each)) for each in credentials.STANDINGS],
        "words": words,
        "pending": credentials.number_pending(),
    }
    return render(request, "raters/credentials.html", context)


@signed_in()
@require_safe
@never_cache
def review(request: PersonRequest, username: str) -> HttpResponse:
    _require_coordinator(request)
    found = credentials.of_person(username) if "\x00" not in username else None
    if found is None:
        raise Http404(_("There is no credential of this name."))
    context = {
        "view": credentials.view_of(found),
        "history": credentials.history(found.rater),
        "is_own": found.rater_id == request.user.pk,
    }
    return render(request, "raters/credential_review.html", context)


def _page_of(username: str) -> str:
    return reverse("raters:credential_review", args=[username])


@signed_in(then=_page_of)
@require_POST
def decide(request: PersonRequest, username: str) -> HttpResponse:
    """Confirm, or return with a note, as the button says."""
    _require_coordinator(request)
    version, note = request.POST.get("version", ""), request.POST.get("note", "")
    try:
        if request.POST.get("decision") == "confirm":
            service.confirm(request.user, username, version)
            messages.success(request, _("Confirmed. The person may now be invited as a rater."))
        else:
            service.send_back(request.user, username, version, note)
            messages.success(request, _("Returned with your note."))
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    return redirect("raters:credential_review", username)


def _require_coordinator(request: PersonRequest) -> None:
    if not credentials.may_confirm(request.user):
        raise Http404(_("There is no such page, or it is not open to you."))


def _own_page(request: PersonRequest, form: CredentialForm, found: Any, status: int = 200) -> HttpResponse:
    context = {"form": form, "view": credentials.view_of(found), "is_rater": request.user.has_role("rater")}
    return render(request, "raters/credential.html", context, status=status)
