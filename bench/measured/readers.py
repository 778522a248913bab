"""Readers of boards: each leaves a board open, which refreshes itself, and pages around meanwhile."""

from __future__ import annotations

import asyncio
import random
import re
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from urllib.parse import urlencode

from measured.browser_connection import BROKEN, BrowserConnection, FailedError, Tally

THINKS = 20.0  # seconds between two pages of a reader, on average
FRAGMENT = {"HX-Request": "true", "HX-Current-URL": "http://localhost/"}
CHOICE = FRAGMENT | {"HX-Target": "rows", "HX-Trigger": "filters"}
REFRESH = FRAGMENT | {"HX-Trigger": "live", "HX-Target": "live"}
OPENED = re.compile(rb"event: opened\ndata: \d+ (\d+)")
CHANGED = re.compile(rb"event: changed\ndata: (\d+)")
# how often each is asked for: whoever reads a board sorts and filters it most
SHARES = {
    "board": 4,
    "filtered": 5,
    "system": 3,
    "task": 2,
    "case": 2,
    "chart": 2,
    "compare": 1,
    "changes": 1,
}


@dataclass(frozen=True)
class BoardMap:
    """What can be read of a board: kind of page → addresses, those asked for most often first."""

    slug: str
    addresses: dict[str, list[str]]
    assets: list[str]

    @property
    def board(self) -> str:
        return f"/boards/{self.slug}/"


async def board_map(slug: str, connection: BrowserConnection) -> BoardMap:
    """Found as a reader finds it: by the links and the filters of its page."""
    board = f"/boards/{slug}/"
    page = (await connection.ask("map", "GET", board)).text
    links = {unescape(link) for link in re.findall(r'href="([^"#?]+)"', page)}
    tasks = sorted(link for link in links if link.startswith(f"{board}tasks/"))
    cases: list[str] = []
    for task in tasks[:8]:
        listed = (await connection.ask("map", "GET", task)).text
        cases += [unescape(each) for each in re.findall(r'href="([^"]*/cases/[^"]+)"', listed)][:10]
    rows = re.findall(r'name="compare" value="([^"]+)"', page)
    found = {
        "board": [board],
        "filtered": _filters(board, page),
        "system": sorted(link for link in links if link.startswith("/systems/")),
        "task": tasks,
        "case": cases,
        "chart": [f"{link[:-1]}.json" for link in sorted(set(re.findall(r'data-chart="([^"]+)"', page)))],
        "compare": [f"{board}compare/?compare={a}&compare={b}" for a, b in pairwise(rows)],
        "changes": [f"{board}changes/"],
    }
    assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    return BoardMap(slug, {kind: those for kind, those in found.items() if those}, sorted(set(assets)))


def _filters(board: str, page: str) -> list[str]:
    """Every choice of the filters alone, words to look for, and orders of columns."""
    boxes = re.findall(r'type="checkbox" name="([^"]+)" value="([^"]+)"', page.partition('id="rows"')[0])
    chosen = [[(unescape(name), unescape(value))] for name, value in boxes if name != "compare"]
    chosen += [[("split", "public")], [("q", "model 0")], [("q", "instruct")], [("sort", "-average")]]
    sorts = re.findall(r'id="sort-([^"]+)"', page)
    chosen += [[("sort", unescape(key))] for key in sorts]
    return [f"{board}?{urlencode(pairs)}" for pairs in chosen]


@dataclass
class Reader:
    """One person in front of a board.

    heard  clock time in µs of the last change the stream told of, before that of its opening
    """

    port: int
    map: BoardMap
    tally: Tally
    chance: random.Random
    heard: int = 0
    changes: int = 0
    _asked_again: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, begins: float, until: float) -> None:
        """Comes at `begins` and reads until `until`, both of the event loop's clock."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(begins - loop.time(), 0))
        connection = BrowserConnection(self.port, self.tally)
        await self._try(connection, "board", self.map.board)
        for asset in self.map.assets:
            await self._try(connection, "assets", asset)
        helpers = [asyncio.create_task(self._listen(until)), asyncio.create_task(self._refresh())]
        while (pause := self.chance.lognormvariate(0, 0.6) * THINKS / 1.2) + loop.time() < until:
            await asyncio.sleep(pause)
            await self._page(connection)
        await asyncio.sleep(max(until - loop.time(), 0))
        await asyncio.gather(helpers[0])
        helpers[1].cancel()
        connection.close()

    async def look_around(self, pages: int) -> None:
        """So many pages, one after the other."""
        connection = BrowserConnection(self.port, self.tally)
        for _ in range(pages):
            await self._page(connection)
        connection.close()

    async def _page(self, connection: BrowserConnection) -> None:
        kinds = list(self.map.addresses)
        (kind,) = self.chance.choices(kinds, [SHARES[each] for each in kinds])
        there = self.map.addresses[kind]
        (address,) = self.chance.choices(there, [1 / (place + 1) for place in range(len(there))])
        await self._try(connection, kind, address, CHOICE if kind == "filtered" else None)

    async def _try(
        self, connection: BrowserConnection, kind: str, address: str, headers: dict[str, str] | None = None
    ) -> None:
        try:
            await connection.ask(kind, "GET", address, headers=headers)
        except FailedError:
            return  # counted; the reader goes on

    async def _listen(self, until: float) -> None:
        """The live board's stream, from now to the end: to lose it is an error."""
        loop = asyncio.get_running_loop()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(
                f"GET /live/?topic=board:{self.map.slug} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            )
            async with asyncio.timeout_at(until):
                opened = await reader.readuntil(b"\r\n\r\n")
                if not opened.startswith(b"HTTP/1.1 200"):
                    raise ConnectionError(opened[:60].decode("latin-1"))
                while True:
                    self._hear(await reader.readuntil(b"\n\n"))
        except TimeoutError:
            pass
        except BROKEN as error:
            self.tally.fail(f"stream of {self.map.slug} lost {until - loop.time():.0f} s early: {error}")
            return
        writer.close()

    def _hear(self, event: bytes) -> None:
        if opened := OPENED.search(event):
            self.heard = int(opened[1])
        if told := CHANGED.search(event):
            self.heard = int(told[1])
            self.changes += 1
            self._asked_again.set()

    async def _refresh(self) -> None:
        """What the page does when it hears of a change: one request at a time, the last one counts."""
        connection = BrowserConnection(self.port, self.tally)
        while True:
            await self._asked_again.wait()
            self._asked_again.clear()
            await self._try(connection, "refresh", self.map.board, REFRESH | {"X-Heard": str(self.heard)})
