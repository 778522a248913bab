"""Parts killed at moments drawn by chance while a file is handed in, checked, scored and published."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.chance import Ear, Fire, Reader, killed, rounds, told_of, within_bounds
from tests.faults.model_run import Ledger

ITEMS, KILLS = 2000, 4
SLUG = "chance"
SPEC = f"""
slug = "{SLUG}"
name = "Chance"
description = "Texts to be scored while things are killed."
licence = "CC0-1.0"
[[files]]
reader = "items"
paths = ["items.jsonl"]
[[tasks]]
slug = "retell"
name = "Retell"
family = "summarisation"
metric = "rougeL"
"""
WORDS = "the invented patient came back with an old cough and was told to rest and to drink and to call " * 2
# (share of the journey, from the first byte sent to the row on the board) is told from these
POINT = """
SELECT submission.verdict, coalesce(run.state, ''), coalesce(run.done, 0),
       (SELECT count(*) FROM leaderboard_scoreevent event WHERE event.run_id = run.id)
FROM evaluation_submission submission LEFT JOIN evaluation_run run ON run.submission_id = submission.id
WHERE submission.system_name = %s
"""
ENDED = """
SELECT run.state, run.done, run.attempt,
       (SELECT count(*) FROM evaluation_submission same WHERE same.system_name = submission.system_name),
       (SELECT count(*) FROM evaluation_answer answer WHERE answer.run_id = run.id),
       (SELECT count(DISTINCT position) FROM evaluation_answer answer WHERE answer.run_id = run.id),
       (SELECT count(*) FROM evaluation_chunk chunk WHERE chunk.run_id = run.id AND chunk.state <> 'done'),
       (SELECT count(*) FROM evaluation_score score WHERE score.run_id = run.id AND score.split = 'all'),
       (SELECT count(*) FROM evaluation_receipt receipt WHERE receipt.run_id = run.id),
       (SELECT count(*) FROM leaderboard_scoreevent event WHERE event.run_id = run.id)
FROM evaluation_run run JOIN evaluation_submission submission ON submission.id = run.submission_id
WHERE submission.system_name = %s
"""
WHOLE = ("scored", ITEMS, 1, 1, ITEMS, ITEMS, 0, 1, 1, 1)


@pytest.fixture(scope="module")
def chance_benchmark(site: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("chance")
    (folder / "benchmark.toml").write_text(SPEC, encoding="utf-8")
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        for n in range(ITEMS):
            gold = {"references": [f"{WORDS}{n}"]}
            item = {"task": "retell", "id": f"r{n}", "split": "private", "input": {"context": f"{n}."}}
            file.write(json.dumps({**item, "gold": gold}) + "\n")
    site.manage("load_benchmark", str(folder))


class Sender(threading.Thread):
    """Sends the file until somebody answers, as a program does that was told to."""

    def __init__(self, client: httpx.Client, system: str) -> None:
        super().__init__(daemon=True)
        self._client, self._system = client, system
        rows = (json.dumps({"id": f"r{n}", "output": f"{n} {WORDS}"}) for n in range(ITEMS))
        self._content = "\n".join(rows).encode()
        self.answered: httpx.Response | None = None

    def run(self) -> None:
        described = {"benchmark": SLUG, "system": self._system}
        while self.answered is None:
            try:
                files = {"file": ("answers.jsonl", self._content)}
                answer = self._client.post("/api/v1/submissions/", data=described, files=files)
            except httpx.TransportError:
                continue
            except RuntimeError:  # the test is over, and its client closed
                return
            if answer.status_code < 500:
                self.answered = answer


def how_far(ledger: Ledger, system: str) -> float:
    """0.2 when the file is being checked, 0.4 when it waits, then by what is scored, 1 on the board."""
    rows = ledger.rows(POINT, system)
    if not rows:
        return 0.1
    verdict, state, done, events = rows[0]
    if events:
        return 1.0
    if not state:
        return 0.2 if verdict == "checking" else 0.0
    return 0.4 + 0.5 * int(done) / ITEMS


@rounds
def test_a_file_handed_in_ends_on_the_board_once_whatever_is_killed(
    site: Any,
    chance_benchmark: None,
    eventually: Callable[..., None],
    record_figure: Callable[..., None],
    number: int,
) -> None:
    system, fire, ledger = f"By chance {number}", Fire(site, eventually, "submission", number), Ledger(site)
    board = f"/api/v1/boards/{SLUG}/"
    with site.client() as client, Reader(site, "/", "/queue/") as reader, Ear(site, f"board:{SLUG}") as ear:
        sender = Sender(client, system)
        sender.start()
        for share, part in fire.draw("web", "worker", "redis", "postgres", number=KILLS):
            eventually(lambda share=share: point(ledger, system) >= share, 150, lambda: str(fire.said))
            fire.kill(part, f"at {share:.2f}")

        eventually(
            lambda: rows_of(ledger, ENDED, system) == [WHOLE], 200,
            lambda: f"{fire.said} {rows_of(ledger, ENDED, system)} {rows_of(ledger, POINT, system)}",
        )  # fmt: skip
        eventually(lambda: sender.answered is not None, 150)
        assert sender.answered is not None and sender.answered.status_code in (200, 201), sender.answered.text
        eventually(lambda: on_board(site, board, system) == 1, 30)
        ((published,),) = ledger.rows("SELECT max(at) FROM leaderboard_scoreevent")
        eventually(lambda: told_of(ear, published), 60, lambda: f"{ear.newest} {ear.opened}")
        within_bounds(reader, eventually, record_figure, "a file handed in")
    record_figure(
        f"kills survived by a file handed in, round {number}", f"{KILLS} ({killed.total()} in all)",
        "ends on the board once", True,
    )  # fmt: skip


def point(ledger: Ledger, system: str) -> float:
    try:
        return how_far(ledger, system)
    except Exception:  # the database itself is being started again
        return -1.0


def rows_of(ledger: Ledger, sql: str, system: str) -> list[tuple[Any, ...]]:
    try:
        return ledger.rows(sql, system)
    except Exception as away:
        return [(str(away),)]


def on_board(site: Any, board: str, system: str) -> int:
    rows = httpx.get(site.address + board, timeout=60).json()["rows"]
    return [row["system"] for row in rows].count(system)
