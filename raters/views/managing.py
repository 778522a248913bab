"""Pages of a study for its coordinator. To anybody else they do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.http import PersonRequest
from accounts.signed_in import signed_in
from raters.selectors import studies
from raters.services.refusals import RefusalError

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def _study_page(slug: str, **more: Any) -> str:
    return reverse("raters:study", args=[slug])


def coordinating(view: View) -> View:
    """The view is given the study instead of its address; 404 to whoever does not coordinate it."""

    @signed_in(then=_study_page)
    @wraps(view)
    def checked(request: PersonRequest, slug: str, **more: Any) -> HttpResponseBase:
        found = studies.find(slug)
        if found is None or not studies.may_manage(request.user, found):
            raise Http404(_("There is no such study, or it is not yours."))
        return view(request, found, **more)

    return cast(View, checked)


def coordinators_only(view: View) -> View:
    """403, saying why, to people without the role."""

    @signed_in()
    @wraps(view)
    def checked(request: PersonRequest, **more: Any) -> HttpResponseBase:
        if not request.user.has_role("coordinator"):
            raise PermissionDenied(
                _("Studies are defined by coordinators: ask an administrator for the role.")
            )
        return view(request, **more)

    return cast(View, checked)


def told(request: PersonRequest, act: Callable[[], Any], done: Callable[[Any], str]) -> bool:
    """Do something and say what came of it, on the next page; whether it was done."""
    try:
        result = act()
    except RefusalError as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, done(result))
    return True


def back(name: str, *args: Any, anchor: str = "") -> HttpResponse:
    """To a page of the study, or to a place on it."""
    answer = redirect(name, *args)
    if anchor:
        answer["Location"] += f"#{anchor}"
    return answer


def faults(form: Any) -> str:
    """The form's own faults in one line, where there is no form to show them beside."""
    return " ".join(str(fault) for errors in form.errors.values() for fault in errors)
