"""What a study's raters earn, for the coordinator and for payroll."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.http import PersonRequest
from raters.selectors import honorarium
from raters.services import honorarium as service
from raters.services.refusals import NotFoundError, RefusalError
from raters.views.managing import coordinating


@coordinating
@require_safe
@never_cache
def ledger(request: PersonRequest, study: Any) -> HttpResponse:
    accounts = honorarium.accounts(study)
    context = {
        "study": study,
        "accounts": accounts,
        "total": sum((account.total for account in accounts), Decimal("0.00")),
        "disputes": honorarium.open_disputes(study),
    }
    return render(request, "raters/honorarium.html", context)


@coordinating
@require_safe
@never_cache
def payroll(request: PersonRequest, study: Any) -> HttpResponse:
    response = HttpResponse(honorarium.as_csv(study), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{study.slug}-honorarium.csv"'
    return response


@coordinating
@require_POST
def resolve(request: PersonRequest, study: Any, pk: int) -> HttpResponse:
    """Answer a dispute."""
    try:
        service.resolve(request.user, study, pk, request.POST.get("resolution", ""))
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except RefusalError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Answered: the rater reads it beside the line."))
    return redirect("raters:honorarium", study.slug)
