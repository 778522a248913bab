"""A model's run on a real site, looked at all the while, and whether it ended whole."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
import psycopg

from consilium import embedded
from tests.faults import gated_endpoint
from tests.faults.gated_endpoint import answer_to

SLUG, ITEMS = "gated", 640  # five chunks at an endpoint, ten on a processor
ACTIVE = {"checking", "queued", "running"}
OPEN = 10**9


class Endpoint:
    """The endpoint's process, its gate and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        (folder / "asked").touch()
        self.open(OPEN)
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, gated_endpoint.__file__, str(self.port), str(self._folder)],
            stdin=subprocess.DEVNULL,
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/models", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def open(self, questions: int = OPEN) -> None:
        """Let so many questions through since the endpoint was started."""
        partial = self._folder / "gate.partial"
        partial.write_text(str(questions), encoding="utf-8")
        partial.replace(self._folder / "gate")

    def asked(self) -> list[int]:
        """The cases asked so far, each time they were."""
        return [int(line) for line in (self._folder / "asked").read_text(encoding="utf-8").split()]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Ledger:
    """The site's own database, read without going through the site."""

    def __init__(self, site: Any) -> None:
        self._url = embedded.database_url(site.state)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, connect_timeout=10) as connection:
            return connection.execute(sql, values).fetchall()

    def answered(self, submission: str) -> dict[int, str]:
        """Case → answer, of what is kept."""
        return {int(key.removeprefix("case-")): output for key, output in self.rows(ANSWERED, submission)}

    def holders(self, submission: str) -> set[str]:
        """Workers that hold a chunk to be answered."""
        return {row[0] for row in self.rows(HOLDERS, submission)}


ANSWERED = """
SELECT item.key, answer.output FROM evaluation_answer answer
JOIN evaluation_run run ON run.id = answer.run_id
JOIN evaluation_submission submission ON submission.id = run.submission_id
JOIN evaluation_item item ON item.version_id = submission.version_id AND item.position = answer.position
WHERE submission.id = %s
"""
HOLDERS = """
SELECT chunk.worker FROM evaluation_chunk chunk JOIN evaluation_run run ON run.id = chunk.run_id
WHERE run.submission_id = %s AND chunk.kind = 'answer' AND chunk.state = 'leased'
  AND chunk.worker <> '' AND chunk.lease_until > now()
"""
COUNTS = """
SELECT run.state, run.total, run.answered, run.done,
       (SELECT count(*) FROM evaluation_answer answer WHERE answer.run_id = run.id),
       (SELECT count(DISTINCT position) FROM evaluation_answer answer WHERE answer.run_id = run.id),
       (SELECT count(*) FROM evaluation_chunk chunk WHERE chunk.run_id = run.id AND chunk.state <> 'done'),
       (SELECT count(*) FROM evaluation_miss miss WHERE miss.run_id = run.id),
       (SELECT count(*) FROM evaluation_score score WHERE score.run_id = run.id AND score.split = 'all'),
       (SELECT count(*) FROM evaluation_receipt receipt WHERE receipt.run_id = run.id),
       (SELECT count(*) FROM leaderboard_scoreevent event WHERE event.run_id = run.id AND kind = 'published')
FROM evaluation_run run WHERE run.submission_id = %s
"""
WHOLE = ("scored", ITEMS, ITEMS, ITEMS, ITEMS, ITEMS, 0, 0, 1, 1, 1)


class Watched:
    """A submission as its submitter sees it, looked at five times a second and held to the truth."""

    def __init__(self, client: httpx.Client, submission: str, may_be: frozenset[str] = frozenset()) -> None:
        self._client, self.submission, self._may_be = client, submission, may_be
        self.said: list[dict[str, Any]] = []
        self.untruths: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self.state in ACTIVE:  # a test failed: its run stands in the way of the next test's
            self._client.post(f"/api/v1/submissions/{self.submission}/cancel/")

    @property
    def last(self) -> dict[str, Any]:
        return self.said[-1] if self.said else {"state": "", "stage": "", "answered": 0}

    @property
    def state(self) -> str:
        return str(self.last["state"])

    def is_in_the_middle(self) -> bool:
        """Whether something is kept, which is not before the run is well under way."""
        return 0 < self.last["answered"] < ITEMS

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            try:
                answer = self._client.get(f"/api/v1/submissions/{self.submission}/")
            except httpx.TransportError:
                continue  # the web server is being started again
            if answer.status_code < 500:
                self._judge(answer.json())

    def _judge(self, now: dict[str, Any]) -> None:
        before, done = self.last, now["progress"]["done"]
        self.said.append(now)
        allowed = ACTIVE | {"accepted", "scored"} | self._may_be
        self._note(
            now["state"] in allowed, f"it is {now['state']}: {now.get('failure')}{now.get('problems')}"
        )
        self._note(
            now["answered"] >= before["answered"], f"answered {before['answered']}, then {now['answered']}"
        )
        self._note(done <= now["answered"] <= ITEMS, f"{done} scored of {now['answered']} answered")
        self._note(before["state"] != "scored" or now["state"] == "scored", "scored no more")
        if now["state"] == "scored":
            whole = done == now["answered"] == ITEMS and [score["n"] for score in now["scores"]] == [ITEMS]
            self._note(whole, f"scored with {now['answered']} answers and {now['scores']}")
        else:
            self._note(not now["scores"], f"{now['state']} with scores")

    def _note(self, holds: bool, untruth: str) -> None:
        if not holds and untruth not in self.untruths:
            self.untruths.append(untruth)


def ask_for(client: httpx.Client, system: str, **wanted: Any) -> str:
    received = client.post(
        "/api/v1/submissions/", json={"benchmark": SLUG, "system": system, "mode": "direct", **wanted}
    )
    assert received.status_code == 201, received.text
    return str(received.json()["id"])


def ended_whole(
    site: Any, run: Watched, eventually: Callable[..., None], system: str, *, recomputes: bool = True
) -> None:
    """Every item answered once, one score, one receipt that recomputes, one row, and no untruth meanwhile."""
    ledger = Ledger(site)
    eventually(
        lambda: run.state == "scored", 240, lambda: f"{run.last} {ledger.rows(COUNTS, run.submission)}"
    )
    eventually(
        lambda: ledger.rows(COUNTS, run.submission) == [WHOLE], 60,
        lambda: str(ledger.rows(COUNTS, run.submission)),
    )  # fmt: skip
    board = httpx.get(f"{site.address}/api/v1/boards/{SLUG}/", timeout=60).json()["rows"]
    assert [row["system"] for row in board].count(system) == 1
    assert run.untruths == [], run.untruths
    if recomputes:
        assert "computed again" in site.manage("recompute", run.submission)


def said_what_the_endpoint_says(site: Any, submission: str) -> None:
    assert Ledger(site).answered(submission) == {case: answer_to(case) for case in range(ITEMS)}


def second_worker(site: Any, queue: str) -> subprocess.Popen[bytes]:
    """One more worker on a queue, in a process group of its own."""
    command = [
        sys.executable, "-m", "celery", "-A", "consilium", "worker", "--hostname", "second@%h",
        "--queues", queue, "--concurrency", "1", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    from consilium import processes

    log = (site.state / "logs" / "second.log").open("wb")
    return subprocess.Popen(
        command, cwd=processes.ROOT, env=site._environment | processes.environment() | {"WORKER_QUEUES": queue},
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0,
    )  # fmt: skip


def kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def is_started_again(site: Any, part: str, before: int) -> bool:
    processes = json.loads((site.state / "processes.json").read_text(encoding="utf-8"))
    return processes.get(part, before) != before


def dead_but_shown_alive(site: Any) -> set[str]:
    """Workers of the page of the queue whose process is gone."""
    page = httpx.get(f"{site.address}/queue/", timeout=60).text
    return {
        name
        for name, pid in re.findall(r"((?:worker|models|endpoints|second)@[\w.-]+/(\d+))", page)
        if not psutil.pid_exists(int(pid))
    }


def page_of(site: Any, submission: str) -> str:
    """The page its submitter sees."""
    with httpx.Client(base_url=site.address, timeout=60, follow_redirects=True) as browser:
        form = browser.get("/account/login/").text
        (token, *_) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        given = {"login": "submitter", "password": "submitter-consilium-demo", "csrfmiddlewaretoken": token}
        browser.post("/account/login/", data=given, headers={"Referer": site.address})
        return browser.get(f"/submissions/{submission}/").text
