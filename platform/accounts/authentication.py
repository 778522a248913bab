"""`Authorization: Token …` for programs."""

from __future__ import annotations

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts import services
from accounts.models import User


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, None] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        if len(words) != 2:
            raise exceptions.AuthenticationFailed("Write the header as: Authorization: Token YOUR_TOKEN")
        try:
            owner = services.owner_of_token(words[1].decode("ascii"))
        except UnicodeDecodeError:
            owner = None
        if owner is None:
            raise exceptions.AuthenticationFailed(
                "This token is unknown or was revoked; make a new one under Account"
            )
        return owner, None

    def authenticate_header(self, request: Request) -> str:
        return "Token"
