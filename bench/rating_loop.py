"""The loop of a rater, next screen, draft, submit, with 1, 8 and 32 raters at once on the default stack.

The whole site runs as `manage.py up` starts it; every rater is one HTTP connection that is signed in. Peer
figures, taken on a machine of the same size and in the same form, stand beside ours: doccano 22 to 28 and
Label Studio 6.5 loops a second with 32 raters.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.pop("DEBUG", None)
os.environ.update(CONSILIUM_STATE=str(STATE), DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR")

RATERS, ITEMS = 32, 120
LOOPS = {1: 100, 8: 400, 32: 1200}
LONGEST_MS, MOST_CPU_MS = 150.0, 8.0
DOCCANO, LABEL_STUDIO = 28.0, 6.5  # loops a second with 32 raters
RUBRIC = """
id = "bench_label"
title = "One label"
description = "A label for a text, as the tools compared are asked."
unit = "answer"
source = "Made for the measurement."
guidelines = "Choose one."
minutes = 1.0
[[axes]]
id = "label"
label = "Label"
question = "Which label fits?"
type = "nominal"
options = [{ value = "a", label = "A" }, { value = "b", label = "B" }, { value = "c", label = "C" }]
"""


@dataclass
class Rater:
    """One connection and what it measured, in seconds."""

    cookie: str
    token: str
    next: list[float] = field(default_factory=list)
    draft: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)
    reader: Any = None
    writer: Any = None

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        payload = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{PORT}",
            f"Cookie: sessionid={self.cookie}; csrftoken={self.token}",
            f"X-CSRFToken: {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(payload)}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head.split(b" ", 2)[1])
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        return status, await self.reader.readexactly(length)


def main() -> int:
    import django

    server = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "up"],
        env={**os.environ, "PORT": str(PORT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready()
        django.setup()
        slugs = {raters: f"bench-{raters}" for raters in LOOPS}
        people = prepare(list(slugs.values()))
        print(
            f"{'raters':>6} {'loops/s':>8} {'next p50/p95 ms':>16} {'draft':>12} {'submit':>12} {'loop':>12} {'CPU a loop':>11}"
        )
        rates, slow, busy = {}, {}, {}
        for number, slug in slugs.items():
            rates[number], slow[number], busy[number] = asyncio.run(
                measured(slug, people[:number], LOOPS[number], server.pid)
            )
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(STATE, ignore_errors=True)
    print("doccano's and Label Studio's rates are from another run on such a machine, see the note")
    held = [
        figure("rating loop at 8 raters, p95", slow[8], "ms", most=LONGEST_MS),
        figure("server CPU a request at 32 raters", busy[32], "ms", most=MOST_CPU_MS),
        figure("loops a second at 32 raters / doccano's best", rates[32] / DOCCANO, "×", least=4),
        figure("loops a second at 32 raters / Label Studio's", rates[32] / LABEL_STUDIO, "×", least=15),
    ]
    return 0 if all(held) else 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


PORT = free_port()


def wait_until_ready() -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz") as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site did not start")


def prepare(slugs: list[str]) -> list[tuple[str, str]]:
    """One study a measurement, and for each rater a session and its token."""
    from django.test import Client

    from accounts import services as accounts
    from raters.domain.rubric.case import Case, ShownAnswer
    from raters.services import memberships, rubrics, studies

    coordinator = accounts.ensure_person("bench", "bench-long-password", ["coordinator"])
    raters = [accounts.ensure_person(f"bench{n}", secrets.token_hex(), ["rater"]) for n in range(RATERS)]
    rubric, _ = rubrics.publish(RUBRIC, None)
    for slug in slugs:
        study = studies.create(coordinator, slug, slug, rubric, design={
            "raters_per_item": RATERS, "overlap_raters": RATERS, "overlap_share": 0.0, "repeat_share": 0.0,
        })  # fmt: skip
        for n in range(ITEMS):
            text = " ".join(["A text of some length to be labelled."] * 12)
            studies.add_item(
                study, f"item-{n}", Case(question=f"Text {n}"), {"System": ShownAnswer(text=text)}
            )
        studies.invite(study, study.groups.get(), raters)
        studies.open_study(study, without_dry_run=True)
        for rater in raters:
            memberships.consent(rater, slug, 1)
    people = []
    for rater in raters:
        client = Client(SERVER_NAME="localhost")
        client.force_login(rater)
        client.get("/account/session/")
        people.append((client.cookies["sessionid"].value, client.cookies["csrftoken"].value))
    return people


async def measured(
    slug: str, people: list[tuple[str, str]], loops: int, pid: int
) -> tuple[float, float, float]:
    """Loops a second, the 95th percentile of a loop in ms, and ms of CPU a request."""
    raters = [Rater(cookie, token) for cookie, token in people]
    for rater in raters:
        rater.reader, rater.writer = await asyncio.open_connection("127.0.0.1", PORT)
    share = loops // len(raters)
    await asyncio.gather(*(work(rater, slug, 3) for rater in raters))  # first requests warm the process up
    for rater in raters:
        rater.next, rater.draft, rater.submit, rater.loop = [], [], [], []
    before, start = cpu_seconds(pid), time.perf_counter()
    await asyncio.gather(*(work(rater, slug, share) for rater in raters))
    wall, cpu = time.perf_counter() - start, cpu_seconds(pid) - before
    done = share * len(raters)
    shown = [
        percentiles([value for rater in raters for value in getattr(rater, name)])
        for name in ("next", "draft", "submit", "loop")
    ]
    print(
        f"{len(raters):>6} {done / wall:>8.1f} {shown[0]:>16} {shown[1]:>12} {shown[2]:>12} {shown[3]:>12} "
        f"{1000 * cpu / done:>8.1f} ms ({1000 * cpu / done / 3:.1f} a request)"
    )
    for rater in raters:
        rater.writer.close()
    slowest = float(np.percentile([value for rater in raters for value in rater.loop], 95))
    return done / wall, 1000 * slowest, 1000 * cpu / done / 3


async def work(rater: Rater, slug: str, loops: int) -> None:
    for n in range(loops):
        began = time.perf_counter()
        status, body = await rater.ask("GET", f"/api/v1/assignments/next/?study={slug}")
        assert status == 200, (status, body[:300])
        assignment = json.loads(body)["assignment"]
        read = time.perf_counter()
        payload = {"label": "abc"[n % 3]}
        status, body = await rater.ask(
            "PUT",
            f"/api/v1/assignments/{assignment}/draft/",
            {"payload": payload, "seconds": 1},
            If_Match='"0"',
        )
        assert status == 200, (status, body[:300])
        saved = time.perf_counter()
        status, body = await rater.ask(
            "POST",
            f"/api/v1/assignments/{assignment}/submit/",
            {"payload": payload, "seconds": 2, "revision": 1},
            Idempotency_Key=str(uuid.uuid4()),
        )
        assert status == 200, (status, body[:300])
        ended = time.perf_counter()
        rater.next.append(read - began)
        rater.draft.append(saved - read)
        rater.submit.append(ended - saved)
        rater.loop.append(ended - began)


def percentiles(seconds: list[float]) -> str:
    middle, slow = np.percentile(np.array(seconds) * 1000, [50, 95])
    return f"{middle:.0f} / {slow:.0f}"


def cpu_seconds(pid: int) -> float:
    """Of the whole site: web, worker, database and broker."""
    own = psutil.Process(pid)
    family = {process.pid: process for process in [own, *own.children(recursive=True)]}
    for process in psutil.process_iter(["name", "cmdline"]):
        if str(STATE) in " ".join(process.info["cmdline"] or []) or is_of_cluster(process):
            family[process.pid] = process
    total = 0.0
    for process in family.values():
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def is_of_cluster(process: psutil.Process) -> bool:
    """A child of the embedded PostgreSQL of this state."""
    if not (process.info["name"] or "").startswith("postgres"):
        return False
    try:
        parents = process.parents()
    except psutil.Error:
        return False
    return any(str(STATE) in " ".join(parent.cmdline()) for parent in parents)


if __name__ == "__main__":
    sys.exit(main())
