"""The boards as pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import depends_on, render_page
from leaderboard.forms import UnreadableDateError, of_now, query_of, slice_from
from leaderboard.selectors import boards
from leaderboard.shown import choices, citing, listing
from leaderboard.shown.addresses import of_board, of_column, of_files, of_row
from leaderboard.shown.cells import frame
from leaderboard.shown.heads import heads
from leaderboard.shown.lines import lines
from leaderboard.views import studies

LIVE = "live"  # the element that refreshes a board by itself


@require_safe
def board_list(request: PageRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    context = {"kinds": listing.by_kind(boards.listed(), boards.table, words), "words": words}
    response = render(request, "leaderboard/boards.html", context)
    depends_on(response, "board:*")
    return response


@require_safe
def board(request: PageRequest, slug: str) -> HttpResponse:
    try:
        table = _table(request, slug)
    except UnreadableDateError as fault:
        return render(request, "400.html", {"fault": str(fault)}, status=400)
    context = _context(request, table) | studies.joint_context(table)
    template = "leaderboard/joint.html" if "reading" in context else "leaderboard/board.html"
    response = render_page(request, template, context, fragment="board")
    if request.htmx and request.htmx.trigger != LIVE:  # a person chose; a refresh is no step in the history
        here = reverse("leaderboard:board", args=[slug])
        response.headers["HX-Push-Url"] = here + query_of(table.slice)
    patch_vary_headers(response, ["HX-Trigger"])
    depends_on(response, f"board:{slug}", *(studies.topics_of(table) if table.head.kind == "joint" else ()))
    return response


def _table(request: PageRequest, slug: str) -> boards.Table:
    table = boards.table(slug, slice_from(_typed(request.GET)))
    if table is None:
        raise Http404(_("There is no board of this name."))
    return table


def _typed(query: QueryDict) -> QueryDict:
    """Number fields say `weight.TASK=2` where an address says `weight=TASK:2`."""
    written = query.copy()
    for name in [name for name in query if name.startswith("weight.")]:
        for number in written.pop(name):
            written.appendlist("weight", f"{name.removeprefix('weight.')}:{number}")
    return written


def _context(request: PageRequest, table: boards.Table) -> dict[str, Any]:
    now, of, slug = table.slice, frame(table), table.head.slug
    query, whole = query_of(now), _whole(table)
    here = request.build_absolute_uri(reverse("leaderboard:board", args=[slug]))
    return {
        "head": table.head,
        "table": table,
        "frame": of,
        "heads": heads(table, of, lambda column: of_column(slug, column, query)),
        "lines": lines(table, table.rows, of, of_row),
        "n_all": (len(whole.rows), len(whole.columns)),
        "splits": choices.splits(table, boards.SPLITS if table.head.benchmark else ()),
        "facets": choices.facets(table, whole),
        "modes": choices.modes(table),
        "groups": choices.groups(table),
        "chips": choices.chips(table, whole),
        "chooser": choices.chooser(table),
        "style": choices.style(table),
        "carried": choices.carried(now),
        "as_of": choices.field_of(now.as_of),
        "query": query,
        "query_now": query_of(of_now(now)) or choices.PLAIN,
        "cite": citing.citation(table, here),
        "files": of_files(slug, query),
        "addresses": of_board(slug),
    }


def _whole(table: boards.Table) -> boards.Table:
    """The board without what narrows it: what the view is a part of."""
    now = table.slice
    if not (now.chosen or now.only):
        return table
    return boards.table(table.head.slug, replace(now, chosen=(), only="", columns=(), weights=())) or table
