"""A study goes on to the newest version of its rubric: what differs is shown, then it is confirmed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest
from raters.forms import VersionForm
from raters.selectors import rubric_moves, rubric_pages
from raters.services import drafts
from raters.services import rubric_moves as service
from raters.views.managing import coordinating, told


@coordinating
@require_http_methods(["GET", "HEAD", "POST"])
def newest_rubric(request: PersonRequest, study: Any) -> HttpResponse:
    """A draft takes the newest version as a whole; in an open study unopened screens move to it."""
    if study.state == "draft":
        return _draft(request, study)
    if request.method == "POST":
        return _move(request, study)
    context = {"study": study, "offer": rubric_moves.offer_of(study)}
    return render(request, "raters/rubric_move.html", context)


def _draft(request: PersonRequest, study: Any) -> HttpResponse:
    if request.method == "POST":
        version = rubric_pages.version_of(study.rubric.slug)
        told(
            request,
            lambda: drafts.change(study, rubric=version),
            lambda made: _("The study uses version %(number)d now.") % {"number": made.rubric.number},
        )
    return redirect("raters:edit", study.slug)


def _move(request: PersonRequest, study: Any) -> HttpResponse:
    form = VersionForm(request.POST)
    number = form.cleaned_data["version"] if form.is_valid() else 0
    moved = told(
        request,
        lambda: service.move(study, number, request.user),
        lambda made: (
            ngettext(
                "Version %(number)d from now on: %(n)d screen that nobody had opened moved to it.",
                "Version %(number)d from now on: %(n)d screens that nobody had opened moved to it.",
                made.screens,
            )
            % {"number": made.new.number, "n": made.screens}
        ),
    )
    return redirect("raters:study" if moved else "raters:newest_rubric", study.slug)
