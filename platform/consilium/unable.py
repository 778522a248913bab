"""What is answered where the site cannot do its work for a while: the database is away, or a disk is full.

Nothing here asks the database. Whatever else went wrong is a fault of ours, and says so (500).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from errno import EDQUOT, ENOSPC

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

from consilium.refusals import PROGRAMS

FULL_SECONDS, AWAY_SECONDS = 600, 10  # after which it may be tried again


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled: it tells what is lacking."""
    causes = list(_causes(sys.exc_info()[1]))
    if any(_is_full(cause) for cause in causes):
        return _unable(request, _full(), FULL_SECONDS)
    if any(isinstance(cause, OperationalError | InterfaceError) for cause in causes):
        return _unable(request, _away(), AWAY_SECONDS)
    if request.path.startswith(PROGRAMS):
        return JsonResponse({"detail": _("A fault of ours; it was written down. Try again.")}, status=500)
    return defaults.server_error(request)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException) -> bool:
    full = isinstance(error, OSError) and error.errno in {ENOSPC, EDQUOT}
    return full or isinstance(error, psycopg.errors.DiskFull)


def _full() -> str:
    return _(
        "The disk of the site is full. What you sent just now was not kept; what was kept before is safe. "
        "Send it again later; if it is still so in an hour, tell an operator."
    )


def _away() -> str:
    return _(
        "The database of the site does not answer. Nothing that was confirmed is lost. Try again soon: "
        "what you sent just now may not have been kept."
    )


def _unable(request: HttpRequest, told: str, seconds: int) -> HttpResponse:
    again = {"Retry-After": str(seconds)}
    if request.path.startswith(PROGRAMS):
        return JsonResponse({"detail": told}, status=503, headers=again)
    # without the request: context processors would ask the database
    page = loader.get_template("503.html").render({"told": told})
    return HttpResponse(page, status=503, headers=again)
