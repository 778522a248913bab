"""A kept answer goes when what it shows changes, and none is kept that was begun before."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.platform.visiting import BOARD, Front, Pages, played


@pytest.mark.parametrize(
    ("depends", "changed", "calls"),
    [
        ("board:sample", "board:sample", 2),
        ("board:sample", "board:other", 1),
        ("board:sample board:other", "board:other", 2),
        ("board:*", "board:anything", 2),
        ("board:*", "queue", 1),
        ("", "board:sample", 1),
    ],
)
def test_an_answer_goes_when_what_it_depends_on_changes(depends: str, changed: str, calls: int) -> None:
    pages = Pages(("X-Depends-On", depends))

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        front.kept.heard(changed)
        await front.ask()

    played(play)
    assert len(pages.asked) == calls


def test_an_answer_begun_before_a_change_and_ready_after_it_is_not_kept() -> None:
    pages = Pages(BOARD, body=b"before")

    async def play() -> None:
        front = Front(pages)
        loop = asyncio.get_running_loop()

        def change_meanwhile() -> None:
            changed = asyncio.run_coroutine_threadsafe(heard(), loop)
            changed.result(20)
            pages.while_made = lambda: None

        async def heard() -> None:
            pages.body = b"after"
            front.kept.heard("board:sample")

        pages.while_made = change_meanwhile
        assert (await front.ask()).body == b"before"
        assert (await front.ask()).body == b"after"

    played(play)


def test_who_asks_after_a_change_does_not_get_the_page_that_was_being_made_before_it() -> None:
    pages = Pages(BOARD, body=b"old")

    async def play() -> None:
        front = Front(pages)
        await front.ask()  # what the page depends on is known from now on
        front.kept.heard("board:sample")
        began, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait() -> None:
            loop.call_soon_threadsafe(began.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(20)

        pages.while_made = wait
        first = asyncio.create_task(front.ask())
        await began.wait()
        pages.body, pages.while_made = b"new", lambda: None
        alike = asyncio.create_task(front.ask())
        await asyncio.sleep(0)
        front.kept.heard("board:sample")
        assert (await front.ask()).body == b"new"
        go_on.set()
        assert (await first).body == (await alike).body == b"old"
        assert (await front.ask()).body == b"new"

    played(play)


def test_who_has_heard_of_a_change_is_not_answered_from_before_it() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        heard = str(time.time_ns() // 1000 + 1)
        await asyncio.sleep(0.001)
        await front.ask(x_heard=heard)
        assert len(pages.asked) == 2
        await front.ask(x_heard=heard)
        await front.ask(x_heard="nonsense")
        await front.ask(x_heard=str(10**18))  # a time to come is nobody's
        assert len(pages.asked) == 2

    played(play)


def test_nothing_is_answered_from_memory_while_the_database_is_not_heard() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        await front.ask()
        front.kept.deaf()
        await front.ask()
        await front.ask()
        assert len(pages.asked) == 3
        front.kept.listening()
        await front.ask()  # what was missed may have changed anything: made anew
        await front.ask()
        assert len(pages.asked) == 4

    played(play)


def test_an_answer_begun_while_the_database_was_lost_is_not_kept() -> None:
    pages = Pages(BOARD)

    async def play() -> None:
        front = Front(pages)
        loop = asyncio.get_running_loop()

        def lose_it() -> None:
            pages.while_made = lambda: None
            asyncio.run_coroutine_threadsafe(lost(), loop).result(20)

        async def lost() -> None:
            front.kept.deaf()
            front.kept.listening()

        pages.while_made = lose_it
        await front.ask()
        assert len(front.kept.store) == 0

    played(play)
