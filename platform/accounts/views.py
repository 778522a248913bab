"""The account page: who you are here and the tokens of your programs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import selectors, services
from accounts.forms import TokenForm
from accounts.http import PersonRequest


@require_GET
@login_required
def account(request: PersonRequest) -> HttpResponse:
    context = {"tokens": selectors.tokens_of(request.user), "form": TokenForm()}
    return render(request, "accounts/account.html", context)


@require_POST
@login_required
def create_token(request: PersonRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    new_token = services.create_token(request.user, form.cleaned_data["name"]) if form.is_valid() else ""
    context = {
        "tokens": selectors.tokens_of(request.user),
        "form": TokenForm() if new_token else form,
        "new_token": new_token,
    }
    response = render(request, "accounts/account.html", context)
    response.headers["Cache-Control"] = "no-store"  # the token is on this page and nowhere else
    return response


@require_POST
@login_required
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    services.revoke_token(request.user, pk)
    messages.success(request, _("The token was revoked. Programs that use it are refused from now on."))
    return redirect("accounts:account")
