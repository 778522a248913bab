"""How public answers are sent: JSON as it is kept, open to pages of other sites, the same for everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.pages import depends_on
from leaderboard.files.serving import shared


class PublicView(APIView):
    """Reads what everybody may read. Other sites' pages may read it too; nothing here depends on who asks."""

    http_method_names = ["get", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return shared(super().dispatch(request, *args, **kwargs))

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """What a browser asks before it sends If-None-Match from another site."""
        return Response(status=204, headers={"Allow": "GET, HEAD, OPTIONS"})


def answered(content: Mapping[str, Any], *topics: str) -> HttpResponse:
    """JSON of plain types; `topics` are what the answer depends on."""
    written = json.dumps(content, ensure_ascii=False, allow_nan=False)
    response = HttpResponse(written.encode(), content_type="application/json")
    depends_on(response, *topics)
    return response
