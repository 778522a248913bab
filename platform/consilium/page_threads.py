"""Pages, which speak WSGI, in a few threads: each is given a request that is there whole.

An answer that is there whole comes back in one piece, so that the event loop and a thread meet once a
request. What Django streams (files, exports) is handed over piece by piece, each one when the client has
taken the one before; a client that leaves ends its stream.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, BinaryIO

from consilium.intake import Message, Receive, Scope, Send

READER_SECONDS = 20.0

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_ALWAYS: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class PageThreads:
    """`application` of WSGI, run by at most `threads` threads; more requests wait for one of them."""

    def __init__(self, application: Wsgi, threads: int) -> None:
        self._application = application
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, body: BinaryIO, receive: Receive, send: Send) -> None:
        """Answer a request whose `body` is whole and at its start. Raises what the application raises."""
        loop = asyncio.get_running_loop()
        client = _Client(loop, receive, send, wants_body=scope["method"] != "HEAD")
        context = contextvars.copy_context()
        for message in await loop.run_in_executor(
            self._executor, context.run, self._answer, environ(scope, body), client
        ):
            await send(message)

    def _answer(self, asked: Environ, client: _Client) -> list[Message]:
        """In a thread: what is left to be sent when the page is done."""
        start = _Start()
        answer = self._application(asked, start)
        try:
            if getattr(answer, "streaming", True):
                client.stream(start.message, answer)
                return [{"type": "http.response.body", "body": b""}]
            return [start.message, {"type": "http.response.body", "body": b"".join(answer)}]
        finally:
            if hasattr(answer, "close"):
                answer.close()


class _Start:
    """WSGI's start_response, kept as the message it will be."""

    message: Message

    def __call__(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        encoded = [(_lowered(name), value.encode("latin-1")) for name, value in headers]
        self.message = {"type": "http.response.start", "status": int(status[:3]), "headers": encoded}


class _Client:
    """Who is being answered, as a page's thread sees them."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send, *, wants_body: bool
    ) -> None:
        self._loop = loop
        self._receive = receive
        self._send = send
        self._wants_body = wants_body
        self._left = threading.Event()

    def stream(self, start: Message, pieces: Iterable[bytes]) -> None:
        """Send the pieces as they come, for as long as the client stays."""
        self._say(start)
        if not self._wants_body:
            return
        watch = asyncio.run_coroutine_threadsafe(self._watch(), self._loop)
        try:
            for piece in pieces:
                if self._left.is_set():
                    return
                self._say({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            watch.cancel()

    def _say(self, message: Message) -> None:
        async def said() -> None:
            await self._send(message)

        sending = asyncio.run_coroutine_threadsafe(said(), self._loop)
        try:
            sending.result(timeout=READER_SECONDS)
        except TimeoutError:  # whoever does not read must not keep one of the few threads
            sending.cancel()
            self._left.set()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left.set()


def environ(scope: Scope, body: BinaryIO) -> Environ:
    """The request as WSGI has it: texts hold bytes as Latin-1."""
    root = scope.get("root_path", "")
    server = scope.get("server") or ("localhost", 80)
    asked = {
        **_ALWAYS,
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": _bytes_as_text(root),
        "PATH_INFO": _bytes_as_text(scope["path"].removeprefix(root)),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
    }
    if scope.get("client"):
        asked["REMOTE_ADDR"], asked["REMOTE_PORT"] = scope["client"][0], str(scope["client"][1])
    for name, value in scope["headers"]:
        key = _key(name)
        if key is not None:
            text = value.decode("latin-1")
            asked[key] = f"{asked[key]},{text}" if key in asked else text
    return asked


@lru_cache(maxsize=256)
def _key(name: bytes) -> str | None:
    """Where WSGI keeps a header. None for one written with `_`, which would pass for the one with `-`:
    a proxy guards the latter, say X-Forwarded-Proto, and lets the former through."""
    if b"_" in name:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


@lru_cache(maxsize=256)
def _lowered(name: str) -> bytes:
    return name.lower().encode("latin-1")


def _bytes_as_text(text: str) -> str:
    return text.encode().decode("latin-1")
