"""Receive request bodies before a page's thread is taken for them.

A page runs in one of a few threads. Whoever sends slowly, or never finishes, must not hold one: the body
is received whole on the event loop, in memory while small and then in a nameless temporary file, and only
then handed to the pages. What is too large, too slow or too much at once is refused here.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, cast

from django.conf import settings

UPLOAD_PATHS = {"/submit/", "/api/v1/submissions/"}
STUDY_FILES = re.compile(r"/studies/[-\w]+/items/(add|[0-9]+/image/set)/")  # items and pictures of a study
STUDY_FILE_BYTES = 20 * 2**20
ENVELOPE_BYTES = 2**20  # the other fields of an upload and the lines between its parts
FORM_BYTES = 4 * 2**20  # every path that takes no file
IN_MEMORY_BYTES = 64 * 1024
MOST_ON_DISK = 64
SLOWEST_BYTES_PER_SECOND = 4096  # a sender of one byte now and then is as harmful as a silent one
LINGER_SECONDS, LONGEST_LINGER_SECONDS = 2.0, 15.0

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pages = Callable[[Scope, BinaryIO, Receive, Send], Awaitable[None]]  # given a body that is there whole


class SenderLeftError(Exception):
    """The client closed the connection before its body was complete: nobody is there to be answered."""


@dataclass
class RefusedBodyError(Exception):
    """A body is not taken; `message` tells its sender why and what to do."""

    status: HTTPStatus
    message: str
    retry_after: int | None = None


class DiskRoom:
    """How many bodies may lie on the disk at once, those of requests being answered included."""

    def __init__(self, places: int) -> None:
        self._free = places

    def take(self) -> None:
        if not self._free:
            raise RefusedBodyError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many files are arriving; send this one again in a minute",
                60,
            )
        self._free -= 1

    def give_back(self) -> None:
        self._free += 1


class Body:
    """One request's body; nothing of it is left once it is closed."""

    def __init__(self, room: DiskRoom) -> None:
        self._room = room
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 closed by close()
        self._on_disk = False
        self.size = 0

    async def write(self, data: bytes) -> None:
        """Raises RefusedBodyError when there is no room for it on the disk."""
        self.size += len(data)
        if not self._on_disk and self.size > IN_MEMORY_BYTES:
            self._room.take()
            self._on_disk = True
        try:
            await self._do(self._file.write, data)
        except OSError as error:
            message = f"The server has no room for this file now ({error.strerror}); send it again later"
            raise RefusedBodyError(HTTPStatus.SERVICE_UNAVAILABLE, message, 600) from error

    async def whole(self) -> BinaryIO:
        """The body from its start, once nothing more arrives."""
        await self._do(self._file.seek, 0)
        return cast(BinaryIO, self._file)

    def close(self) -> None:
        self._file.close()
        if self._on_disk:
            self._on_disk = False
            self._room.give_back()

    async def _do(self, act: Callable[..., Any], argument: bytes | int) -> Any:
        return await asyncio.to_thread(act, argument) if self._on_disk else act(argument)


class Intake:
    """The pages, given each request only when its body is there.

    Args:
        idle_seconds: a sender silent for so long, or slower over the whole body than
            SLOWEST_BYTES_PER_SECOND after so long, is answered 408.
        most_on_disk: bodies on the disk at once; the next is answered 503.
    """

    def __init__(self, pages: Pages, *, idle_seconds: float, most_on_disk: int = MOST_ON_DISK) -> None:
        self._pages = pages
        self._idle_seconds = idle_seconds
        self._room = DiskRoom(most_on_disk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = _declared_bytes(scope)
        if declared == 0:
            await self._pages(scope, io.BytesIO(), receive, send)
            return
        body = Body(self._room)
        try:
            await self._fill(body, declared, scope["path"], receive)
            await self._pages(_with_length(scope, body.size), await body.whole(), receive, send)
        except SenderLeftError:
            return
        except RefusedBodyError as refusal:
            body.close()
            await _refuse(refusal, scope["path"], receive, send)
        finally:
            body.close()

    async def _fill(self, body: Body, declared: int | None, path: str, receive: Receive) -> None:
        limit = largest_body(path)
        _check_size(declared or 0, limit, path)
        now = asyncio.get_running_loop().time
        start = now()
        more = True
        while more:
            earned = self._idle_seconds + body.size / SLOWEST_BYTES_PER_SECOND
            message = await self._next(receive, min(now() + self._idle_seconds, start + earned))
            data = message.get("body", b"")
            _check_size(body.size + len(data), limit, path)
            await body.write(data)
            more = message.get("more_body", False)

    async def _next(self, receive: Receive, until: float) -> Message:
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            text = "The request did not arrive in time; send it again over a steadier connection"
            raise RefusedBodyError(HTTPStatus.REQUEST_TIMEOUT, text) from None
        if message["type"] == "http.disconnect":
            raise SenderLeftError
        return message


def largest_body(path: str) -> int:
    """Bytes a request to `path` may have."""
    upload: int = settings.UPLOAD_LIMIT_BYTES
    if STUDY_FILES.fullmatch(path):
        return min(upload, STUDY_FILE_BYTES) + ENVELOPE_BYTES
    return upload + ENVELOPE_BYTES if path in UPLOAD_PATHS else FORM_BYTES


def _check_size(size: int, limit: int, path: str) -> None:
    if size <= limit:
        return
    if path in UPLOAD_PATHS:
        most = (limit - ENVELOPE_BYTES) // 2**20
        text = f"The file is larger than the {most} MB a file may have: compress it (.gz) and send it again"
    else:
        text = f"The request is larger than the {limit // 2**20} MB this address takes"
    raise RefusedBodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)


def _declared_bytes(scope: Scope) -> int | None:
    """The length the request gives its body: 0 when it has none, None when it does not say."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    return int(headers.get(b"content-length", b"0"))


def _with_length(scope: Scope, size: int) -> Scope:
    """WSGI knows no chunked bodies: the length is what was counted."""
    framing = {b"content-length", b"transfer-encoding"}
    headers = [(name, value) for name, value in scope["headers"] if name not in framing]
    return {**scope, "headers": [*headers, (b"content-length", str(size).encode())]}


async def _refuse(refusal: RefusedBodyError, path: str, receive: Receive, send: Send) -> None:
    content_type, text = _wording(refusal, path)
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    await send({"type": "http.response.start", "status": int(refusal.status), "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": True})
    await _linger(receive)
    await send({"type": "http.response.body", "body": b""})


def _wording(refusal: RefusedBodyError, path: str) -> tuple[bytes, bytes]:
    if not path.startswith("/api/"):
        return b"text/plain; charset=utf-8", refusal.message.encode()
    content: dict[str, Any] = {"detail": refusal.message}
    if path in UPLOAD_PATHS and refusal.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        code = "file_too_large"
        problem = {"line": None, "key": "file", "code": code, "message": refusal.message}
        content = {"problems": [problem], "counts": {code: 1}}
    return b"application/json", json.dumps(content).encode()


async def _linger(receive: Receive) -> None:
    """Drop what is still arriving for a while: closing at once would reset the connection, and a sender
    that reads only after writing would never see the answer."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_LINGER_SECONDS):
            more = True
            while more:
                async with asyncio.timeout(LINGER_SECONDS):
                    more = (await receive()).get("more_body", False)
