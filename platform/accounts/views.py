"""The account page: who you are here and the tokens of your programs."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors, services
from accounts.forms import TokenForm
from accounts.http import PageRequest, PersonRequest
from accounts.languages import chosen
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


@csrf_exempt  # of a browser nobody signed in with: public pages are the same for all and hold no token
@require_POST
@never_cache
def choose_language(request: PageRequest) -> HttpResponseBase:
    """Write pages in `language` from now on: kept with the account, and in a cookie for who has none."""
    if chosen(request.POST.get("language")) is None:
        return HttpResponseBadRequest("language is one of: " + ", ".join(dict(settings.LANGUAGES)))
    known = request.user.is_authenticated
    return _keep_of_account(cast(PersonRequest, request)) if known else _keep_in_browser(request)


@csrf_protect
def _keep_of_account(request: PersonRequest) -> HttpResponse:
    services.choose_language(request.user, request.POST["language"])
    return _keep_in_browser(request)


def _keep_in_browser(request: PageRequest) -> HttpResponse:
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
    answer = redirect(came_from if is_ours else "/")
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        request.POST["language"],
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
        httponly=True,
    )
    return answer


def _account(request: PersonRequest, form: TokenForm, new_token: str = "") -> HttpResponse:
    context = {"tokens": selectors.tokens_of(request.user), "form": form, "new_token": new_token}
    return render(request, "accounts/account.html", context)
