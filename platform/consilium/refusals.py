"""What is answered where no view was reached: people get a page, programs JSON that says what to do."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

PROGRAMS = "/api/v1/"
TOO_LARGE = "The fields of this form are too large: send a file as a file, with a name, and the rest shorter."


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(PROGRAMS):
        detail = "There is no such address. GET /api/v1/schema/ has those there are."
        return JsonResponse({"detail": detail}, status=404)
    return defaults.page_not_found(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """For what the framework itself refuses to read: too many fields, too much of a form, a foreign host."""
    too_large = isinstance(exception, RequestDataTooBig)
    if request.path.startswith(PROGRAMS):
        detail = TOO_LARGE if too_large else "This request cannot be read: compare it with the schema."
        return JsonResponse({"detail": detail}, status=413 if too_large else 400)
    return defaults.bad_request(request, exception)
