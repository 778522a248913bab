"""A page, or for htmx the fragment of it that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.http import PageRequest


def render_page(
    request: PageRequest, template: str, context: Mapping[str, Any], *, fragment: str, status: int = 200
) -> HttpResponse:
    """Render `template`, or only its partial `fragment` when htmx asks. Caches learn of it."""
    wanted = f"{template}#{fragment}" if request.htmx else template
    response = render(request, wanted, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def render_refusal(
    request: PageRequest, template: str, context: Mapping[str, Any], *, fragment: str
) -> HttpResponse:
    """A form again, with what is wrong: a page that is a 400; in place a 422, which htmx swaps in."""
    status = 422 if request.htmx else 400
    return render_page(request, template, context, fragment=fragment, status=status)


def depends_on(response: HttpResponseBase, *topics: str) -> None:
    """Say that an answer is the same for every visitor until a topic changes, so that it may be kept.

    Args:
        topics: what the database notifies: `board:sample`, `study:7`, or all of a kind: `board:*`. None at
            all means that only a new version of the program changes it.
    """
    response.headers["X-Depends-On"] = " ".join(topics)
