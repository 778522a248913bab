"""What a rater did in a study: their screens, their training, their figures, what they earn."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from raters.selectors import assignments, honorarium, outcomes, own_ratings, quality, studies
from raters.services import handing_out
from raters.services import honorarium as payments
from raters.services import quality as acts
from raters.services.refusals import NotFoundError, RefusalError

PER_PAGE = 50


def _page_of(slug: str, **_of_a_screen: Any) -> str:
    return reverse("raters:own_ratings", args=[slug])


@signed_in()
@require_safe
@never_cache
def mine(request: PersonRequest, slug: str) -> HttpResponse:
    membership = _membership(request, slug)
    wanted = request.GET.get("show", "all")
    wanted = wanted if wanted in own_ratings.FILTERS else "all"
    page = Paginator(own_ratings.begun(membership, wanted), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "study": membership.study,
        "membership": membership,
        "page": page,
        "rows": own_ratings.screens(membership, list(page)),
        "waiting": own_ratings.waiting(membership),
        "show": wanted,
        "training": own_ratings.training_results(membership),
        "account": honorarium.account_of(membership),
        "note": quality.note_to(membership),
        "outcomes": outcomes.outcomes(membership),
    }
    return render(request, "raters/mine.html", context)


@signed_in()
@require_safe
@never_cache
def own_quality(request: PersonRequest, slug: str) -> HttpResponse:
    membership = _membership(request, slug)
    if request.method == "GET":
        acts.note_seen(membership)
    context = {
        "study": membership.study,
        "quality": quality.quality_of(membership, for_rater=True),
        "note": quality.note_to(membership),
        "block": quality.BLOCK,
        "is_own": True,
    }
    return render(request, "raters/quality_rater.html", context)


@signed_in(then=_page_of)
@require_POST
def take_up(request: PersonRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Go back to a screen that was skipped."""
    membership = _membership(request, slug)
    found = assignments.find(request.user, pk)
    if found is None or found.membership_id != membership.pk:
        raise Http404(_("There is no such screen among yours."))
    try:
        handing_out.take_up_again(request.user, pk)
    except RefusalError as refusal:
        messages.error(request, refusal.message)
        return redirect("raters:own_ratings", slug)
    return redirect(f"{reverse('raters:rate', args=[slug])}?assignment={pk}")


@signed_in(then=_page_of)
@require_POST
def dispute(request: PersonRequest, slug: str) -> HttpResponse:
    """Say that a line of the honorarium is wrong."""
    membership = _membership(request, slug)
    try:
        payments.dispute(
            request.user, membership.study, request.POST.get("line", ""), request.POST.get("note", "")
        )
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The coordinator has your note. The answer appears here."))
    return redirect(f"{_page_of(slug)}#honorarium")


def _membership(request: PersonRequest, slug: str) -> Any:
    study = studies.find(slug)
    membership = quality.membership_of(request.user, study) if study else None
    if membership is None:
        raise Http404(_("You are not a rater in a study of this name."))
    return membership
