"""The adjudicator's desk: where raters differ too much, one by one, and cases to be repaired."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from raters.selectors import adjudication as desk
from raters.selectors import disagreement
from raters.selectors.desk_values import choices_of, shown_value, widest_choice
from raters.services import adjudication as services
from raters.services.refusals import NotFoundError, RefusalError
from raters.views.managing import coordinating

MOST_LISTED = 200


@coordinating
@require_safe
@never_cache
def adjudication(request: PersonRequest, study: Any) -> HttpResponse:
    disputes = desk.queue(study)
    decided = sum(dispute.decided for dispute in disputes)
    shown = reverse("raters:adjudication_view", args=[study.slug])
    context = {
        "study": study,
        "manages": True,
        "disputes": [(dispute, case_address(study, dispute)) for dispute in disputes[:MOST_LISTED]],
        "decided": decided,
        "total": len(disputes),
        "most": MOST_LISTED,
        "steps": study.design.get("disagreement", 2),
        "repairs": [(one, f"{shown}?{urlencode({'unit': one.unit})}") for one in desk.repairs(study)],
    }
    return render(request, "raters/adjudication.html", context)


@coordinating
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def decide(request: PersonRequest, study: Any) -> HttpResponse:
    """One dispute: the case, the ratings without names, and the decision."""
    view, axis, part = _asked(request, study)
    error = ""
    if request.method == "POST":
        try:
            _decide(request, view, axis, part)
        except NotFoundError as refusal:
            raise Http404(refusal.message) from None
        except RefusalError as refusal:
            error = refusal.message
        else:
            messages.success(request, _("Decided. The ratings stay as they are."))
            return redirect(_next(study))
    ratings = desk.ratings_for(study, view.rubric, view.unit, part, axis)
    disputes = desk.queue(study)
    context = {
        "study": study,
        "view": view,
        "axis": axis,
        "part": part,
        "part_label": disagreement.part_label(view, desk.axis_variable(view.rubric, axis), part),
        "ratings": [(one, shown_value(view, axis, one.value)) for one in ratings],
        "choices": choices_of(view, axis, ratings),
        "decisions": [
            (one, shown_value(view, axis, desk.decided_value(axis, one.value)))
            for one in desk.decisions(study, view.unit, part, axis.id)
        ],
        "error": error,
        "sent": request.POST,
        "picked": request.POST.getlist("value"),
        "left": sum(not dispute.decided for dispute in disputes),
        "total": len(disputes),
        "scale": widest_choice(axis),
    }
    return render(request, "raters/adjudication_case.html", context, status=400 if error else 200)


@coordinating
@require_safe
@never_cache
def look(request: PersonRequest, study: Any) -> HttpResponse:
    """A case as raters saw it, for whoever repairs it."""
    view = disagreement.case_of(study, request.GET.get("unit", ""))
    if view is None:
        raise Http404(_("There is no such case in this study."))
    return render(request, "raters/adjudication_view.html", {"study": study, "view": view})


@coordinating
@require_POST
def settle(request: PersonRequest, study: Any) -> HttpResponse:
    """Settle a flag or a skipped screen."""
    kind, pk, said = (request.POST.get(name, "") for name in ("kind", "pk", "resolution"))
    _told(request, lambda: _settle(study, kind, pk, said, request.POST.get("action", "accept")))
    return redirect(reverse("raters:adjudication", args=[study.slug]) + "#repairs")


def case_address(study: Any, dispute: desk.Dispute) -> str:
    asked = {"unit": dispute.unit, "part": dispute.part, "axis": dispute.axis.id}
    return f"{reverse('raters:adjudication_case', args=[study.slug])}?{urlencode(asked)}"


def _asked(request: PersonRequest, study: Any) -> tuple[Any, Any, str]:
    asked = request.GET
    view = disagreement.case_of(study, asked.get("unit", ""))
    axis = next((each for each in view.axes if each.id == asked.get("axis")), None) if view else None
    part = asked.get("part", "")
    if view is None or axis is None or not desk.ratings_for(study, view.rubric, view.unit, part, axis):
        raise Http404(_("Nobody has rated this in this study."))
    return view, axis, part


def _decide(request: PersonRequest, view: Any, axis: Any, part: str) -> None:
    sent = request.POST
    spans = None
    if axis.type == "spans":
        spans = _spans(sent.get("value", ""))
    value = services.value_from_form(axis, sent.dict(), sent.getlist("value"), spans)
    services.decide(
        request.user, view, part, axis, value, sent.get("explanation", ""), bool(sent.get("guideline_change"))
    )


def _spans(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise RefusalError(_("Choose whose passages hold.")) from None


def _next(study: Any) -> str:
    """The next open dispute, or the queue when none is left."""
    waiting = next((dispute for dispute in desk.queue(study) if not dispute.decided), None)
    return case_address(study, waiting) if waiting else reverse("raters:adjudication", args=[study.slug])


def _settle(study: Any, kind: str, pk: str, said: str, action: str) -> None:
    try:
        if kind == "flag":
            services.settle_flag(study, int(pk), said)
        else:
            services.settle_skip(study, uuid.UUID(pk), said, action)
    except ValueError:
        raise NotFoundError(_("There is nothing of this kind to settle.")) from None


def _told(request: PersonRequest, act: Callable[[], None]) -> None:
    try:
        act()
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Settled."))
