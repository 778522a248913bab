"""How every number comes about."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.http import PageRequest
from accounts.pages import depends_on
from leaderboard.selectors.explained import documentation
from leaderboard.selectors.explained import methods as register


@require_safe
def methods(request: PageRequest) -> HttpResponse:
    """Every metric, interval and order with formula, assumptions, limits and source; then the documentation.

    `?q=` leaves those that have all its words, for readers without scripts.
    """
    words = request.GET.get("q", "")[:200].casefold().split()
    text, chapters = documentation()
    titles = {"metric": _("Metrics"), "interval": _("Intervals"), "order": _("Order")}
    found = [entry for entry in register() if all(word in _words(entry) for word in words)]
    context = {
        "groups": [
            (kind, title, [entry for entry in found if entry.kind == kind]) for kind, title in titles.items()
        ],
        "found": len(found),
        "q": request.GET.get("q", "")[:200],
        "chapters": chapters,
        "text": mark_safe(text),  # noqa: S308 - our own documentation, rendered without raw HTML
    }
    response = render(request, "leaderboard/methods.html", context)
    depends_on(response)
    return response


def _words(entry: object) -> str:
    return " ".join(str(value) for value in vars(entry).values()).casefold()
