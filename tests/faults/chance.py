"""Kills at moments drawn from a seed, and who watches meanwhile: somebody who reads pages, a live stream.

CONSILIUM_KILL_SEED, CONSILIUM_KILL_ROUNDS    other draws than the few of every test run
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from consilium.supervisor import Supervisor

SEED = int(os.environ.get("CONSILIUM_KILL_SEED", "7"))
ROUNDS = int(os.environ.get("CONSILIUM_KILL_ROUNDS", "1"))
SLOWEST = 30.0  # seconds a page may take while parts of the site are being started again on a busy machine

Wait = Callable[..., None]
killed: Counter[str] = Counter()  # by this test process


class Fire:
    """Kills one part after the other, each when a journey has come to a point of its own."""

    def __init__(self, site: Any, eventually: Wait, journey: str, number: int) -> None:
        self.chance = random.Random(f"{SEED} {journey} {number}")
        self._site, self._eventually = site, eventually
        self.said = [f"seed {SEED}, round {number} of {journey}"]

    def draw(self, *parts: str, number: int) -> list[tuple[float, str]]:
        """So many (share of the journey, part), in order; a different part each time where there are enough."""
        chosen: list[str] = []
        while len(chosen) < number:
            chosen += self.chance.sample(parts, len(parts))
        return sorted((self.chance.random(), part) for part in chosen[:number])

    def kill(self, part: str, at: str) -> None:
        """SIGKILL to a part and all it started, and wait until the supervisor has another one."""
        time.sleep(self.chance.random() * 0.3)
        self._eventually(lambda: self._pid(part), 120, lambda: f"{part} is not there: {self.said}")
        before = self._pid(part)
        self.said.append(f"{part} {at}")
        print(self.said[0], "kills", self.said[-1])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(before, signal.SIGKILL)
        killed[part] += 1
        self._eventually(lambda: self._pid(part) not in {0, before}, 120, lambda: str(self.said))

    def _pid(self, part: str) -> int:
        """0 while it is being started again."""
        return Supervisor.processes(self._site.state).get(part, 0)


class Reader:
    """Reads pages all the while: every answer comes within a bound, and at last all of them are whole."""

    def __init__(self, site: Any, *paths: str) -> None:
        self._site, self._paths = site, paths
        self.slowest, self.answers = 0.0, Counter[int]()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Reader:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        with httpx.Client(base_url=self._site.address, timeout=2 * SLOWEST) as client:
            while not self._over.wait(0.2):
                for path in self._paths:
                    began = time.monotonic()
                    try:
                        self.answers[client.get(path).status_code] += 1
                    except httpx.TimeoutException:
                        self.answers[0] += 1
                    except httpx.TransportError:
                        continue  # nobody listens: the web server is being started again
                    self.slowest = max(self.slowest, time.monotonic() - began)

    def all_is_well(self) -> bool:
        try:
            return all(httpx.get(self._site.address + path, timeout=30).is_success for path in self._paths)
        except httpx.TransportError:
            return False


class Ear:
    """A browser's live stream, opened again whenever it breaks; `newest` is the last change it knows of."""

    def __init__(self, site: Any, *topics: str) -> None:
        self._address = f"{site.address}/live/?" + "&".join(f"topic={topic}" for topic in topics)
        self.newest, self.opened = 0, 0
        self.changes: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Ear:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _listen(self) -> None:
        while not self._over.wait(0.2):
            with contextlib.suppress(httpx.TransportError):
                quiet = httpx.Timeout(10, read=40)
                with httpx.stream("GET", self._address, timeout=quiet) as stream:
                    self._hear(stream.iter_lines())

    def _hear(self, lines: Iterator[str]) -> None:
        event = ""
        for line in lines:
            if self._over.is_set():
                return
            name, _, said = line.partition(": ")
            event = said if name == "event" else event
            if name == "data":
                moment = int(said.split()[0])
                self.newest = max(self.newest, moment)
                self.opened += event == "opened"
                self.changes += [moment] if event == "changed" else []


def told_of(ear: Ear, moment: Any) -> bool:
    """Whether the stream has told of what happened at `moment` (a time of the database) or later."""
    return ear.newest >= int(moment.timestamp() * 1_000_000)


def within_bounds(reader: Reader, eventually: Wait, record: Callable[..., None], journey: str) -> None:
    eventually(reader.all_is_well, 60, lambda: str(reader.answers))
    assert reader.answers[200] > 0, reader.answers
    record(
        f"slowest page while parts were killed: {journey}", f"{reader.slowest:.1f} s", f"≤ {SLOWEST:.0f} s",
        reader.slowest <= SLOWEST,
    )  # fmt: skip
    assert reader.slowest <= SLOWEST


rounds = pytest.mark.parametrize("number", range(1, ROUNDS + 1))
