"""One connection of a browser to the site, and a tally of all that was asked over all of them."""

from __future__ import annotations

import asyncio
import gzip
from collections import defaultdict
from dataclasses import dataclass, field
from time import perf_counter

PATIENCE = 30.0  # seconds after which a person has given up
BROKEN = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError)


class FailedError(Exception):
    """Something a person would call an error; it is in the tally already."""


@dataclass
class Tally:
    """Seconds by kind of answer, and every error in words."""

    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)

    def fail(self, said: str) -> FailedError:
        self.errors.append(said)
        return FailedError(said)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get(b"content-encoding") == b"gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


class BrowserConnection:
    """Kept open between requests and opened again when the server has closed it meanwhile, as browsers do.

    Args:
        cookies, token: of a person who is signed in.
    """

    def __init__(self, port: int, tally: Tally, cookies: str = "", token: str = "") -> None:
        self._port, self._tally = port, tally
        own = [f"Host: localhost:{port}", "Accept-Encoding: gzip"]
        own += [f"Cookie: {cookies}"] if cookies else []
        own += [f"X-CSRFToken: {token}"] if token else []
        self._own = own
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, kind: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        """Raises FailedError where no answer comes, or one that is an error."""
        lines = [f"{method} {path} HTTP/1.1", *self._own]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += [f"Content-Length: {len(body)}"] if method != "GET" else []
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
        start = perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._answered(request)
        except BROKEN as error:
            self.close()
            raise self._tally.fail(f"{method} {path}: {type(error).__name__} {error}") from None
        self._tally.seconds[kind].append(perf_counter() - start)
        if reply.status >= 400:
            raise self._tally.fail(f"{method} {path}: {reply.status} {reply.text[:200]}")
        return reply

    async def _answered(self, request: bytes) -> Reply:
        if self._writer is not None:
            try:
                return await self._exchanged(request)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                    raise
                self.close()  # it was closed for lying idle
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        return await self._exchanged(request)

    async def _exchanged(self, request: bytes) -> Reply:
        assert self._reader is not None and self._writer is not None
        self._writer.write(request)
        start, *lines = (await self._reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
        pairs = (line.partition(b":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        status = int(start.split(b" ", 2)[1])
        length = int(headers.get(b"content-length", b"0"))
        body = await self._reader.readexactly(length) if status != 304 else b""
        if headers.get(b"connection") == b"close":
            self.close()
        return Reply(status, headers, body)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
