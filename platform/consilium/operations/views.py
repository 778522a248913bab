"""The figures for Prometheus, and the operator's page."""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from accounts.http import PersonRequest
from accounts.pages import render_page
from accounts.signed_in import signed_in
from consilium.operations.access import may_read_figures
from consilium.operations.concerns import concerns
from consilium.operations.exposition import exposition
from consilium.operations.site_state import site_state
from consilium.operations.sparkline import sparkline
from evaluation.selectors import runs


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read_figures(request):
        refusal = "Show METRICS_TOKEN as a Bearer token; without one set, ask from this machine.\n"
        return HttpResponse(refusal, content_type="text/plain", status=403)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


@signed_in()
@require_safe
@never_cache
def operations(request: PersonRequest) -> HttpResponse:
    if not runs.is_administrator(request.user):
        raise Http404(_("Only administrators see how the site fares."))
    try:
        state = site_state()
    except (DatabaseError, InterfaceError):
        if request.htmx:  # what the page shows stays, and says that it is old
            return HttpResponse(status=503)
        raise
    context = {
        "state": state,
        "concerns": concerns(state),
        "requests": sparkline(state.requests),
        "queued": sparkline(state.queued),
        "version": settings.VERSION,
        "slow_ms": settings.SLOW_QUERY_MS,
    }
    return render_page(request, "operations.html", context, fragment="live")
