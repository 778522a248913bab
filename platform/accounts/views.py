"""The account page: who you are here and the tokens of your programs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors, services
from accounts.forms import TokenForm
from accounts.http import PageRequest, PersonRequest
from accounts.signed_in import signed_in

SHOWN_ONCE = "new_token"  # in the session, from the making of a token to its one showing


def _account_page(**_of_a_token: int) -> str:
    return reverse("accounts:account")


@require_safe
@signed_in()
@never_cache  # a new token is on this page once and nowhere else
def account(request: PersonRequest) -> HttpResponse:
    new_token = request.session.pop(SHOWN_ONCE, "") if request.method == "GET" else ""
    return _account(request, TokenForm(), new_token)


@require_safe
@never_cache
def session(request: PageRequest) -> JsonResponse:
    """Who is signed in now, and the token to write with: it changes when somebody signs in."""
    known = request.user.is_authenticated
    return JsonResponse(
        {
            "user": request.user.get_username() if known else None,
            "csrf_token": get_token(request),
            "expires_at": request.session.get_expiry_date().isoformat() if known else None,
        }
    )


@require_POST
@signed_in(then=_account_page)
def create_token(request: PersonRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account(request, form)
    request.session[SHOWN_ONCE] = services.create_token(request.user, form.cleaned_data["name"])
    return redirect("accounts:account")  # so that a reload makes no second token


@require_POST
@signed_in(then=_account_page)
def revoke_token(request: PersonRequest, pk: int) -> HttpResponse:
    services.revoke_token(request.user, pk)
    messages.success(request, _("The token was revoked. Programs that use it are refused from now on."))
    return redirect("accounts:account")


def _account(request: PersonRequest, form: TokenForm, new_token: str = "") -> HttpResponse:
    context = {"tokens": selectors.tokens_of(request.user), "form": form, "new_token": new_token}
    return render(request, "accounts/account.html", context)
