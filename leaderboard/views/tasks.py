"""One column of a board: what is asked, how everybody fares, which cases are hard."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from leaderboard.forms import query_of
from leaderboard.selectors import boards, tasks
from leaderboard.views.asked import Step, asked_slice, dated, keep, way


@require_safe
@dated
def task(request: PageRequest, slug: str, key: str) -> HttpResponse:
    wanted = asked_slice(request)
    found = tasks.of_board(slug, key, wanted)
    if found is None:
        if _is_category(slug, key):
            facet, _colon, value = key.partition(":")
            chosen = (*(each for each in wanted.chosen if each[0] != facet), (facet, (value,)))
            query = query_of(replace(wanted, chosen=tuple(sorted(chosen))))
            return redirect(reverse("leaderboard:board", args=[slug]) + query)
        raise Http404(_("There is no such task on this board."))
    whole, alone = found
    order, find = request.GET.get("order", ""), request.GET.get("find", "")
    view = tasks.task_view(whole, alone, find=find, order=order, page=request.GET.get("page", "1"))
    context = {
        "view": view,
        "way": way(whole, Step(view.column.name)),
        "query": query_of(replace(whole.slice, compare=())),
        "order": order if order in tasks.ORDERS else tasks.ORDERS[0],
        "find": find[: tasks.LONGEST_SEARCH],
        "kept": _kept(request),
    }
    response = render(request, "leaderboard/task.html", context)
    keep(response, whole)
    return response


def _is_category(slug: str, key: str) -> bool:
    """Whether this is the column of a whole category: its board is the board of that category."""
    facet, colon, value = key.partition(":")
    table = boards.table(slug, boards.Slice())
    return bool(colon) and table is not None and value in table.facets.get(facet, ())


def _kept(request: PageRequest) -> list[tuple[str, str]]:
    """What of the query a search keeps: all but the search itself."""
    return [
        (name, value)
        for name, values in request.GET.lists()
        if name not in {"find", "order", "page"}
        for value in values
    ]
