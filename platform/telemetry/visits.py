"""Requests: each has an id, which all its lines carry and its answer tells, and one access line.

A proxy in front may give the id (X-Request-ID, with TRUST_PROXY); nobody else's is taken, for it would let
strangers write into the log. What is answered from memory (consilium.kept_first) is counted there, without a
line.
"""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import LazyObject

from telemetry import tallies, trail

logger = logging.getLogger("consilium.access")

HEADER = "X-Request-ID"
_HEADER = HEADER.lower().encode()
_GIVEN = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LEFT = 499  # whoever asked was gone before there was an answer

Message = MutableMapping[str, Any]
Application = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Any]


class Visit:
    """One request, as far as it is known."""

    __slots__ = ("began", "id", "is_stream", "method", "person", "route", "size", "status")

    def __init__(self, method: str, given: str) -> None:
        trusted = settings.TRUST_PROXY and _GIVEN.fullmatch(given)
        self.id = given if trusted else secrets.token_hex(8)
        self.method = method if method in _METHODS else "other"
        self.route, self.status, self.size = "(none)", LEFT, 0
        self.person: int | None = None
        self.is_stream = False
        self.began = time.perf_counter()

    def end(self) -> None:
        """Count it and write its line."""
        took = time.perf_counter() - self.began
        tallies.count("requests", route=self.route, method=self.method, status=self.status)
        if not self.is_stream:
            tallies.observe("request_seconds", took, route=self.route)
        figures = {
            "method": self.method, "route": self.route, "status": self.status, "ms": round(took * 1000, 1),
            "bytes": self.size, "person": self.person,
        }  # fmt: skip
        logger.info("%s %s %s in %.0f ms", self.method, self.route, self.status, took * 1000, extra=figures)


_visit: contextvars.ContextVar[Visit | None] = contextvars.ContextVar("visit", default=None)


class Visited:
    """An ASGI application whose requests are visits. `streams`: paths that stay open, and their names."""

    def __init__(self, application: Application, streams: Mapping[str, str]) -> None:
        self._application, self._streams = application, streams

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _HEADER), b"")
        visit = Visit(scope["method"], given.decode("latin-1"))
        if scope["path"] in self._streams:
            visit.route, visit.is_stream = self._streams[scope["path"]], True

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                named = (_HEADER, visit.id.encode())
                message = {**message, "headers": [*message["headers"], named]}
            else:
                visit.size += len(message.get("body", b""))
            await send(message)

        token = _visit.set(visit)
        try:
            with trail.following(request=visit.id):
                try:
                    await self._application(scope, receive, sent)
                except Exception:
                    visit.status = 500
                    raise
                finally:
                    visit.end()
        finally:
            _visit.reset(token)


class VisitMiddleware:
    """Says which page answers and who asked; where no ASGI server has begun the visit, begins and ends it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        visit = _visit.get()
        if visit is not None:
            return self._answered(request, visit)
        visit = Visit(request.method or "", request.headers.get(HEADER, ""))
        with trail.following(request=visit.id):
            visit.status = 500
            try:
                response = self._answered(request, visit)
                visit.status = response.status_code
                visit.size = 0 if response.streaming else len(getattr(response, "content", b""))
                response.headers[HEADER] = visit.id
            finally:
                visit.end()
        return response

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """What is written while the page is made says which page."""
        match = request.resolver_match
        if match:
            route = match.view_name or match.route
            trail.add(route=route)
            if (visit := _visit.get()) is not None:
                visit.route = route

    def _answered(self, request: HttpRequest, visit: Visit) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            if request.resolver_match:
                visit.route = request.resolver_match.view_name or request.resolver_match.route
            elif request.path.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
                visit.route = "static"
            visit.person = _person(request)


def _person(request: HttpRequest) -> int | None:
    """The number of who asked, where that was looked up: it is not for the log to ask the database."""
    found: Any = request.__dict__.get("user")
    if isinstance(found, LazyObject):
        found = request.__dict__.get("_cached_user")
    return getattr(found, "pk", None)
