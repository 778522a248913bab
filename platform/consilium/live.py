"""Tell browsers that something changed, over server-sent events.

The database itself notifies (triggers on runs and boards); one listener per web process hears it and
fans out. A stream carries no content, only "changed": the browser asks again for the fragment, which is
where authorisation is checked. Topics name a submission by its unguessable id, or a board.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

import psycopg
from django.conf import settings

logger = logging.getLogger(__name__)

CHANNEL = "consilium"
TOPIC = re.compile(r"[a-z]{1,20}(:[A-Za-z0-9_.-]{1,100})?")
MOST_TOPICS = 20
MOST_STREAMS = 10_000
KEEP_ALIVE_SECONDS = 15.0
QUIET_SECONDS = 0.5  # at most two events a second reach one browser, however many chunks are finished

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class LiveStreams:
    """Open streams by topic, and the one listener that wakes them."""

    def __init__(self) -> None:
        self._streams: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._open = 0
        self._ended = False
        self._listener: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    def end(self) -> None:
        """End every stream and refuse new ones: the server stops. Browsers come back by themselves."""
        self._ended = True
        self._wake(*self._streams)

    async def stop(self) -> None:
        self.end()
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await _plain(send, 405, "A stream is read with GET", (b"allow", b"GET"))
            return
        topics = parse_qs(scope["query_string"].decode("latin-1")).get("topic", [])
        if not topics or len(topics) > MOST_TOPICS or not all(TOPIC.fullmatch(topic) for topic in topics):
            await _plain(send, 400, f"Name 1 to {MOST_TOPICS} topics: /live/?topic=board:sample")
            return
        if self._ended or self._open >= MOST_STREAMS:
            await _plain(send, 503, "No stream can be opened now; the page still refreshes when reloaded")
            return
        headers = [
            (b"content-type", b"text/event-stream"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        changed = asyncio.Event()
        for topic in topics:  # before the browser hears that it is open: what changes from then on is told
            self._streams[topic].add(changed)
        self._open += 1
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await self._write_changes(changed, gone, send)
        finally:
            gone.cancel()
            self._open -= 1
            for topic in topics:
                self._streams[topic].discard(changed)
                if not self._streams[topic]:
                    del self._streams[topic]

    async def _write_changes(self, changed: asyncio.Event, gone: asyncio.Task[None], send: Send) -> None:
        # `retry` makes a browser come back quickly after the server restarts
        await _chunk(send, b"retry: 2000\n\n")
        while not gone.done() and not self._ended:
            waiting = asyncio.create_task(changed.wait())
            await asyncio.wait(
                {waiting, gone}, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if gone.done() or self._ended:
                waiting.cancel()
            elif waiting.done():
                changed.clear()
                await _chunk(send, b"event: changed\ndata: 1\n\n")
                await asyncio.wait({gone}, timeout=QUIET_SECONDS)
            else:
                waiting.cancel()
                await _chunk(send, b": still here\n\n")
        await send({"type": "http.response.body", "body": b""})

    async def _listen(self) -> None:
        """Hear the database for ever; after it was away wake everyone, who may have missed something."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_conninfo(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._wake(*self._streams)
                    async for notice in connection.notifies():
                        self._wake(notice.payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("live updates paused, the database is away: %s", str(error).splitlines()[:1])
                await asyncio.sleep(1)

    def _wake(self, *topics: str) -> None:
        for topic in topics:
            for changed in self._streams.get(topic, ()):
                changed.set()


def _conninfo() -> str:
    database = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    known = {name: str(database[key]) for key, name in names.items() if database.get(key)}
    options = {name: str(value) for name, value in database.get("OPTIONS", {}).items()}
    return psycopg.conninfo.make_conninfo("", **known, **options)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _chunk(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _plain(send: Send, status: int, message: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": message.encode()})
