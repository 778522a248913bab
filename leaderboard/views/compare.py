"""Rows of a board against each other, and the matrix of all pairs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from leaderboard.domain.units import common
from leaderboard.forms import query_of
from leaderboard.selectors import boards
from leaderboard.selectors import compare as selectors
from leaderboard.selectors import significance as matrices
from leaderboard.views.asked import Step, asked_slice, board_or_404, dated, keep, way


@require_safe
@dated
def compare(request: PageRequest, slug: str) -> HttpResponse:
    asked = asked_slice(request)
    table = board_or_404(slug, replace(asked, only=""))
    rows = selectors.chosen_rows(table)
    pairs = boards.pairs(slug, table.slice) if len(rows) > 1 else None
    query = query_of(replace(table.slice, compare=()))
    context = {
        "table": table,
        "rows": rows,
        "missing": len(dict.fromkeys(asked.compare)) - len(rows),
        "most": selectors.MOST_ROWS,
        "slots": _slots(rows),
        "choices": sorted(table.rows, key=lambda row: (row.system.casefold(), row.mode)),
        "kept": _kept(request),
        "pairs": selectors.compare(table, pairs, rows) if len(rows) > 1 else [],
        "correction": matrices.correction_words(pairs) if pairs else "",
        "scope": pairs.scope if pairs else "",
        "limited": selectors.is_limited(table),
        "scale": common(table.columns),
        "query": query,
        "way": way(table, Step(_("Compare"))),
    }
    response = render(request, "leaderboard/compare.html", context)
    keep(response, table)
    return response


@require_safe
@dated
def significance(request: PageRequest, slug: str) -> HttpResponse:
    table = board_or_404(slug, replace(asked_slice(request), only="", compare=()))
    pairs = boards.pairs(slug, table.slice)
    if request.GET.get("as") == "csv":
        return _csv(slug, matrices.lines(table, pairs) if pairs is not None else iter(()))
    query = query_of(table.slice)
    context = {
        "table": table,
        "matrix": matrices.significance(table, pairs, query) if pairs is not None else None,
        "scale": common(table.columns),
        "query": query,
        "csv": f"{query}{'&' if query else '?'}as=csv",
        "compare": reverse("leaderboard:compare", args=[slug]),
        "way": way(table, Step(_("Significance"))),
    }
    response = render(request, "leaderboard/significance.html", context)
    keep(response, table)
    return response


def _slots(rows: list[boards.Row]) -> list[tuple[int, str]]:
    """Numbered choices of the form: those made, and empty ones up to two more."""
    keys = [row.key for row in rows]
    wanted = min(max(2, len(keys) + 1), selectors.MOST_ROWS)
    return list(enumerate([*keys, *[""] * (wanted - len(keys))], start=1))


def _kept(request: PageRequest) -> list[tuple[str, str]]:
    """The filter in force, for the form to carry on."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in {"compare", "page"}
        for value in values
    ]


def _csv(slug: str, lines: Iterator[list[object]]) -> HttpResponse:
    out = StringIO()
    csv.writer(out).writerows([matrices.HEAD, *lines])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-significance.csv"'
    return response
