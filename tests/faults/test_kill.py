"""Kill a part in the middle of scoring: the submission still ends scored, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ITEMS = 3000
SPEC = """
slug = "long"
name = "Long"
description = "Enough texts to be killed in the middle of."
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
WORDS = (
    "the invented patient walked slowly to the clinic and asked about an old cough that came back at night"
)


@pytest.fixture(scope="module")
def long_benchmark(site: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("long")
    (folder / "benchmark.toml").write_text(SPEC, encoding="utf-8")
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        for n in range(ITEMS):
            gold = {"references": [f"{WORDS} {n} {WORDS}"]}
            item = {
                "task": "retell",
                "id": f"r{n}",
                "split": "private",
                "input": {"context": f"Visit {n}."},
                "gold": gold,
            }
            file.write(json.dumps(item) + "\n")
    site.manage("load_benchmark", str(folder))


def predictions(system: str) -> bytes:
    rows = ({"id": f"r{n}", "output": f"{WORDS} {n} as told by {system}"} for n in range(ITEMS))
    return "\n".join(json.dumps(row) for row in rows).encode()


def hand_in(client: httpx.Client, system: str) -> str:
    files = {"file": ("answers.jsonl", predictions(system))}
    received = client.post("/api/v1/submissions/", data={"benchmark": "long", "system": system}, files=files)
    assert received.status_code == 201, received.text
    return str(received.json()["id"])


def look(client: httpx.Client, submission: str) -> dict[str, Any]:
    """What the API says, or nothing while a part of the site is being restarted."""
    try:
        answer = client.get(f"/api/v1/submissions/{submission}/")
    except httpx.TransportError:
        return {"state": "", "progress": {"done": 0, "total": 0}}
    return answer.json() if answer.status_code == 200 else {"state": "", "progress": {"done": 0, "total": 0}}


def on_the_board(client: httpx.Client, system: str) -> int:
    rows = client.get("/api/v1/boards/long/").json()["rows"]
    return [row["system"] for row in rows].count(system)


def is_in_the_middle(client: httpx.Client, submission: str) -> bool:
    progress = look(client, submission)["progress"]
    return 0 < progress["done"] < progress["total"]


@pytest.mark.parametrize("part", ["worker", "redis", "postgres", "web"])
def test_a_killed_part_costs_nothing(
    site: Any, long_benchmark: None, eventually: Callable[..., None], part: str
) -> None:
    with site.client() as client:
        before = site.pid(part)
        submission = hand_in(client, f"Survivor of {part}")
        eventually(lambda: is_in_the_middle(client, submission), 60)

        site.kill(part)

        eventually(
            lambda: look(client, submission)["state"] == "scored", 120, lambda: str(look(client, submission))
        )
        eventually(lambda: site.pid(part) != before, 30)
        ended = look(client, submission)
        assert ended["progress"] == ended["progress"] | {"done": ITEMS, "total": ITEMS}
        assert [score["n"] for score in ended["scores"]] == [ITEMS]
        eventually(lambda: on_the_board(client, f"Survivor of {part}") == 1, 30)
        answers = site.manage("shell", "-v0", "-c", COUNT_ANSWERS.format(submission))
        assert answers.split()[-2:] == [str(ITEMS), "1"]


COUNT_ANSWERS = """
from evaluation.models import Answer
from leaderboard.models import ScoreEvent
print(Answer.objects.filter(run__submission="{0}").count())
print(ScoreEvent.objects.filter(run__submission="{0}", kind="published").count())
"""


def test_a_message_delivered_again_changes_nothing(
    site: Any, long_benchmark: None, eventually: Callable[..., None]
) -> None:
    with site.client() as client:
        submission = hand_in(client, "Told many times")
        nudge = "from workers.tasks import serve_queue\nfor _ in range(30): serve_queue.delay()"
        site.manage("shell", "-v0", "-c", nudge)
        eventually(lambda: look(client, submission)["state"] == "scored", 120)
        eventually(lambda: on_the_board(client, "Told many times") == 1, 30)
