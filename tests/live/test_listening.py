"""The listener on a real database: what is notified is heard, and when it is not heard that is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from consilium import listening
from consilium.listening import Listener


class Ear:
    def __init__(self) -> None:
        self.said: list[str] = []

    def listening(self) -> None:
        self.said.append("LISTENING")

    def deaf(self) -> None:
        self.said.append("DEAF")

    def heard(self, topic: str) -> None:
        self.said.append(topic)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)


async def database() -> Any:
    return await psycopg.AsyncConnection.connect(listening._conninfo(), autocommit=True)


def test_every_notice_is_heard_in_order_also_those_that_come_with_a_heartbeat(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "HEARTBEAT_SECONDS", 0.2)

    async def play() -> None:
        ear = Ear()
        listener = Listener(ear)
        listener.start()
        await until(lambda: ear.said == ["LISTENING"])
        topics = [f"board:b{n}" for n in range(300)]
        async with await database() as connection:
            for topic in topics:
                await connection.execute("SELECT pg_notify('consilium', %s)", [topic])
                await asyncio.sleep(0.003)
        await until(lambda: len(ear.said) == 301)
        await listener.stop()
        assert ear.said == ["LISTENING", *topics, "DEAF"]

    asyncio.run(play())


def test_a_listener_that_was_cut_off_says_so_and_comes_back(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "AGAIN_SECONDS", 0.05)

    async def play() -> None:
        first, second = Ear(), Ear()
        listener = Listener(first, second)
        listener.start()
        await until(lambda: second.said == ["LISTENING"])
        async with await database() as connection:
            found = await connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE query IN ('LISTEN consilium', 'SELECT 1')"
                " AND datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"
            )
            for (pid,) in await found.fetchall():
                await connection.execute("SELECT pg_terminate_backend(%s)", [pid])
            await until(lambda: second.said == ["LISTENING", "DEAF", "LISTENING"])
            await connection.execute("SELECT pg_notify('consilium', 'board:a')")
        await until(lambda: second.said[-1] == "board:a")
        await listener.stop()
        assert first.said == second.said

    asyncio.run(play())
