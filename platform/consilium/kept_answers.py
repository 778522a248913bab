"""Public pages, files and API answers, kept as sent and answered before Django is asked.

A view says what its answer depends on (`accounts.pages.depends_on`), in a header that never leaves the
house. Such an answer to a visitor who is not signed in is kept until the database says that something it
depends on has changed; while the database is not heard, nothing is answered from memory. The page is made by
asking Django for it as nobody in particular, with no more than the headers listed here, so that nothing
personal and nothing that is not part of the question can get into it; whoever asks the same meanwhile waits
for that one answer. Of what is said about languages, only the one of ours that it comes to is asked for.
"""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from django.conf import settings

from accounts import languages
from consilium.answer_store import AnswerStore, Question
from consilium.intake import Message, Pages, Receive, Scope, Send
from consilium.sent_answer import Answer

PUBLIC = re.compile(
    r"/|/(api/v1/)?(boards|systems|tasks|cases|compare|significance|studies|methods|changes|joint|guide)(/.*)?"
)
DEPENDS_ON = b"x-depends-on"
HEARD = b"x-heard"  # microseconds: the reader knows of a change at that time
MAY_VARY_BY = (
    b"accept",
    b"accept-language",
    b"hx-request",
    b"hx-trigger",
    b"hx-trigger-name",
    b"hx-target",
    b"hx-boosted",
    b"hx-history-restore-request",
)
_ROUTE = {b"host", b"x-forwarded-proto", b"x-forwarded-for"}  # pages print their own address: see _page
_PASSED_ON = {*_ROUTE, *MAY_VARY_BY}
_NO_MATTER = {b"accept-encoding", b"cookie"}  # the first is our work, the second nobody in particular has not
_NOT_SHARED = re.compile(rb"\b(private|no-store)\b")
LONGEST_SECONDS = 300.0  # what only the clock changes is never older
MOST_LEARNED = 20_000

Headers = dict[bytes, bytes]


class NotKeptError(Exception):
    """An answer that only its asker may have, or that is not there whole."""


@dataclass(slots=True)
class Making:
    """A page that is being made. `made` gives None when it is for nobody else."""

    begun_at: int  # number of the last change before
    began: float
    made: asyncio.Future[Answer | None] = field(default_factory=asyncio.Future)


class KeptAnswers:
    """In front of the pages; each process keeps its own.

    Args:
        pages: answers what is not kept, given a body that is there whole.
        otherwise: answers what is personal or not public, bodies and all.
        room: bytes that may be kept.
    """

    def __init__(
        self, pages: Pages, otherwise: Callable[[Scope, Receive, Send], Awaitable[None]], room: int
    ) -> None:
        self._pages, self._otherwise = pages, otherwise
        self.store = AnswerStore(room)
        self.told: Counter[str] = Counter()  # answers by where they came from: see operations.counting
        self.told_bytes = 0
        self._listening = False
        self._learned: OrderedDict[Question, tuple[tuple[bytes, ...], frozenset[str]]] = OrderedDict()
        self._making: dict[Question, Making] = {}
        self._own_cookies = {name.encode() for name in (settings.SESSION_COOKIE_NAME, "messages")}
        self._language_cookie = settings.LANGUAGE_COOKIE_NAME.encode()

    def listening(self) -> None:
        self.store.clear()
        self._listening = True

    def deaf(self) -> None:
        self._listening = False
        self.store.clear()

    def heard(self, topic: str) -> None:
        self.store.changed(topic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD") or not PUBLIC.fullmatch(scope["path"]):
            await self._otherwise(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answer = None
        if self._may_answer(headers):
            headers[b"accept-language"] = self._language(headers)
            page = _page(scope["scheme"], scope["path"], scope["query_string"], headers)
            found = self._find(page, headers)
            answer = found or await self._made(page, scope, headers, receive)
            self.told["kept" if found else "made" if answer else "not_kept"] += 1
        if answer is None:
            await self._otherwise(scope, receive, _without_dependence(send))
        else:
            await answer.send(headers, send, wants_body=scope["method"] == "GET")

    def kept(self, scheme: str, path: str, query: bytes, headers: Headers) -> Answer | None:
        """What is kept for a GET of somebody with these headers; None where a page must be asked."""
        if not self._may_answer(headers):
            return None
        headers[b"accept-language"] = self._language(headers)
        return self._find(_page(scheme, path, query, headers), headers)

    def _may_answer(self, headers: Headers) -> bool:
        return (
            self._listening
            and b"authorization" not in headers
            and b"transfer-encoding" not in headers
            and headers.get(b"content-length", b"0") == b"0"
            and (b"cookie" not in headers or not self._has_own_cookie(headers[b"cookie"]))
        )

    def _has_own_cookie(self, cookies: bytes) -> bool:
        return any(each.partition(b"=")[0].strip() in self._own_cookies for each in cookies.split(b";"))

    def _language(self, headers: Headers) -> bytes:
        """The one of ours that this browser chose, or else likes best."""
        for each in headers.get(b"cookie", b"").split(b";"):
            name, _, value = each.strip().partition(b"=")
            if name == self._language_cookie and (code := languages.chosen(value.decode("latin-1"))):
                return code.encode()
        return languages.asked_for(headers.get(b"accept-language", b"").decode("latin-1")).encode()

    def _find(self, page: Question, headers: Headers) -> Answer | None:
        learned = self._learned.get(page)
        if learned is None:
            return None
        found = self.store.find((page, *map(headers.get, learned[0])))
        if found is None or found.began < time.time() - LONGEST_SECONDS:
            return None
        return found if HEARD not in headers or found.began >= _heard_at(headers) else None

    async def _made(self, page: Question, scope: Scope, headers: Headers, receive: Receive) -> Answer | None:
        """Made now, or by somebody who asked the same a moment ago. None: ask for yourself."""
        varies, topics = self._learned.get(page, (MAY_VARY_BY, None))
        question = (page, *map(headers.get, varies))
        making = self._making.get(question)
        if (
            making
            and making.began >= _heard_at(headers)
            and self.store.unchanged_since(making.begun_at, topics)
        ):
            answer = await asyncio.shield(making.made)
            return answer if answer and set(answer.varies) <= set(varies) else None
        making = self._making[question] = Making(self.store.now, time.time())
        answer = None
        try:
            answer = await self._ask(scope, headers, making, receive)
            self._keep(page, headers, answer, making.begun_at)
        except NotKeptError:
            pass
        finally:
            making.made.set_result(answer)
            if self._making.get(question) is making:
                del self._making[question]
        return answer

    async def _ask(self, scope: Scope, headers: Headers, making: Making, receive: Receive) -> Answer:
        """Ask Django as nobody in particular, each header once as in the question. Raises NotKeptError."""
        asked = [header for header in headers.items() if header[0] in _PASSED_ON]
        taken = _Taken()
        await self._pages({**scope, "method": "GET", "headers": asked}, io.BytesIO(), receive, taken)
        return taken.answer(making.began)

    def _keep(self, page: Question, headers: Headers, answer: Answer, begun_at: int) -> None:
        if answer.topics is None:
            return
        known, _ = self._learned.pop(page, ((), None))
        varies = tuple(sorted({*known, *answer.varies}))
        self._learned[page] = (varies, answer.topics)
        if len(self._learned) > MOST_LEARNED:
            self._learned.popitem(last=False)
        self.store.keep((page, *map(headers.get, varies)), answer, begun_at)


class _Taken:
    """Takes an answer as it is sent, as long as it may be shared."""

    def __init__(self) -> None:
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            if {name for name, _ in message["headers"]} & {b"set-cookie", b"content-encoding"}:
                raise NotKeptError
        elif message.get("more_body"):
            raise NotKeptError
        else:
            self._body = message.get("body", b"")

    def answer(self, began: float) -> Answer:
        """Raises NotKeptError where it depends on more than was asked, or is said to be one person's."""
        headers: list[tuple[bytes, bytes]] = self._start["headers"]
        varies = _names(headers, b"vary") - _NO_MATTER
        if not varies <= set(MAY_VARY_BY) or _NOT_SHARED.search(_all(headers, b"cache-control")):
            raise NotKeptError
        lasting = self._start["status"] == 200 and any(name == DEPENDS_ON for name, _ in headers)
        return Answer(
            self._start["status"],
            [header for header in headers if header[0] != DEPENDS_ON],
            self._body,
            varies=tuple(sorted(varies)),
            topics=frozenset(_all(headers, DEPENDS_ON).decode("latin-1").split()) if lasting else None,
            began=began,
        )


def _page(scheme: str, path: str, query: bytes, headers: Headers) -> Question:
    return (scheme, headers.get(b"host"), headers.get(b"x-forwarded-proto"), path, query)


def _all(headers: list[tuple[bytes, bytes]], wanted: bytes) -> bytes:
    return b", ".join(value for name, value in headers if name == wanted)


def _names(headers: list[tuple[bytes, bytes]], wanted: bytes) -> set[bytes]:
    return {each.strip().lower() for each in _all(headers, wanted).split(b",")} - {b""}


def _heard_at(headers: Headers) -> float:
    """When the reader says it heard of a change, in seconds, and 0 where that is nonsense."""
    said = headers.get(HEARD, b"")
    at = int(said) / 1e6 if said.isdigit() and len(said) < 20 else 0.0
    return at if at <= time.time() else 0.0


def _without_dependence(send: Send) -> Send:
    """Nobody outside learns what an answer depends on."""

    async def stripped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if header[0] != DEPENDS_ON]
            message = {**message, "headers": headers}
        await send(message)

    return stripped
