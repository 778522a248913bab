"""How soon everybody who watches a board knows that it changed: 1,000 and 5,000 streams in one web process.

    python bench/live_viewers.py [--rounds 20]

Viewers are sockets in a process of their own. Time runs from just before NOTIFY is sent to PostgreSQL until the
event was read from a viewer's socket. Then the herd: at the event every viewer opens a connection and asks for the
board's rows, and time runs until the last has them whole. The exit status is 1 when a limit is missed, or
an event is lost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from measured.figures import figure
from measured.site import Site, raise_file_limit, running_site, use_own_state

LIMITS = {1_000: 80.0, 5_000: 600.0}  # viewers → ms until 99 % know
KILOBYTES = 20.0  # of the web process a viewer
PATIENCE = 5.0  # seconds after which an event is lost
TOPIC = "board:sample"
FRAGMENT = (
    b"GET /boards/sample/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nHX-Request: true\r\n"
    b"HX-Trigger: board\r\nX-Heard: %s\r\nConnection: close\r\n\r\n"
)


def main() -> int:
    use_own_state()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    kept = True
    with running_site(web_processes=1) as site:
        prepare()
        print(
            f"{'viewers':>8}{'p50 ms':>9}{'p99 ms':>9}{'last ms':>9}{'limit':>8}{'lost':>6}"
            f"{'kB each':>9}{'opened in':>11}{'herd, last ms':>15}{'CPU a delivery':>16}"
        )
        for viewers, limit in LIMITS.items():
            if raise_file_limit() < 2 * viewers + 200:
                print(
                    f"{viewers:>8} not measured: a process here may not have so many files open (ulimit -Hn)"
                )
                continue
            kept = measured(site, viewers, limit, rounds) and kept
    return 0 if kept else 1


def prepare() -> None:
    from django.core.management import call_command

    call_command("load_benchmark", "sample")


@contextlib.contextmanager
def watching(site: Site, viewers: int) -> Iterator[tuple[subprocess.Popen[str], float, float]]:
    """A crowd with its streams open; kB of the web process a viewer, and seconds until all were."""
    web = site.web()[0]
    before = web.memory_info().rss
    command = [sys.executable, __file__, "--watch", str(viewers), str(site.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        opened = told(crowd)["seconds"]
        time.sleep(1.0)
        yield crowd, (web.memory_info().rss - before) / viewers / 1024, opened
        assert crowd.stdin is not None
        crowd.stdin.close()


def costs(site: Site, viewers: int, events: int) -> tuple[float, float]:
    """kB a viewer, and ms of CPU that the web process spends on telling all of them of one change."""
    web = site.web()[0]
    with watching(site, viewers) as (crowd, each, _):
        busy = cpu(web)
        for _ in range(events):
            assert len(event(crowd, "listen")) == viewers
        return each, 1000 * (cpu(web) - busy) / events


def measured(site: Site, viewers: int, limit: float, rounds: int) -> bool:
    with watching(site, viewers) as (crowd, each, opened):
        web = site.web()[0]
        busy = cpu(web)
        arrivals = [event(crowd, "listen") for _ in range(rounds)]
        busy = (cpu(web) - busy) / (rounds * viewers)
        herds = [event(crowd, "ask") for _ in range(3)]
    lost = sum(viewers - len(times) for times in [*arrivals, *herds])
    times = np.concatenate(arrivals)
    middle, slow, last = np.percentile(times, 50), np.percentile(times, 99), times.max()
    herd = float(np.median([np.max(times) for times in herds if times]))
    print(
        f"{viewers:>8,}{middle:>9.1f}{slow:>9.1f}{last:>9.1f}{limit:>8.0f}{lost:>6}{each:>9.1f}"
        f"{opened:>9.1f} s{herd:>15.0f}{busy * 1e6:>13.1f} µs"
    )
    kept = [
        figure(f"NOTIFY to {viewers:,} viewers, p99", float(slow), "ms", most=limit),
        figure(f"memory a viewer at {viewers:,}", each, "kB", most=KILOBYTES),
        figure(f"events lost by {viewers:,} viewers", lost, most=0),
    ]
    return all(kept)


def cpu(process: Any) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def event(crowd: subprocess.Popen[str], what: str) -> list[float]:
    """Milliseconds from one NOTIFY until each viewer had it, or what it asked for because of it."""
    from django.db import connection

    assert crowd.stdin is not None
    print(what, file=crowd.stdin, flush=True)
    assert told(crowd) == {"armed": True}
    time.sleep(0.8)  # streams rest for half a second after an event
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        start = time.monotonic_ns()
        cursor.execute("SELECT pg_notify('consilium', %s)", [TOPIC])
    return [(at - start) / 1e6 for at in told(crowd)["arrivals"]]


def told(crowd: subprocess.Popen[str]) -> Any:
    assert crowd.stdout is not None
    return json.loads(crowd.stdout.readline())


@dataclass
class Asked:
    """A connection that was opened for the rows, and what has come of them."""

    connection: socket.socket
    heard: bytes
    sent: bool = False
    received: bytearray = field(default_factory=bytearray)


class Crowd:
    """Viewers, each a socket; commands come on standard input and arrivals go to standard output."""

    def __init__(self, viewers: int, port: int) -> None:
        raise_file_limit()
        self._port = port
        self._poll = select.epoll()
        start = time.monotonic()
        self._streams = {each.fileno(): each for each in (self._opened() for _ in range(viewers))}
        for number in self._streams:
            self._poll.register(number, select.EPOLLIN)
        self._say(seconds=time.monotonic() - start)

    def _opened(self) -> socket.socket:
        stream = socket.create_connection(("127.0.0.1", self._port))
        stream.sendall(f"GET /live/?topic={TOPIC} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        opened = b""
        while b"retry: 2000" not in opened:
            opened += stream.recv(4096)
        stream.setblocking(False)
        return stream

    def follow(self) -> None:
        for command in sys.stdin:
            self._say(armed=True)
            self._say(arrivals=self._heard(asking=command.strip() == "ask"))

    def _heard(self, *, asking: bool) -> list[int]:
        arrivals: list[int] = []
        asked: dict[int, Asked] = {}
        until = time.monotonic() + PATIENCE
        while len(arrivals) < len(self._streams) and time.monotonic() < until:
            for number, mask in self._poll.poll(0.1, 10_000):
                if number in self._streams:
                    data = self._streams[number].recv(4096)
                    if b"event: changed" not in data:
                        continue
                    if asking:
                        one = self._ask(data.partition(b"data: ")[2].split(b"\n")[0])
                        asked[one.connection.fileno()] = one
                    else:
                        arrivals.append(time.monotonic_ns())
                elif self._is_there(asked[number], mask):
                    arrivals.append(time.monotonic_ns())
                    asked.pop(number).connection.close()
        for one in asked.values():
            one.connection.close()
        return arrivals

    def _ask(self, heard: bytes) -> Asked:
        one = Asked(socket.socket(), heard)
        one.connection.setblocking(False)
        one.connection.connect_ex(("127.0.0.1", self._port))
        self._poll.register(one.connection.fileno(), select.EPOLLIN | select.EPOLLOUT)
        return one

    def _is_there(self, one: Asked, mask: int) -> bool:
        if mask & select.EPOLLOUT and not one.sent:
            one.sent = True
            one.connection.send(FRAGMENT % one.heard)
            self._poll.modify(one.connection.fileno(), select.EPOLLIN)
        if not mask & select.EPOLLIN:
            return False
        data = one.connection.recv(2**18)
        one.received += data
        if data:
            return False
        return one.received.startswith(b"HTTP/1.1 200") and b"content-encoding: gzip" in one.received

    def _say(self, **words: Any) -> None:
        print(json.dumps(words), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--watch"]:
        Crowd(int(sys.argv[2]), int(sys.argv[3])).follow()
    else:
        sys.exit(main())
