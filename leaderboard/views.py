"""The boards as pages."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import PageRequest
from accounts.pages import render_page
from leaderboard import files
from leaderboard.forms import slice_from
from leaderboard.selectors import boards

FILTERS = ("language", "family", "specialty", "stage", "application", "task")


@require_GET
def board_list(request: PageRequest) -> HttpResponse:
    return render(request, "leaderboard/boards.html", {"boards": boards.versions_with_boards()})


@require_GET
def board(request: PageRequest, slug: str) -> HttpResponse:
    table = _table(request, slug)
    chosen = dict(table.slice.chosen)
    context = {
        "table": table,
        "version": table.version,
        "filters": [
            (name, table.facets[name], chosen.get(name, ()))
            for name in FILTERS
            if len(table.facets[name]) > 1
        ],
        "columns": _columns(table),
        "cells": [(row, [row.scores.get(task.slug) for task in table.tasks]) for row in table.rows],
        "splits": boards.SPLITS,
    }
    return render_page(request, "leaderboard/board.html", context, fragment="rows")


@require_GET
def board_csv(request: PageRequest, slug: str) -> HttpResponse:
    response = HttpResponse(files.as_csv(_table(request, slug)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-board.csv"'
    return response


def _table(request: PageRequest, slug: str) -> boards.Table:
    table = boards.table(slug, slice_from(request.GET))
    if table is None:
        raise Http404(_("There is no board of this name."))
    return table


def _columns(table: boards.Table) -> list[tuple[str, str, str, str]]:
    """Sortable columns: sort key of the next click, title, hint, aria-sort now."""
    heads = [("system", _("System"), ""), ("rank", _("Rank"), _("range of ranks the data allow"))]
    heads += [("average", _("Average"), _("mean over the tasks shown, × 100"))]
    heads += [("unparsed", _("Unparsed"), _("share of answers that could not be read; they count as wrong"))]
    heads += [(task.slug, task.name, task.metric) for task in table.tasks]
    sort = table.slice.sort
    return [
        (f"-{key}" if sort == key else key, title, hint, _direction(sort, key)) for key, title, hint in heads
    ]


def _direction(sort: str, key: str) -> str:
    if sort.removeprefix("-") != key:
        return ""
    downwards = sort.startswith("-") if key in {"rank", "system"} else not sort.startswith("-")
    return "descending" if downwards else "ascending"
