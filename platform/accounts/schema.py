"""How the OpenAPI schema describes our tokens, and what any address may refuse."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token YOUR_TOKEN"}


class RefusalSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField(help_text="what is wrong and what to do, for people")
    code = serializers.CharField(required=False, help_text="of ratings: the same, for programs")


class RefusingSchema(AutoSchema):
    """Adds to each operation the refusals no view has to name: whoever asks, and however it is asked.

    What all operations of a view may refuse besides, it names as `refusals`: status → description.
    """

    ALWAYS = {
        401: "nobody is signed in, or the token is unknown",
        403: "this is not open to you",
        404: "there is no such thing, or it is not open to you",
        406: "there is no such format",
        429: "too many requests: Retry-After says when to come back",
    }
    OF_BODIES = {
        400: "the body cannot be read",
        413: "the body is too large",
        415: "there is no reader for this type of body",
    }

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        named: dict[str, Any] = super()._get_response_bodies(direction)
        refusals = self.ALWAYS | (self.OF_BODIES if self.method in ("POST", "PUT", "PATCH") else {})
        refusals |= getattr(self.view, "refusals", {})
        for code, description in refusals.items():
            if str(code) not in named:
                told = self._get_response_for_code(RefusalSerializer, str(code), ["application/json"])  # type: ignore[no-untyped-call]
                named[str(code)] = {**told, "description": description}
        return dict(sorted(named.items()))
