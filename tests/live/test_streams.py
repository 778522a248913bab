"""Streams without a server: nobody misses the last change, nobody is told too often, and nobody holds others up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from consilium import live as module
from consilium.live import LiveStreams


class Browser:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.ended = False
        self.full: asyncio.Event | None = None  # while it is not set, what is written waits
        self._left = asyncio.Event()

    async def receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.full:
            await self.full.wait()
        if message["type"] == "http.response.body":
            self.written.append(message["body"])
            if not message.get("more_body"):
                self.ended = True
                self._left.set()

    def leave(self) -> None:
        self._left.set()

    @property
    def events(self) -> list[int]:
        """When each change was heard, in microseconds."""
        told = [text for text in self.written if text.startswith(b"event: changed\n")]
        return [int(text.partition(b"data: ")[2]) for text in told]


class Streams:
    def __init__(self) -> None:
        self.live = LiveStreams()
        self.tasks: list[asyncio.Task[None]] = []

    async def open(self, *topics: str) -> Browser:
        browser = Browser()
        query = "&".join(f"topic={topic}" for topic in topics).encode()
        scope = {"type": "http", "method": "GET", "path": "/live/", "query_string": query}
        self.tasks.append(asyncio.create_task(self.live.serve(scope, browser.receive, browser.send)))
        await until(lambda: browser.written)
        return browser


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.001)


def test_everybody_of_a_crowd_is_told_and_each_once() -> None:
    async def play() -> None:
        streams = Streams()
        crowd = [await streams.open("board:a") for _ in range(3 * module.AT_ONCE + 7)]
        other = await streams.open("board:b")
        streams.live.heard("board:a")
        await until(lambda: all(browser.events for browser in crowd))
        assert {len(browser.events) for browser in crowd} == {1}
        assert other.events == []
        streams.live.end()
        await asyncio.gather(*streams.tasks)
        assert all(browser.ended for browser in [*crowd, other])

    asyncio.run(play())


def opened(browser: Browser) -> tuple[int, int]:
    """When a stream says its topics last changed, and the time it was opened."""
    (said,) = [text for text in browser.written if b"event: opened" in text]
    changed, now = said.partition(b"data: ")[2].split()
    return int(changed), int(now)


def test_a_stream_opens_with_the_time_of_the_last_change() -> None:
    async def play() -> None:
        streams = Streams()
        started = opened(await streams.open("board:a"))
        assert started[0] <= started[1], "what was before the process heard anything may be news"
        streams.live.heard("board:a")
        changed, now = opened(await streams.open("board:b", "board:a"))
        assert started[1] < changed <= now
        assert opened(await streams.open("board:b"))[0] == started[0]
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_what_is_remembered_of_changes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 3)

    async def play() -> None:
        streams = Streams()
        for name in "abcde":
            streams.live.heard(f"board:{name}")
        assert len(streams.live._heard_at) == 3
        forgotten, _ = opened(await streams.open("board:a"))
        kept, _ = opened(await streams.open("board:e"))
        assert forgotten <= kept, "what is forgotten is as old as the oldest that is not, at most"
        assert forgotten > 0
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_many_changes_are_told_as_two_and_the_last_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.2)

    async def play() -> None:
        streams = Streams()
        browser = await streams.open("board:a")
        for _ in range(50):
            streams.live.heard("board:a")
            await asyncio.sleep(0)
        last = module.microseconds()
        streams.live.heard("board:a")
        assert len(browser.events) == 1
        await until(lambda: len(browser.events) == 2)
        assert browser.events[-1] >= last
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_a_stream_of_several_topics_hears_each() -> None:
    async def play() -> None:
        streams = Streams()
        browser = await streams.open("queue", "board:a")
        streams.live.heard("queue")
        await until(lambda: len(browser.events) == 1)
        streams.live.heard("board:a")
        await until(lambda: len(browser.events) == 2)
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_a_browser_that_does_not_read_holds_nobody_up_and_hears_of_the_last_change_when_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "QUIET_SECONDS", 0.02)

    async def play() -> None:
        streams = Streams()
        slow, quick = await streams.open("board:a"), await streams.open("board:a")
        slow.full = asyncio.Event()
        streams.live.heard("board:a")
        await until(lambda: quick.events)
        last = module.microseconds()
        streams.live.heard("board:a")
        await until(lambda: len(quick.events) == 2)
        assert slow.events == []
        slow.full.set()
        await until(lambda: slow.events)
        assert slow.events[-1] >= last
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_a_silent_stream_is_kept_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP_ALIVE_SECONDS", 0.02)
    monkeypatch.setattr(module, "REASSURE_SECONDS", 0.005)

    async def play() -> None:
        streams = Streams()
        browsers = [await streams.open("board:a") for _ in range(5)]
        await until(lambda: all(browser.written.count(b": still here\n\n") > 2 for browser in browsers))
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_whoever_missed_something_while_the_database_was_away_is_told() -> None:
    async def play() -> None:
        streams = Streams()
        browsers = [await streams.open("board:a"), await streams.open("queue")]
        streams.live.deaf()
        streams.live.listening()
        await until(lambda: all(browser.events for browser in browsers))
        streams.live.end()
        await asyncio.gather(*streams.tasks)

    asyncio.run(play())


def test_nothing_of_a_browser_that_left_is_remembered() -> None:
    async def play() -> None:
        streams = Streams()
        browsers = [await streams.open("board:a", "queue") for _ in range(20)]
        for browser in browsers:
            browser.leave()
        await asyncio.gather(*streams.tasks)
        streams.live.heard("board:a")
        assert all(browser.events == [] for browser in browsers)
        assert not streams.live._topics
        assert not streams.live._open
        streams.live.end()

    asyncio.run(play())
