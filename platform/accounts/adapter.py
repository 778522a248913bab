"""How sign-up and sign-in fit this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Without a mail server configured nothing is sent, and no page waits for one."""
        if settings.EMAIL_HOST:
            super().send_mail(template_prefix, email, context)
