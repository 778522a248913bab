"""Pages behind the store of answers, and visitors who ask for them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any

from consilium.kept_answers import KeptAnswers
from consilium.page_threads import PageThreads

HTML = ("Content-Type", "text/html; charset=utf-8")
BOARD = ("X-Depends-On", "board:sample")
LONG = b"<p>A row of a board.</p>" * 100


class Whole(list[bytes]):
    streaming = False


class Pages:
    """A WSGI application whose answers the test sets; it remembers what it was asked."""

    def __init__(self, *headers: tuple[str, str], body: bytes = LONG, status: str = "200 OK") -> None:
        self.headers, self.body, self.status = [HTML, *headers], body, status
        self.asked: list[dict[str, Any]] = []
        self.kind: type[list[bytes]] = Whole
        self.while_made: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked.append(environ)
        body = self.body
        self.while_made()
        start_response(self.status, self.headers)
        return self.kind([body])


class Visitor:
    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def receive(self) -> Any:
        await asyncio.Event().wait()

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]


class Front:
    """Kept answers in front of pages, with a database that is heard."""

    def __init__(self, pages: Pages, room: int = 2**20) -> None:
        threads = PageThreads(pages, 4)
        self.kept = KeptAnswers(threads, lambda *ask: threads(ask[0], io.BytesIO(), *ask[1:]), room)
        self.kept.listening()

    async def ask(self, path: str = "/boards/sample/", method: str = "GET", **headers: str) -> Visitor:
        path, _, query = path.partition("?")
        sent = {"host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "method": method, "scheme": "http", "http_version": "1.1", "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        visitor = Visitor()
        await self.kept(scope, visitor.receive, visitor.send)
        return visitor


def played(play: Callable[[], Any]) -> Any:
    return asyncio.run(play())
