"""Scoring a run again, which administrators ask for with a reason everybody may read."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from evaluation.selectors import runs
from evaluation.services import rescoring
from evaluation.services.admission import RefusedError
from evaluation.views.submissions import page_of, visible


@signed_in(then=page_of)
@require_POST
def rescore(request: PersonRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask for it, or with stop=1 let what is under way go: the old scores stand."""
    if not runs.is_administrator(request.user):
        raise Http404(_("Only administrators have a run scored again."))
    found = visible(request, pk)
    run = getattr(found, "run", None)
    if run is None:
        raise Http404(_("There is nothing to score again."))
    if request.POST.get("stop"):
        if rescoring.give_up(run, f"stopped by an administrator: {request.POST.get('reason', '')[:500]}"):
            messages.success(request, _("Stopped. The scores it has stand."))
        else:
            messages.info(request, _("It is not being scored again."))
        return redirect("evaluation:submission", pk=pk)
    try:
        rescoring.ask_for_rescore(run, request.user, request.POST.get("reason", ""))
        messages.success(request, _("It is being scored again. Until then the scores it has are shown."))
    except RefusedError as refusal:
        messages.error(request, refusal.message)
    return redirect("evaluation:submission", pk=pk)
