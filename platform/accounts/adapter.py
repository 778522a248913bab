"""How sign-up and sign-in fit this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.http import PersonRequest
from accounts.models import Role


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def get_login_redirect_url(self, request: PersonRequest) -> str:
        """Raters and coordinators begin at the studies, everybody else at what they handed in."""
        if {Role.RATER, Role.COORDINATOR} & set(request.user.roles):
            return reverse("raters:studies")
        return str(super().get_login_redirect_url(request))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The name alone: allauth adds the Host header, whose port anybody may choose."""
        return str(credentials.get("email") or credentials.get("username") or "").lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Without a mail server configured nothing is sent, and no page waits for one."""
        if settings.EMAIL_HOST:
            super().send_mail(template_prefix, email, context)
