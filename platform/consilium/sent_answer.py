"""An answer as it is sent: its headers and body, plain and compressed, each with a tag of its own.

Only for answers that hold nothing secret and nothing personal: the length of a compressed secret tells of it.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from http import HTTPStatus

import brotli

from consilium.intake import Send

Header = tuple[bytes, bytes]

PLAIN = b"identity"
CODINGS: dict[bytes, Callable[[bytes], bytes]] = {
    b"br": lambda body: bytes(brotli.compress(body, quality=5)),
    b"gzip": lambda body: gzip.compress(body, 6, mtime=0),
}  # the first one a client takes is used
DECODED: dict[bytes, Callable[[bytes], bytes]] = {
    b"br": brotli.decompress,
    b"gzip": gzip.decompress,
}
LEAST_BYTES = 200  # what is shorter fits one packet anyway
_MADE_HERE = {b"content-length", b"etag", b"vary"}
_WITH_304 = {b"cache-control", b"content-location", b"date", b"expires", b"vary"}  # RFC 9110, 15.4.5


@dataclass(frozen=True, slots=True)
class Sent:
    """One coding of an answer: status, headers and body, ready for the wire and as an ASGI message."""

    status: int
    headers: list[Header]
    body: bytes
    etag: bytes
    wire: bytes  # status line and headers, without Date and the like and without the empty line

    async def send(self, send: Send, *, wants_body: bool) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body if wants_body else b""})


class Answer:
    """A whole answer. It is compressed when somebody first wants that, once, away from the event loop, and
    then no longer held as it was: a board's page is a twentieth of its size.

    Args:
        headers: of the answer, names in lower case; Content-Length, ETag and Vary are made anew.
        varies: request headers it depends on, besides Accept-Encoding and cookies.
        topics: what it depends on; None when it must not be kept.
        began: clock time when it was begun: what changed before that is in it.
    """

    def __init__(
        self,
        status: int,
        headers: Iterable[Header],
        body: bytes,
        *,
        varies: tuple[bytes, ...] = (),
        topics: frozenset[str] | None = None,
        began: float = 0.0,
    ) -> None:
        headers = list(headers)
        self.status, self.varies, self.topics, self.began = status, varies, topics, began
        self._compressible = len(body) >= LEAST_BYTES and _is_text(dict(headers).get(b"content-type", b""))
        vary = [value for name, value in headers if name == b"vary"]
        vary += [b"Accept-Encoding"] if self._compressible else []
        self._headers = [(name, value) for name, value in headers if name not in _MADE_HERE]
        self._headers += [(b"vary", b", ".join(_once(vary)))] if vary else []
        self._tag = blake2b(repr(self._headers).encode() + body, digest_size=16).hexdigest().encode()
        self._made: dict[bytes, Sent] = {}
        self._unchanged: dict[bytes, Sent] = {}
        self._making: dict[bytes, asyncio.Task[None]] = {}
        self.grew: Callable[[], None] = lambda: None  # told when `size` changed
        self._make(PLAIN, body)

    @property
    def size(self) -> int:
        """Bytes it holds, in all codings made so far; a guess for headers included."""
        return 4000 + sum(len(sent.body) for sent in self._made.values())

    def at_once(self, asked: dict[bytes, bytes]) -> Sent | None:
        """What a request with these headers is sent: 304 where its client has this very coding already. None
        while that coding has yet to be made."""
        coding = coding_for(asked.get(b"accept-encoding", b"")) if self._compressible else PLAIN
        sent = self._made.get(coding)
        known = asked.get(b"if-none-match")
        if sent is None or known is None or self.status != 200 or not _is_among(sent.etag, known):
            return sent
        return self._unchanged[coding]

    async def send(self, asked: dict[bytes, bytes], send: Send, *, wants_body: bool = True) -> None:
        while (sent := self.at_once(asked)) is None:  # twice, where another coding took its place meanwhile
            await self._coded(coding_for(asked.get(b"accept-encoding", b"")))
        await sent.send(send, wants_body=wants_body)

    async def _coded(self, coding: bytes) -> None:
        making = self._making.get(coding)
        if making is None:
            making = self._making[coding] = asyncio.ensure_future(self._code(coding))
        await asyncio.shield(making)

    async def _code(self, coding: bytes) -> None:
        try:
            self._make(coding, await asyncio.to_thread(self._in, coding))
            if coding != PLAIN:
                self._made.pop(PLAIN, None)
        finally:
            del self._making[coding]
        self.grew()

    def _in(self, coding: bytes) -> bytes:
        there, sent = next(iter(self._made.items()))
        body = DECODED[there](sent.body) if there in DECODED else sent.body
        return CODINGS[coding](body) if coding in CODINGS else body

    def _make(self, coding: bytes, body: bytes) -> None:
        etag = b'"%s"' % (self._tag if coding == PLAIN else self._tag + b"-" + coding)
        tagged = [(b"etag", etag)] if self.status == 200 else []
        coded = [] if coding == PLAIN else [(b"content-encoding", coding)]
        length = (b"content-length", str(len(body)).encode())
        known = [header for header in self._headers if header[0] in _WITH_304]
        self._made[coding] = _sent(self.status, [*self._headers, *tagged, *coded, length], body, etag)
        self._unchanged[coding] = _sent(304, [*known, *tagged], b"", etag)


def _sent(status: int, headers: list[Header], body: bytes, etag: bytes) -> Sent:
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    return Sent(status, headers, body, etag, line + b"".join(b"%s: %s\r\n" % header for header in headers))


@lru_cache(maxsize=256)
def coding_for(accepted: bytes) -> bytes:
    """The coding of ours that an Accept-Encoding asks for, or none; one with q=0 is refused."""
    taken = set()
    for each in accepted.lower().split(b","):
        name, _, weight = each.partition(b";")
        if weight.replace(b" ", b"").rstrip(b"0.") != b"q=":
            taken.add(name.strip())
    return next((coding for coding in CODINGS if coding in taken), PLAIN)


def _is_among(etag: bytes, known: bytes) -> bool:
    tags = [each.strip().removeprefix(b"W/") for each in known.split(b",")]
    return etag in tags or b"*" in tags


def _is_text(content_type: bytes) -> bool:
    kind = content_type.partition(b";")[0].strip().lower()
    return kind.startswith(b"text/") or kind.endswith((b"json", b"xml", b"javascript"))


def _once(values: Iterable[bytes]) -> list[bytes]:
    names = [name.strip() for value in values for name in value.split(b",") if name.strip()]
    return list({name.lower(): name for name in names}.values())
