"""32 raters finish a study while the web server and the database are killed again and again: nothing is lost.

What the server acknowledged is there exactly once; what it did not acknowledge is there at most once; and the
hash chains are whole. Every choice is drawn from one seed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
import pytest

from tests.faults.small_study import open_study

SEED = 20
RATERS, ITEMS, SHARE = 32, 125, 16  # 125 items, each rated by 16 of the 32: 2,000 screens
SCREENS = ITEMS * SHARE
KILLS = 10
PATIENCE = 420.0  # seconds for all of it, on a machine that does much else; about 80 on two idle cores

LEDGER = """
import json
from raters.models import Assignment, RatingRevision
rows = RatingRevision.objects.filter(assignment__study__slug="under-fire").order_by("number")
states = Assignment.objects.filter(study__slug="under-fire").values_list("state", flat=True)
print(json.dumps([[[str(pk), n, p] for pk, n, p in rows.values_list("assignment", "number", "payload")], list(states)]))
"""


@dataclass
class Told:
    """What the bots sent and what they were answered."""

    sent: dict[str, list[Any]] = field(
        default_factory=lambda: defaultdict(list)
    )  # screen → payloads ever sent
    acknowledged: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    failures: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    working: int = RATERS

    @property
    def done(self) -> int:
        return len(self.acknowledged)


class Bot:
    """A rater's browser: it retries what was not answered, with the same key, as long as it takes."""

    def __init__(self, number: int, address: str, token: str, told: Told) -> None:
        self._random = random.Random(SEED * 1000 + number)
        self._told, self._count, self._number = told, 0, number
        self._http = httpx.AsyncClient(
            base_url=address, headers={"Authorization": f"Token {token}"}, timeout=10.0
        )

    async def work(self) -> None:
        async with self._http:
            while (found := await self._until_answered("GET", "next/?study=under-fire")).status_code != 204:
                assert found.status_code == 200, found.text
                shown = found.json()
                await self._rate(shown["assignment"], shown["revision"])
        self._told.working -= 1

    async def _rate(self, pk: str, revision: int) -> None:
        payload = self._payload()
        saved = await self._until_answered(
            "PUT", f"{pk}/draft/", {"payload": payload}, {"If-Match": f'"{revision}"'}
        )
        if self._was_late(pk, saved):
            return
        assert saved.status_code == 200, saved.text
        at = saved.json()["revision"]
        if not await self._submit(pk, {"payload": payload, "revision": at}):
            return
        if self._random.random() < 0.05:
            await self._submit(pk, {"payload": self._payload(), "reason": "A second thought."})

    def _payload(self) -> dict[str, str]:
        self._count += 1
        return {"label": self._random.choice("ab"), "note": f"rater {self._number}, thought {self._count}"}

    async def _submit(self, pk: str, sent: dict[str, Any]) -> bool:
        key = {"Idempotency-Key": str(uuid.UUID(int=self._random.getrandbits(128)))}
        self._told.sent[pk].append(sent["payload"])
        try:
            answer = await self._once("POST", f"{pk}/submit/", sent, key, hasty=self._random.random() < 0.05)
        except httpx.HTTPError:
            if self._random.random() < 0.2:
                return False  # given up: the server may have it or not
            answer = await self._until_answered("POST", f"{pk}/submit/", sent, key)
        if self._was_late(pk, answer):
            return False
        assert answer.status_code == 200, answer.text
        self._told.acknowledged[pk].append(sent["payload"])
        if self._random.random() < 0.1:
            again = await self._until_answered("POST", f"{pk}/submit/", sent, key)
            assert (again.status_code, again.content) == (200, answer.content)
            self._told.repeated += 1
        return True

    def _was_late(self, pk: str, answer: httpx.Response) -> bool:
        """A submission that was given up arrived after all: the server shows it, and there is nothing to do."""
        return answer.status_code == 409 and answer.json()["payload"] in self._told.sent[pk]

    async def _until_answered(self, method: str, where: str, *more: Any) -> httpx.Response:
        while True:
            try:
                return await self._once(method, where, *more)
            except httpx.HTTPError:
                await asyncio.sleep(0.1 + 0.2 * self._random.random())

    async def _once(
        self, method: str, where: str, sent: Any = None, headers: Any = None, *, hasty: bool = False
    ) -> httpx.Response:
        """HTTPError where nothing was answered, or that the server or its database is away."""
        patience = 0.01 if hasty else 10.0
        try:
            answer = await self._http.request(
                method, f"/api/v1/assignments/{where}", json=sent, headers=headers, timeout=patience
            )
            if answer.status_code >= 500:
                answer.raise_for_status()
        except httpx.HTTPError as error:
            self._told.failures[type(error).__name__] += 1
            raise
        return answer


async def set_fire(site: Any, told: Told) -> Counter[str]:
    """Kill something whenever a share of the work is done, until everybody is through."""
    chance = random.Random(SEED)
    victims = ["web", "one web process", "database", "one database process"] * (KILLS // 4 + 1)
    chance.shuffle(victims)
    killed: Counter[str] = Counter()
    for n, victim in enumerate(victims[:KILLS], start=1):
        threshold = SCREENS * n // (KILLS + 1) - chance.randrange(40)
        while told.done < threshold and told.working:
            await asyncio.sleep(0.02)
        while not (pids := processes(site, victim)):  # it is being started again
            await asyncio.sleep(0.1)
        if kill(chance.choice(pids)):
            killed[victim] += 1
    return killed


def processes(site: Any, victim: str) -> list[int]:
    name = "web" if "web" in victim else "postgres"
    try:
        first = psutil.Process(site.pid(name))
        children = [
            child.pid for child in first.children() if "resource_tracker" not in " ".join(child.cmdline())
        ]
    except (psutil.NoSuchProcess, KeyError, ValueError, OSError):
        return []
    return children or [first.pid] if victim.startswith("one") else [first.pid]


def kill(pid: int) -> bool:
    """SIGKILL; a process that leads its group goes with the group."""
    with contextlib.suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
        return True
    return False


async def fight(site: Any, tokens: list[str], told: Told) -> Counter[str]:
    bots = [Bot(number, site.address, token, told) for number, token in enumerate(tokens)]
    fire, *_ = await asyncio.wait_for(
        asyncio.gather(set_fire(site, told), *(bot.work() for bot in bots)), timeout=PATIENCE
    )
    return fire


@pytest.fixture(scope="module")
def tokens(site: Any) -> list[str]:
    """What the bots sign in with; the study is open."""
    tokens = open_study(site, "under-fire", raters=RATERS, items=ITEMS, each=SHARE)
    return list(tokens)


def test_every_acknowledged_rating_is_there_once_whatever_is_killed(site: Any, tokens: list[str]) -> None:
    told = Told()
    killed = asyncio.run(fight(site, tokens, told))
    assert killed.total() == KILLS
    assert len(killed) == 4, f"not everything was killed: {killed}"
    assert told.failures.total() > KILLS, "nobody noticed that anything was killed"
    assert told.repeated > 50

    rows, states = json.loads(site.manage("shell", "-v0", "-c", LEDGER).splitlines()[-1])
    kept: dict[str, list[Any]] = defaultdict(list)
    for pk, number, payload in rows:
        assert number == len(kept[pk]) + 1
        kept[pk].append(payload)
    assert Counter(states) == {"submitted": SCREENS}
    assert len(kept) == SCREENS
    for pk, payloads in told.acknowledged.items():
        for payload in payloads:  # each has a note of its own, so equal ones are one rating kept twice
            assert kept[pk].count(payload) == 1, (pk, payload, kept[pk])
    for pk, payloads in kept.items():
        assert all(told.sent[pk].count(payload) == payloads.count(payload) == 1 for payload in payloads), pk
    assert f"{RATERS} chains with {len(rows)} ratings are whole." in site.manage(
        "verify_ratings", "under-fire"
    )
