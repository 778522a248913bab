"""The rating screen: the page, one screen of it, its image, and the keys it is worked with."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import PageRequest, PersonRequest
from accounts.signed_in import signed_in
from raters.selectors import assignments, screens, studies
from raters.services import handing_out
from raters.services import keys as rating_keys
from raters.services.refusals import LockedError, NotAllowedError, NotFoundError, RefusalError


@signed_in()
@require_safe
@never_cache
def rate(request: PersonRequest, slug: str) -> HttpResponse:
    try:
        found = _wanted(request, slug)
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except (NotAllowedError, LockedError) as refusal:
        messages.info(request, refusal.message)
        return redirect("raters:study", slug=slug)
    if found is None:
        return render(request, "raters/rate.html", {"view": None, "study": studies.find(slug)})
    handing_out.opened(found)
    return render(request, "raters/rate.html", {"view": screens.view_of(found, request.user)})


@require_safe
@never_cache
def screen(request: PageRequest, slug: str) -> HttpResponse:
    """One screen as a fragment, for the page to show now or to keep ready."""
    if not request.user.is_authenticated:
        return JsonResponse(
            {"detail": _("Sign in to go on."), "code": "signed_out"},
            status=401,
            headers={"X-Reauth": "required"},
        )
    person: Any = request
    try:
        found = _wanted(person, slug)
    except NotFoundError as refusal:
        raise Http404(refusal.message) from None
    except (NotAllowedError, LockedError) as refusal:
        return JsonResponse({"detail": refusal.message, "code": refusal.code}, status=423)
    if found is None:
        return HttpResponse(status=204)
    return render(request, "raters/_screen.html", {"view": screens.view_of(found, person.user)})


@signed_in()
@require_safe
def image(request: PersonRequest, pk: uuid.UUID) -> FileResponse:
    """The image of a screen, to its rater. Its address names the screen and nothing else."""
    found = assignments.find(request.user, pk)
    if found is None or not found.item.image:
        raise Http404(_("There is no such image."))
    answer = FileResponse(found.item.image.open("rb"), filename=f"{pk}.png")
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


@require_http_methods(["GET", "HEAD", "PUT"])
@never_cache
def keys(request: PageRequest) -> JsonResponse:
    if not request.user.is_authenticated:
        return JsonResponse({"detail": _("Sign in first."), "code": "signed_out"}, status=401)
    if request.method != "PUT":
        return JsonResponse(rating_keys.keys_of(request.user))
    try:
        sent = msgspec.json.decode(request.body)
        kept = rating_keys.keep(request.user, sent if isinstance(sent, dict) else {})
    except (ValueError, RecursionError, RefusalError) as refusal:
        return JsonResponse({"detail": str(refusal), "code": "refused"}, status=400)
    return JsonResponse(kept)


def _wanted(request: PersonRequest, slug: str) -> Any:
    asked, after = request.GET.get("assignment", ""), request.GET.get("after", "")
    if asked:
        handing_out.membership_of(request.user, slug)
        found = assignments.find(request.user, _uuid(asked))
        if found is None or found.study.slug != slug:
            raise NotFoundError(_("There is no such screen among yours."))
        return found
    reserved = handing_out.next_screen(request.user, slug, _uuid(after) if after else None)
    return assignments.find(request.user, reserved.id) if reserved else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError(_("There is no such screen among yours.")) from None
