"""One public case with every published answer to it. A private one is as if it were not there."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from leaderboard.forms import query_of
from leaderboard.selectors import cases, tasks
from leaderboard.views.asked import Step, asked_slice, dated, way


@require_safe
@dated
def case(request: PageRequest, slug: str, key: str, case: str) -> HttpResponse:
    found = tasks.of_board(slug, key, asked_slice(request))
    if found is None:
        raise Http404(_("There is no such task on this board."))
    whole, alone = found
    task = tasks.task_of(alone)
    item = cases.public_item(task, case) if task is not None else None
    if task is None or item is None:
        raise Http404(
            _("This task has no public case of this name. Private ones are never shown to anybody.")
        )
    if "whole" in request.GET:
        return _file(cases.whole_answer(alone, task, item, request.GET["whole"]), item.key)
    query = query_of(replace(whole.slice, compare=()))
    of_task = reverse("leaderboard:task", args=[slug, key])
    context = {
        "view": cases.case_view(alone, task, item, request.GET.get("page", "1")),
        "column": alone.columns[0],
        "head": whole.head,
        "as_of": whole.slice.as_of,
        "query": query,
        "way": way(whole, Step(task.name, of_task + query), Step(item.key)),
    }
    return render(request, "leaderboard/case.html", context)


def _file(output: str | None, key: str) -> HttpResponse:
    """An answer to the byte, for saving: no browser shows it as anything."""
    if output is None:
        raise Http404(_("There is no answer here that may be shown."))
    response = HttpResponse(output.encode(), content_type="text/plain; charset=utf-8")
    name = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "_" for each in key)
    response["Content-Disposition"] = f'attachment; filename="{name[:80]}.txt"'
    return response
