"""Second factors as this site keeps and demands them: sealed at rest, and asked of every administrator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import MultiFernet
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.sealing import sealer

_PURPOSE = b"consilium: second factors, 1"
_WAY_THERE = ("mfa_", "account_", "accounts:language", "accounts:session")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """SECRET_KEY seals, it and SECRET_KEY_FALLBACKS open: a key that is changed without them locks second
    factors out, and an administrator removes them."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return sealer(map(force_str, keys), _PURPOSE)


class DemandMiddleware:
    """With REQUIRE_SECOND_FACTOR an administrator who has none gets no further than to where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        if not settings.REQUIRE_SECOND_FACTOR or name.startswith(_WAY_THERE) or not _lacks_one(request.user):
            return None
        told = _("Administrators need a second factor: set up a passkey or an authenticator app first.")
        if request.method not in {"GET", "HEAD"} or name.startswith("api-"):
            raise PermissionDenied(told)
        messages.warning(request, told)
        return redirect("mfa_index")


def _lacks_one(person: Any) -> bool:
    if not isinstance(person, User) or not (person.is_staff or person.has_role(Role.ADMINISTRATOR)):
        return False
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return not Authenticator.objects.filter(user=person, type__in=kinds).exists()
