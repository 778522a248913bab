"""How the raters of a study rate, for its coordinator: all of them, one of them, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from raters.selectors import held_texts, quality
from raters.services import held_texts as texts
from raters.services import quality as service
from raters.services.refusals import NotFoundError, RefusalError
from raters.views.managing import coordinating


@coordinating
@require_safe
@never_cache
def overview(request: PersonRequest, study: Any) -> HttpResponse:
    context = {
        "study": study,
        "rows": quality.standings(study),
        "held": held_texts.number_waiting(study),
    }
    return render(request, "raters/quality.html", context)


@coordinating
@require_safe
@never_cache
def rater(request: PersonRequest, study: Any, pk: int) -> HttpResponse:
    membership = quality.member(study, pk)
    if membership is None:
        raise Http404(_("There is no such rater in this study."))
    seen = quality.last_seen(membership)
    context = {
        "study": study,
        # who coordinates and rates sees of themself what every rater sees
        "quality": quality.quality_of(membership, for_rater=membership.rater_id == request.user.pk),
        "block": quality.BLOCK,
        "records": quality.records(membership),
        "seen": seen,
        "has_seen": seen is not None and seen.ratings >= membership.chain_length,
        "note": quality.note_to(membership),
        "is_own": False,
        "is_self": membership.rater_id == request.user.pk,
    }
    return render(request, "raters/quality_rater.html", context)


@coordinating
@require_POST
def act(request: PersonRequest, study: Any, pk: int) -> HttpResponse:
    """Pause, take up again, leave out or count again, as the button says."""
    given, by = request.POST, request.user
    reason = given.get("reason", "")
    known: dict[str, tuple[Callable[[], Any], str]] = {
        "pause": (
            lambda: service.pause(by, study, pk, reason),
            _("Paused. The rater reads your reason, and is given nothing new."),
        ),
        "resume": (lambda: service.resume(by, study, pk, reason), _("The rater goes on where they were.")),
        "leave_out": (
            lambda: service.leave_out(
                by, study, pk, reason, name=given.get("name", ""), unseen="unseen" in given
            ),
            _("The ratings are left out of the results from now on. They stay on record."),
        ),
        "reinstate": (lambda: service.reinstate(by, study, pk, reason), _("The ratings count again.")),
    }
    chosen = known.get(given.get("act", ""))
    if chosen is None:
        raise Http404(_("There is no such act."))
    try:
        chosen[0]()
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, chosen[1])
    return redirect("raters:quality_rater", study.slug, pk)


@coordinating
@require_safe
@never_cache
def held(request: PersonRequest, study: Any) -> HttpResponse:
    """Texts that may name a patient."""
    waiting, decided = held_texts.looked_at(study)
    sections = [(_("To be looked at"), waiting), (_("Decided"), decided)]
    context = {"study": study, "sections": sections}
    return render(request, "raters/quality_held.html", context)


@coordinating
@require_POST
def decide(request: PersonRequest, study: Any) -> HttpResponse:
    try:
        texts.decide(request.user, study, request.POST.get("sha", ""), request.POST.get("decision", ""))
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Kept. Pages and exports follow it from now on."))
    return redirect("raters:held_texts", study.slug)
