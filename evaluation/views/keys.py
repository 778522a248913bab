"""The public keys of this site, so that anybody can verify what it signed."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts import signing


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    return JsonResponse(signing.published_keys(), json_dumps_params={"indent": 2})
