"""Hear the database for ever, and know whether it is heard.

Triggers say on one channel what changed. Each web process has one connection that listens; somebody who keeps
answers in memory must know at once when it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Protocol

import psycopg
from django.conf import settings

logger = logging.getLogger(__name__)

CHANNEL = "consilium"
HEARTBEAT_SECONDS = 5.0  # a connection that is dead without saying so is found out within twice that
AGAIN_SECONDS = 1.0


class Hearer(Protocol):
    def listening(self) -> None:
        """From now on every change is heard; what changed before may have been missed."""

    def deaf(self) -> None:
        """Changes are not heard until `listening` is called again."""

    def heard(self, topic: str) -> None:
        """Something changed."""


class Listener:
    """Tells the hearers, in their order, what the database notifies."""

    def __init__(self, *hearers: Hearer) -> None:
        self._hearers = hearers
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:  # a heartbeat in vain is a TimeoutError, an OSError
                logger.warning("live updates paused, the database is away: %s", str(error).splitlines()[:1])
                await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        async with await psycopg.AsyncConnection.connect(_conninfo(), autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            for hearer in self._hearers:
                hearer.listening()
            try:
                while True:
                    async for notice in connection.notifies(timeout=HEARTBEAT_SECONDS):
                        for hearer in self._hearers:
                            hearer.heard(notice.payload)
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await connection.execute("SELECT 1")
            finally:
                for hearer in self._hearers:
                    hearer.deaf()


def _conninfo() -> str:
    database = settings.DATABASES["default"]
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    known = {name: str(database[key]) for key, name in names.items() if database.get(key)}
    options = {name: str(value) for name, value in database.get("OPTIONS", {}).items()}
    return psycopg.conninfo.make_conninfo("", **known, **options)
