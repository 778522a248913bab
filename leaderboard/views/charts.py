"""Charts of a board: all on a page, one on a page or as a fragment, its figure, its numbers."""

from __future__ import annotations

import csv
import io
import json

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import depends_on, render_page
from leaderboard.charts import CHARTS, Chart, Material, of_table
from leaderboard.files.serving import shared, topics_of
from leaderboard.files.spreadsheet import defused
from leaderboard.forms import UnreadableDateError, query_of, slice_from
from leaderboard.selectors.chart_material import material
from leaderboard.views.asked import dated


@require_safe
@dated
def charts(request: PageRequest, slug: str) -> HttpResponse:
    """Every chart this board has, drawn as each is scrolled to."""
    found = _material(request, slug)
    drawn = [plan.draw(found) for plan in of_table(found.table)]
    return _page(request, "leaderboard/charts.html", found, {"drawn": drawn})


@require_safe
@dated
def chart_page(request: PageRequest, slug: str, name: str) -> HttpResponse:
    """One chart; for the scripts of a board page the fragment alone."""
    found = _material(request, slug)
    return _page(request, "leaderboard/chart.html", found, {"chart": _drawn(found, name)})


@require_safe
def chart(request: PageRequest, slug: str, name: str) -> HttpResponse:
    """The figure as JSON, with its numbers and its sentence."""
    try:
        found = _material(request, slug)
    except UnreadableDateError as fault:
        return HttpResponse(str(fault), status=400, content_type="text/plain; charset=utf-8")
    content = json.dumps(_drawn(found, name).as_json(), ensure_ascii=False, allow_nan=False)
    response = HttpResponse(content.encode(), content_type="application/json")
    _depends(response, found)
    return shared(response)


@require_safe
def chart_csv(request: PageRequest, slug: str, name: str) -> HttpResponse:
    """The numbers of a chart, in the units it shows."""
    try:
        found = _material(request, slug)
    except UnreadableDateError as fault:
        return HttpResponse(str(fault), status=400, content_type="text/plain; charset=utf-8")
    drawn = _drawn(found, name)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([defused(cell) for cell in drawn.header])
    writer.writerows([defused(cell) for cell in row] for row in drawn.rows)
    response = HttpResponse(out.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{name}.csv"'
    _depends(response, found)
    return shared(response)


def _material(request: PageRequest, slug: str) -> Material:
    found = material(slug, slice_from(request.GET))
    if found is None:
        raise Http404(_("There is no board of this name."))
    return found


def _drawn(found: Material, name: str) -> Chart:
    plan = CHARTS.get(name)
    if plan is None:
        raise Http404(_("There is no chart of this name."))
    return plan.draw(found)


def _page(request: PageRequest, template: str, found: Material, more: dict[str, object]) -> HttpResponse:
    table = found.table
    query = query_of(table.slice)
    context = {
        "table": table,
        "head": table.head,
        "query": query,
        "board": reverse("leaderboard:board", args=[table.head.slug]) + query,
        **more,
    }
    response = render_page(request, template, context, fragment="content")
    _depends(response, found)
    return response


def _depends(response: HttpResponse, found: Material) -> None:
    depends_on(response, *topics_of(found.table))
