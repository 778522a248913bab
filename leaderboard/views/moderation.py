"""Flagging a result, and what administrators do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from evaluation.selectors import runs
from leaderboard.selectors import changes, control
from leaderboard.services import moderation
from leaderboard.services.control import RefusedError


def _moderation(*_args: object, **_named: object) -> str:
    return reverse("leaderboard:moderation")


@signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: PersonRequest, run: int) -> HttpResponse:
    found = _on_board(run)
    refused = ""
    if request.method == "POST":
        try:
            moderation.flag(found, request.user, request.POST.get("reason", ""))
        except RefusedError as refusal:
            refused = refusal.message
        else:
            messages.success(
                request,
                _("Flagged. An administrator looks at it, and the changes page will say what came of it."),
            )
            return redirect("leaderboard:board", slug=found.submission.version.benchmark.slug)
    context = {
        "run": found,
        "name": changes.shown_name(found)[0],
        "version": found.submission.version,
        "control": control.control_of(found.submission),
        "refused": refused,
        "reason": request.POST.get("reason", ""),
        "is_moderator": runs.is_administrator(request.user),
    }
    return render(request, "leaderboard/flag.html", context, status=400 if refused else 200)


@signed_in()
@require_safe
def moderation_page(request: PersonRequest) -> HttpResponse:
    _only_administrators(request)
    context = {
        "flags": control.open_flags(),
        "hidden": control.hidden_runs(),
        "rescorings": control.rescorings_under_way(),
    }
    return render(request, "leaderboard/moderation.html", context)


@signed_in(then=_moderation)
@require_POST
def hide(request: PersonRequest, run: int) -> HttpResponse:
    _only_administrators(request)
    found = _on_board(run)
    return _done(request, lambda said: moderation.hide(found, request.user, said), _("Hidden."))


@signed_in(then=_moderation)
@require_POST
def show(request: PersonRequest, run: int) -> HttpResponse:
    _only_administrators(request)
    found = _on_board(run)
    return _done(request, lambda said: moderation.show(found, request.user, said), _("Shown again."))


@signed_in(then=_moderation)
@require_POST
def resolve(request: PersonRequest, pk: int) -> HttpResponse:
    _only_administrators(request)
    found = control.open_flags().filter(pk=pk).first()
    if found is None:
        raise Http404(_("There is no such open flag."))
    return _done(request, lambda said: moderation.resolve(found, request.user, said), _("Resolved."))


def _done(request: PersonRequest, do: Any, told: str) -> HttpResponse:
    try:
        do(request.POST.get("reason", ""))
        messages.success(request, told)
    except RefusedError as refusal:
        messages.error(request, refusal.message)
    return redirect("leaderboard:moderation")


def _on_board(run: int) -> Any:
    found = control.run_on_board(run)
    if found is None:
        raise Http404(_("There is no such result on a board."))
    return found


def _only_administrators(request: PersonRequest) -> None:
    if not runs.is_administrator(request.user):
        raise Http404(_("Only administrators moderate."))
