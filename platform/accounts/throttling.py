"""How many requests one person, or one address without a person, may make."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import SimpleRateThrottle

if TYPE_CHECKING:  # the views module imports this one while it loads
    from rest_framework.request import Request
    from rest_framework.views import APIView


class PersonThrottle(SimpleRateThrottle):
    scope = "person"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        ident = str(request.user.pk) if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
