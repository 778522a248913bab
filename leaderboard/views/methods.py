"""How every number comes about."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.documents import document
from accounts.http import PageRequest
from accounts.pages import depends_on
from leaderboard.selectors.explained import Method
from leaderboard.selectors.explained import methods as register


@require_safe
def methods(request: PageRequest) -> HttpResponse:
    """Every metric, interval and order with formula, assumptions, limits and source; then the documentation.

    `?q=` leaves those that have all its words, for readers without scripts.
    """
    words = request.GET.get("q", "")[:200].casefold().split()
    written = document("methods", deeper=1)
    titles = {"metric": _("Metrics"), "interval": _("Intervals"), "order": _("Order")}
    entries = map(_translated, register())
    found = [entry for entry in entries if all(word in _words(entry) for word in words)]
    context = {
        "groups": [
            (kind, title, [entry for entry in found if entry.kind == kind]) for kind, title in titles.items()
        ],
        "found": len(found),
        "q": request.GET.get("q", "")[:200],
        "chapters": written.chapters if written else (),
        "text": mark_safe(written.html if written else ""),  # noqa: S308 - ours, rendered without raw HTML
    }
    response = render(request, "leaderboard/methods.html", context)
    depends_on(response)
    return response


def _translated(entry: Method) -> Method:
    """Formulas, names and references are the same in every language."""
    return replace(
        entry,
        title=_(entry.title),
        means=_(entry.means),
        assumes=_(entry.assumes) if entry.assumes else "",
        limits=_(entry.limits) if entry.limits else "",
    )


def _words(entry: object) -> str:
    return " ".join(str(value) for value in vars(entry).values()).casefold()
