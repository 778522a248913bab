"""A Django view that says hello, without middleware, in the server and the threads of the real pages."""

from __future__ import annotations

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

THREADS = 8


def hello(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello", content_type="text/plain")


urlpatterns = [path("", hello)]
settings.configure(
    ROOT_URLCONF=sys.modules[__name__], ALLOWED_HOSTS=["*"], SECRET_KEY="of no use", MIDDLEWARE=[]
)

from django.core.wsgi import get_wsgi_application  # noqa: E402 - after the settings

from consilium.intake import Intake, Receive, Scope, Send  # noqa: E402
from consilium.page_threads import PageThreads  # noqa: E402

_pages = Intake(PageThreads(get_wsgi_application(), THREADS), idle_seconds=20)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _pages(scope, receive, send)
        return
    while (message := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{message['type']}.complete"})
