"""Tell browsers that something changed, over server-sent events.

The database itself notifies (see listening), and here it is passed on. A stream carries no content, only
"changed" and when: the browser asks again for the fragment, which is where authorisation is checked, and says
when (X-Heard), so that no process answers with what it kept from before. Topics name a submission by its
unguessable id, or a board.

A stream costs the one task in which the server runs it, waiting for its end; what is written is written for
all by plain calls from the event loop, some hundred streams at a time, so that pages are answered in between.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import defaultdict
from collections.abc import Set
from itertools import islice
from urllib.parse import parse_qs

from consilium.intake import Message, Receive, Scope, Send

TOPIC = re.compile(r"[a-z]{1,20}(:[A-Za-z0-9_.-]{1,100})?")
MOST_TOPICS = 20
MOST_STREAMS = 10_000
KEEP_ALIVE_SECONDS = 15.0
QUIET_SECONDS = 0.5  # at most two events a second reach one browser, however many chunks are finished
REASSURE_SECONDS = 0.25  # between looks at who has heard nothing for long
MOST_REMEMBERED = 10_000  # topics whose last change is known
AT_ONCE = 200  # streams written to between two looks at what else there is to do

_OPENED = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ],
}
_ENDED = {"type": "http.response.body", "body": b""}


class Stream:
    """One browser that listens. Times are those of the event loop."""

    __slots__ = ("rests_until", "send", "task", "written")

    def __init__(self, send: Send, task: asyncio.Task[None] | None) -> None:
        self.send = send
        self.task = task  # in which it waits for its end
        self.rests_until = math.inf  # not told anything before: it is being opened, or was told just now
        self.written = 0.0

    def write(self, message: Message) -> bool:
        """Write without waiting; False when the browser has not read what it was sent before.

        Sending ends at once unless the connection is full, so it needs no task of its own.
        """
        sending = self.send(message).__await__()
        try:
            next(sending)
        except StopIteration:
            return True
        sending.close()
        return False


class LiveStreams:
    """Open streams by topic."""

    def __init__(self) -> None:
        self._topics: defaultdict[str, set[Stream]] = defaultdict(set)
        self._open: dict[Stream, None] = {}  # whoever was written to longest ago comes first
        self._due: dict[Stream, Message] = {}  # to be told now
        self._resting: dict[Stream, Message] = {}  # to be told when they have rested
        self._telling: asyncio.Handle | None = None
        self._waking: asyncio.TimerHandle | None = None
        self._reassuring: asyncio.TimerHandle | None = None
        self._ended = False
        self._heard_at: dict[str, int] = {}  # topic → when it last changed, the longest ago first
        self._hears_since = microseconds()

    def __len__(self) -> int:
        """Streams open now."""
        return len(self._open)

    def listening(self) -> None:
        """The database is heard again: everyone may have missed something."""
        self._heard_at.clear()
        self._hears_since = microseconds()
        self._tell(self._open.keys())

    def deaf(self) -> None:
        """Streams stay open, and are told when the database is back."""

    def heard(self, topic: str) -> None:
        self._heard_at.pop(topic, None)
        self._heard_at[topic] = microseconds()
        if len(self._heard_at) > MOST_REMEMBERED:
            self._hears_since = self._heard_at.pop(next(iter(self._heard_at)))
        self._tell(self._topics.get(topic, set()))

    def end(self) -> None:
        """End every stream and refuse new ones: the server stops. Browsers come back by themselves."""
        if self._ended:
            return
        self._ended = True
        for handle in (self._telling, self._waking, self._reassuring):
            if handle:
                handle.cancel()
        for stream in tuple(self._open):
            if stream.rests_until < math.inf:  # one that is just opening sees to it itself
                stream.write(_ENDED)
                if stream.task:
                    stream.task.cancel()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":
            await _plain(send, 405, "A stream is read with GET", (b"allow", b"GET"))
            return
        topics = parse_qs(scope["query_string"].decode("latin-1")).get("topic", [])
        if not topics or len(topics) > MOST_TOPICS or not all(TOPIC.fullmatch(topic) for topic in topics):
            await _plain(send, 400, f"Name 1 to {MOST_TOPICS} topics: /live/?topic=board:sample")
            return
        if self._ended or len(self._open) >= MOST_STREAMS:
            await _plain(send, 503, "No stream can be opened now; the page still refreshes when reloaded")
            return
        stream = Stream(send, asyncio.current_task())
        self._add(stream, topics)  # before the browser hears that it is open: what changes then is told
        try:
            await _open(send, max(self._heard_at.get(topic, self._hears_since) for topic in topics))
            stream.rests_until = 0.0
            if self._ended:
                stream.write(_ENDED)
                return
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self._ended:
                raise
        finally:
            self._remove(stream, topics)

    def _add(self, stream: Stream, topics: list[str]) -> None:
        for topic in topics:
            self._topics[topic].add(stream)
        self._has_written(stream, asyncio.get_running_loop().time())
        if self._reassuring is None:
            self._reassure()

    def _remove(self, stream: Stream, topics: list[str]) -> None:
        for streams in (self._open, self._due, self._resting):
            streams.pop(stream, None)
        for topic in topics:
            if topic in self._topics:
                self._topics[topic].discard(stream)
                if not self._topics[topic]:
                    del self._topics[topic]

    def _tell(self, streams: Set[Stream]) -> None:
        """Tell them as soon as they may be told; who has yet to be told hears of the last change alone."""
        if not streams or self._ended:
            return
        event = _chunk(b"event: changed\ndata: %d\n\n" % microseconds())
        resting = self._resting.keys() & streams
        self._resting.update(dict.fromkeys(resting, event))
        self._due.update(dict.fromkeys(streams - resting, event))
        if self._telling is None:
            self._tell_some()

    def _tell_some(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._telling = None
        for stream, event in list(islice(self._due.items(), AT_ONCE)):
            del self._due[stream]
            if stream.rests_until > now:
                self._resting[stream] = event
                continue
            stream.rests_until = now + QUIET_SECONDS
            if not stream.write(event):
                self._resting[stream] = event
            self._has_written(stream, now)
        if self._due:
            self._telling = loop.call_soon(self._tell_some)
        if self._resting and self._waking is None:
            rested = min(stream.rests_until for stream in self._resting)
            self._waking = loop.call_later(min(rested - now, QUIET_SECONDS), self._wake)

    def _wake(self) -> None:
        self._waking = None
        self._due.update(self._resting)
        self._resting.clear()
        if self._telling is None:
            self._tell_some()

    def _reassure(self) -> None:
        """Write a little to whoever has heard nothing for long, so that nobody takes them for dead."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for stream in list(islice(self._open, AT_ONCE)):
            if stream.written > now - KEEP_ALIVE_SECONDS:
                break
            stream.write(_STILL_HERE)
            self._has_written(stream, now)
        self._reassuring = loop.call_later(REASSURE_SECONDS, self._reassure) if self._open else None

    def _has_written(self, stream: Stream, now: float) -> None:
        stream.written = now
        self._open.pop(stream, None)
        self._open[stream] = None


def microseconds() -> int:
    """The clock time, rounded up: what began at it or later began after now."""
    return time.time_ns() // 1000 + 1


async def _open(send: Send, changed: int) -> None:
    """With when the topics last changed, as far as is known, and the time now, both of one clock: so a page
    knows whether it was made before a change nobody told it of. A browser comes back soon after a restart."""
    await send(_OPENED)
    await send(_chunk(b"retry: 2000\nevent: opened\ndata: %d %d\n\n" % (changed, microseconds())))


def _chunk(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


_STILL_HERE = _chunk(b": still here\n\n")


async def _plain(send: Send, status: int, message: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": message.encode()})
