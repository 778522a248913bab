"""In which language a page is written: as the account says, or was chosen here, or the browser asks.

What is kept, cited or computed with (API answers, files, feeds, boards of the past) is English for everybody,
so that the same address has the same bytes whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

ENGLISH = "en"
LONGEST_ASKED = 500  # characters of Accept-Language that are looked at
_SAME_FOR_ALL = re.compile(
    r"/api/v1/.*|/live/|/static/.*|/healthz|/readyz|/metrics"
    r"|(?!.*/(charts|cases)/).*\.(csv|json|jsonl|parquet|tex|bib|svg|atom|toml|gz|zip)|.*/charts/[-\w]+\.csv"
    r"|/submissions/[^/]+/(log|file|artefacts/.+)/|/artefacts/.*"
)


def is_same_for_all(path: str, query: str) -> bool:
    """Whether what lies at an address is one thing in every language; the query as sent, undecoded."""
    return "as_of=" in query or _SAME_FOR_ALL.fullmatch(path) is not None


def chosen(code: str | None) -> str | None:
    """A language of ours that somebody chose, or None."""
    return code if code in dict(settings.LANGUAGES) else None


def asked_for(accepted: str) -> str:
    """The language of ours that an Accept-Language header likes best; English where it likes none."""
    return _liked(accepted) if accepted and len(accepted) <= LONGEST_ASKED else ENGLISH


@lru_cache(maxsize=1000)
def _liked(accepted: str) -> str:
    for code, weight in parse_accept_lang_header(accepted.lower()):
        if code == "*" or weight == 0:
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return ENGLISH


def language_of(request: HttpRequest) -> str:
    person = getattr(request, "user", None)
    if person is not None and person.is_authenticated and (of_account := chosen(person.language)):
        return of_account
    of_browser = chosen(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
    return of_browser or asked_for(request.headers.get("Accept-Language", ""))


class LanguageMiddleware:
    """Pages are made in the reader's language and say so; the rest in English, whoever asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_same_for_all(request.path_info, request.META.get("QUERY_STRING", "")):
            with translation.override(ENGLISH):
                return self.get_response(request)
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        response.headers.setdefault("Content-Language", language)
        return response
