"""How often and how dearly an endpoint is asked: pace, spending, and waiting before the next try.

Everything here lives on one event loop, so there are no locks; it counts for one process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from random import SystemRandom

from django.utils import timezone

from workers.backends.protocol import ServingError

BACKOFF_SECONDS = 0.5
MOST_BACKOFF_SECONDS = 30.0
MOST_RETRY_AFTER_SECONDS = 120.0  # an endpoint that asks for more is tried again after this

_jitter = SystemRandom()


class Pace:
    """So many of something a minute, evenly: no minute, wherever it begins, sees more."""

    def __init__(self, a_minute: float | None) -> None:
        self._seconds_each = 60 / a_minute if a_minute else 0.0
        self._free_at = self._held_until = 0.0

    async def admit(self, amount: float = 1) -> None:
        clock = asyncio.get_running_loop().time
        starts_at = max(self._free_at, clock())
        self._free_at = starts_at + amount * self._seconds_each
        while (seconds := max(starts_at, self._held_until) - clock()) > 0:
            await asyncio.sleep(seconds)

    def give_back(self, amount: float) -> None:
        """Less was used than was admitted."""
        self._free_at -= amount * self._seconds_each

    def hold(self, seconds: float) -> None:
        """Nobody is admitted for so long."""
        self._held_until = max(self._held_until, asyncio.get_running_loop().time() + seconds)


class Purse:
    """What was spent, and that it never exceeds a limit: the dearest outcome is set aside before asking."""

    def __init__(self, price_in: float, price_out: float, limit: float | None, spent: float) -> None:
        self.price_in, self.price_out, self.limit, self.spent = price_in, price_out, limit, spent
        self._aside, self._under_way = 0.0, 0
        self._settled = asyncio.Event()

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1_000_000

    async def set_aside(self, amount: float) -> None:
        """Wait until `amount` is surely there; ServingError when it never will be."""
        while self.limit is not None and self.spent + self._aside + amount > self.limit:
            if not self._under_way:  # nothing that could leave some over
                raise ServingError(
                    "cost_limit",
                    f"The next request could cost {amount:.4f}, and {self.spent:.4f} of {self.limit:.4f} are "
                    "spent: raise the cost limit, then retry. What was answered is kept.",
                )
            self._settled.clear()
            await self._settled.wait()
        self._aside += amount
        self._under_way += 1

    def settle(self, aside: float, cost: float) -> None:
        self._under_way -= 1
        self._aside = self._aside - aside if self._under_way else 0.0
        self.spent += cost
        self._settled.set()


def backoff_seconds(attempt: int, draw: Callable[[float, float], float] = _jitter.uniform) -> float:
    """Exponential with full jitter: anything up to a bound that doubles with each attempt (1, 2, …)."""
    return draw(0, min(MOST_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** min(attempt, 16)))


def retry_after_seconds(header: str) -> float | None:
    """What a Retry-After header asks for, in seconds or as a date, capped; None where it says nothing."""
    text = header.strip()
    if text.replace(".", "", 1).isdecimal():
        seconds = float(text[:20])
    else:
        try:
            seconds = (parsedate_to_datetime(text) - timezone.now()).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), MOST_RETRY_AFTER_SECONDS)
