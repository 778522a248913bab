"""The boards as pages."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import render_page
from leaderboard import files
from leaderboard.forms import query_of, slice_from
from leaderboard.selectors import boards

FILTERS = ("language", "family", "specialty", "stage", "application", "task")


@require_safe
def board_list(request: PageRequest) -> HttpResponse:
    return render(request, "leaderboard/boards.html", {"boards": boards.versions_with_boards()})


@require_safe
def board(request: PageRequest, slug: str) -> HttpResponse:
    table = _table(request, slug)
    chosen = dict(table.slice.chosen)
    query = query_of(table.slice)
    here = reverse("leaderboard:board", args=[slug]) + query
    context = {
        "query": query,
        "default_sort": table.slice.sort == boards.Slice.sort,
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
    response = render_page(request, "leaderboard/board.html", context, fragment="rows")
    if (
        request.htmx and request.htmx.trigger != "board"
    ):  # a person chose; the board refreshing itself is no step
        response.headers["HX-Push-Url"] = here
    patch_vary_headers(response, ["HX-Trigger"])
    return response


@require_safe
def board_csv(request: PageRequest, slug: str) -> HttpResponse:
    response = HttpResponse(files.as_csv(_table(request, slug)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-board.csv"'
    return response


def _table(request: PageRequest, slug: str) -> boards.Table:
    table = boards.table(slug, slice_from(request.GET))
    if table is None:
        raise Http404(_("There is no board of this name."))
    return table


def _columns(table: boards.Table) -> list[tuple[str, str, str, str, str]]:
    """Sortable columns: key, query of the next click, title, hint, aria-sort now."""
    heads = [("system", _("System"), ""), ("rank", _("Rank"), _("range of ranks the data allow"))]
    heads += [("average", _("Average"), _("mean over the tasks shown, × 100"))]
    heads += [("unparsed", _("Unparsed"), _("share of answers that could not be read; they count as wrong"))]
    heads += [(task.slug, task.name, task.metric) for task in table.tasks]
    sort = table.slice.sort
    return [(key, _next_sort(table, key), title, hint, _direction(sort, key)) for key, title, hint in heads]


def _next_sort(table: boards.Table, key: str) -> str:
    turned = f"-{key}" if table.slice.sort == key else key
    return query_of(replace(table.slice, sort=turned)) or "?"


def _direction(sort: str, key: str) -> str:
    if sort.removeprefix("-") != key:
        return ""
    downwards = sort.startswith("-") if key in {"rank", "system"} else not sort.startswith("-")
    return "descending" if downwards else "ascending"
