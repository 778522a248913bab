"""Readers, raters and submitters of the mixed load, all at once for as long as is planned."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from dataclasses import dataclass
from typing import Any

from measured import wide_board
from measured.browser_connection import BrowserConnection, Tally
from measured.footprint import Footprint, busy_seconds
from measured.handing_in import Submitter, model_request, not_scored, predictions
from measured.raters_at_work import RaterAtWork, lost
from measured.readers import Reader, board_map
from measured.site import STATE, Site

BOARDS = (wide_board.SLUG, "sample")
UPLOADS = 5
SEED = 20_261_121


@dataclass(frozen=True)
class Plan:
    seconds: float
    readers: int


class Day:
    """What happens, and afterwards what came of it.

    tally    seconds of every answer, and errors;  rated  ratings that were acknowledged
    cores    that each part of the site kept busy, and this client;  growth  of the memory of web and worker
    """

    def __init__(
        self,
        site: Site,
        plan: Plan,
        people: dict[str, tuple[str, str]],
        rating: dict[str, Any],
        endpoint: str,
    ) -> None:
        from accounts import selectors, services

        self.site, self.plan = site, plan
        self.tally, self.chance = Tally(), random.Random(SEED)
        person = selectors.person_named("submitter")
        assert person is not None
        token = services.create_token(person, "bench")
        self.submitter = Submitter(site.port, people.pop("submitter"), token, self.tally)
        self.raters = [
            RaterAtWork(site.port, session, rating, self.tally, random.Random(number))
            for number, session in enumerate(people.values())
        ]
        self.before = [(slug, predictions(slug, UPLOADS + n)) for n, slug in enumerate(5 * BOARDS)]
        self.files = [predictions(BOARDS[n % 2], n) for n in range(UPLOADS)]
        folder = STATE / "models" / "tiny"
        self.runs = [model_request(system, folder, endpoint) for system in ("Before, a model", "A model")]
        self.footprint = Footprint(site)

    async def lived(self) -> None:
        await self._been_in_use()
        maps = [await board_map(slug, BrowserConnection(self.site.port, self.tally)) for slug in BOARDS]
        self.readers = [
            Reader(self.site.port, maps[n % 2], self.tally, random.Random(n))
            for n in range(self.plan.readers)
        ]
        self.tally.seconds.clear()
        os.nice(5)
        gc.collect()
        gc.freeze()
        begun, before = time.process_time(), busy_seconds(self.site)
        began = asyncio.get_running_loop().time()
        until = began + self.plan.seconds
        watching = asyncio.create_task(self.footprint.watch())
        await asyncio.gather(
            *(reader.read(self._between(began, 0.1), until) for reader in self.readers),
            *(rater.work(self._between(began, 0.1), until) for rater in self.raters),
            self._submit(began),
            self._note_changes(until - 2.0),
        )
        watching.cancel()
        self._note_costs(time.process_time() - begun, before)
        self.growth = self.footprint.growth(began + 0.2 * self.plan.seconds, ("web", "worker"))
        await self._all_scored(60)
        await asyncio.to_thread(self._look_for_losses)

    async def _been_in_use(self) -> None:
        """Files for either board and a run, and readers after each: what a process loads or keeps, each has by now."""
        await self.submitter.order_run(self.runs[0])
        for n, (slug, file) in enumerate(self.before):
            await self.submitter.hand_in(slug, f"Before {n}", file)
            if not await self._all_scored(600):
                raise SystemExit("what was handed in beforehand is not scored after ten minutes")
            there = await board_map(slug, BrowserConnection(self.site.port, self.tally))
            some = [Reader(self.site.port, there, self.tally, random.Random(-k)) for k in range(1, 9)]
            await asyncio.gather(*(reader.look_around(25) for reader in some))

    async def _all_scored(self, seconds: int) -> bool:
        for _ in range(2 * seconds):
            if not await asyncio.to_thread(not_scored, self.submitter.submitted):
                return True
            await asyncio.sleep(0.5)
        return False

    def _between(self, began: float, share: float) -> float:
        return began + self.chance.random() * share * self.plan.seconds

    async def _submit(self, began: float) -> None:
        """The run, and the files in even steps, the last with time left to be scored."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.15 * self.plan.seconds)
        await self.submitter.order_run(self.runs[1])
        for n in range(UPLOADS):
            await asyncio.sleep(max(began + (0.2 + 0.14 * n) * self.plan.seconds - loop.time(), 0))
            await self.submitter.hand_in(BOARDS[n % 2], f"Handed in {n}", self.files[n])

    async def _note_changes(self, at: float) -> None:
        """When each board had changed by then: what its streams must have told of in the end."""
        from leaderboard.models import Board

        def read() -> dict[str, Any]:
            boards = Board.objects.filter(version__benchmark__slug__in=BOARDS, split="all")
            return dict(boards.values_list("version__benchmark__slug", "published_at"))

        await asyncio.sleep(max(at - asyncio.get_running_loop().time(), 0))
        self.changed = await asyncio.to_thread(read)

    def _look_for_losses(self) -> None:
        kept = {screen: payload for rater in self.raters for screen, payload in rater.kept.items()}
        self.tally.errors += lost(kept) + not_scored(self.submitter.submitted)
        for reader in self.readers:
            if reader.heard < self.changed[reader.map.slug].timestamp() * 1e6:
                self.tally.fail(f"a stream of {reader.map.slug} did not tell of the last change")
        self.rated = len(kept)

    def _note_costs(self, own: float, before: dict[str, float]) -> None:
        """Cores that each part of the site kept busy, and this client."""
        used = {name: seconds - before[name] for name, seconds in busy_seconds(self.site).items()}
        self.cores = {name: spent / self.plan.seconds for name, spent in (used | {"client": own}).items()}
