"""A slice of a board as a file, and a row of it as a badge."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.pages import depends_on
from leaderboard.files import badge
from leaderboard.files.serving import file_of, shared, topics_of
from leaderboard.forms import UnreadableDateError, slice_from
from leaderboard.selectors import boards


@require_safe
def board_file(request: HttpRequest, slug: str, ending: str = "csv") -> HttpResponse:
    try:
        table = boards.table(slug, slice_from(request.GET))
    except UnreadableDateError as fault:
        return shared(_in_words(str(fault), 400))
    if table is None:
        return shared(
            _in_words(_("There is no board of this name. The boards are listed on the front page."), 404)
        )
    return shared(file_of(request, table, ending))


@require_safe
def board_badge(request: HttpRequest, slug: str) -> HttpResponse:
    """`?row=` names the row, by its key or its system's; whatever is missing is said in the picture."""
    query = request.GET.copy()
    key = query.pop("row", [""])[-1]
    try:
        table = boards.table(slug, slice_from(query))
    except UnreadableDateError:
        return _picture(badge.of_nothing(slug, "as_of cannot be read"), 400)
    if table is None:
        return _picture(badge.of_nothing(slug, "no such board"), 404)
    if not key:
        return _picture(badge.of_nothing(table.head.title, "add ?row= with the key of a row"), 404)
    row = badge.find(table, key)
    if row is None:
        return _picture(badge.of_nothing(table.head.title, "not on this board"), 404)
    response = _picture(badge.of_row(table, row), 200)
    depends_on(response, *topics_of(table))
    return response


def _picture(content: bytes, status: int) -> HttpResponse:
    response = HttpResponse(content, content_type=badge.CONTENT_TYPE, status=status)
    response["Cache-Control"] = (
        "public, max-age=300"  # pages that embed it are read more often than boards change
    )
    return shared(response)


def _in_words(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
