"""Asking through the guarded network."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
)
from workers.backends.endpoint.guarded_addresses import (
    read_place,
)
from workers.backends.endpoint.guarded_network import (
    Answered,
    GuardedNetwork,
    NetworkFaultError,
    Patience,
    Resolver,
)

MEGABYTE = 1_000_000
SAFETY_SECONDS = 60  # only so that a hanging test ends


def ask(
    url: str, allowed: list[str], patience: Patience | None = None, times: int = 1, **more: Any
) -> list[Answered | NetworkFaultError]:
    """So many requests at once, and what came of each."""

    async def work() -> list[Any]:
        network = GuardedNetwork(read_place(url, allowed), (), times, patience, **more)
        asked = [network.exchange("POST", "/chat/completions", b"{}", MEGABYTE) for _ in range(times)]
        async with asyncio.timeout(SAFETY_SECONDS):
            came = await asyncio.gather(*asked, return_exceptions=True)
        await network.close()
        return came

    came = asyncio.run(work())
    for each in came:
        if isinstance(each, BaseException) and not isinstance(each, NetworkFaultError):
            raise each
    return came


def fault(server: FaultyServer, patience: Patience | None = None) -> NetworkFaultError:
    came = ask(server.url, ["127.0.0.1"], patience)[0]
    assert isinstance(came, NetworkFaultError), came
    return came


def resolving(*turns: list[str]) -> tuple[Resolver, list[str]]:
    """A resolver that says something else each time, and what it was asked."""
    left, asked = list(turns), []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver, asked
