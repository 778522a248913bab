"""The board a page is about, read from its address; and the way back to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.http import PageRequest
from accounts.pages import depends_on
from leaderboard.forms import UnreadableDateError, query_of, slice_from
from leaderboard.selectors import boards
from leaderboard.selectors.boards import Slice, Table

P = ParamSpec("P")
View = Callable[Concatenate[PageRequest, P], HttpResponse]


@dataclass(frozen=True)
class Step:
    """A place on the way from the list of boards to this page."""

    name: str
    address: str = ""


def dated(view: View[P]) -> View[P]:
    """An `as_of` that cannot be read is told, not guessed."""

    def told(request: PageRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnreadableDateError as fault:
            return render(request, "400.html", {"fault": str(fault)}, status=400)

    return wraps(view)(told)


def asked_slice(request: HttpRequest) -> Slice:
    return slice_from(request.GET)


def board_or_404(slug: str, wanted: Slice) -> Table:
    table = boards.table(slug, wanted)
    if table is None:
        raise Http404(_("There is no board of this name."))
    return table


def way(table: Table, *steps: Step) -> list[Step]:
    """From the boards to this page; the board with the filter that is in force."""
    query = query_of(replace(table.slice, compare=()))
    board = reverse("leaderboard:board", args=[table.head.slug]) + query
    return [Step(_("Boards"), reverse("leaderboard:boards")), Step(table.head.title, board), *steps]


def keep(response: HttpResponse, table: Table) -> None:
    """Let a page be kept where all it shows follows from boards of benchmarks and of reported figures."""
    if table.head.kind in {"benchmark", "reported"}:
        depends_on(
            response, *sorted({f"board:{each}" for each in (table.head.slug, table.head.benchmark) if each})
        )
