"""How sign-up and sign-in fit this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Without a mail server configured nothing is sent, and no page waits for one."""
        from django.conf import settings

        if settings.ACCOUNT_EMAIL_VERIFICATION != "none":
            super().send_mail(template_prefix, email, context)
