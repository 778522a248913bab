"""Files as they are sent. Public answers may be read by the pages of other sites."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.pages import depends_on
from leaderboard.domain.table import Table
from leaderboard.files import FORMATS, Source
from leaderboard.forms import query_of
from leaderboard.selectors import joint_pages

Answer = TypeVar("Answer", bound=HttpResponseBase)

HEADERS = {
    "Access-Control-Allow-Origin": "*",  # without cookies: nothing of a signed-in person can be read
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Expose-Headers": "ETag, Content-Disposition",
    "Access-Control-Max-Age": "86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def shared(response: Answer) -> Answer:
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def file_of(request: Any, table: Table, ending: str) -> HttpResponse:
    """The file, named after board, revision and format."""
    form, slug = FORMATS[ending], table.head.slug
    response = HttpResponse(form.write(table, source_of(request, table)), content_type=form.content_type)
    how = "attachment" if form.download else "inline"
    response["Content-Disposition"] = f'{how}; filename="{slug}-revision-{table.revision}.{ending}"'
    depends_on(response, *topics_of(table))
    return response


def source_of(request: Any, table: Table) -> Source:
    """The slice's page as it stood when the board last changed, or at the date asked for."""
    dated = replace(table.slice, as_of=table.slice.as_of or table.changed_at)
    path = reverse("leaderboard:board", args=[table.head.slug])
    return Source(request.build_absolute_uri(path + query_of(dated)))


def topics_of(table: Table) -> tuple[str, ...]:
    """What has to change for the table to change."""
    head = table.head
    joint = joint_pages.joint_reading(head.slug, table.slice) if head.kind == "joint" else None
    names = (head.slug, *(joint.topics if joint else ()), head.study, head.benchmark)
    return tuple(dict.fromkeys(f"board:{name}" for name in names if name))
