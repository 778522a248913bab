"""Views for people who are signed in; everybody else signs in first and comes back to where they were."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from accounts.http import PageRequest

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def signed_in(then: Callable[..., str] | None = None) -> Callable[[View], View]:
    """Decorate a view. `then` takes the view's arguments and names the page to open after signing in:
    views that only take a POST need it, for the way back is a GET. Without it, it is the page itself.

    htmx is told to leave the page: it would put the sign-in page where a fragment was expected.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: PageRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            back = then(*args, **kwargs) if then else _page_asked_for(request)
            answer = redirect_to_login(back)
            return HttpResponseClientRedirect(answer.url) if request.htmx else answer

        return cast(View, checked)

    return decorate


def _page_asked_for(request: PageRequest) -> str:
    """The page in the address bar: for htmx not the address of the fragment."""
    return (request.htmx.current_url_abs_path if request.htmx else None) or request.get_full_path()
