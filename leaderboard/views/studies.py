"""Pages of published studies, and what joint boards say beside their table."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import depends_on
from leaderboard.domain.table import Table
from leaderboard.forms import UnreadableDateError, query_of, slice_from
from leaderboard.selectors import joint_pages, study_pages


@require_safe
def study(request: PageRequest, slug: str) -> HttpResponse:
    """Design, protocol, raters and limits of the study behind a board."""
    try:
        page = study_pages.page(slug, slice_from(request.GET))
    except UnreadableDateError as fault:
        return render(request, "400.html", {"fault": str(fault)}, status=400)
    if page is None:
        raise Http404(_("No published study stands behind a board of this name."))
    context = {"page": page, "head": page.head, "about": page.about, "query": query_of(page.wanted)}
    response = render(request, "leaderboard/study.html", context)
    depends_on(response, f"board:{page.head.slug}")
    return response


def joint_context(table: Table) -> dict[str, Any]:
    """What leaderboard/joint.html takes beside a board's own context; nothing for other boards."""
    reading = joint_pages.joint_reading(table.head.slug, table.slice) if table.head.kind == "joint" else None
    return {"reading": reading} if reading else {}


def topics_of(table: Table) -> tuple[str, ...]:
    """What has to change for the table to change."""
    reading = joint_context(table).get("reading")
    names = reading.topics if reading else (table.head.study or table.head.slug,)
    return tuple(f"board:{name}" for name in names)
