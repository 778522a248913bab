"""A benchmark with public, private and regulated items, and runs on its board."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management import call_command

from evaluation.selectors import benchmarks
from evaluation.services import submissions
from workers import tasks

SECRET = "the-private-reference-nobody-may-read"
REGULATED = "the-regulated-text-nobody-may-read"
ALARM = "<script>alert(1)</script>"

SPEC = """
slug = "deep"
name = "Deep"
description = "For tests of what is behind a number."
licence = "CC0-1.0"

[[files]]
reader = "items"
paths = ["items.jsonl"]

[[tasks]]
slug = "choice"
name = "Choice"
family = "multiple_choice"
metric = "accuracy"
prompt = "Choose one letter."
specialty = ["Cardiology"]

[[tasks]]
slug = "talk"
name = "Talk"
family = "open_question"
metric = "rougeL"

[[tasks]]
slug = "closed"
name = "Closed"
family = "multiple_choice"
metric = "accuracy"
access = "regulated"
"""

OPTIONS = {"A": "one", "B": "two", "C": "three"}
N_CHOICE = 12


def items() -> list[dict[str, Any]]:
    """Of `choice` every third item is private; `talk` has one of each; `closed` has public items alone."""
    found: list[dict[str, Any]] = [
        {
            "task": "choice",
            "id": f"set/c{n}",
            "split": "private" if n % 3 == 2 else "public",
            "input": {
                "question": f"Which is {n}?\nSecond line." if n % 3 != 2 else f"{SECRET} question {n}",
                "options": OPTIONS,
            },
            "gold": {"letters": ["ABC"[n % 3]]},
        }
        for n in range(N_CHOICE)
    ]
    found += [
        {"task": "talk", "id": "t0", "split": "public", "input": {"question": f"{ALARM} \u202eWhy?"},
         "gold": {"references": ["because the heart rests"]}},
        {"task": "talk", "id": "t1", "split": "private", "input": {"question": "Why not?"},
         "gold": {"references": [SECRET]}},
    ]  # fmt: skip
    found += [
        {"task": "closed", "id": f"r{n}", "split": "public",
         "input": {"question": REGULATED, "options": OPTIONS}, "gold": {"letters": ["A"]}}
        for n in range(3)
    ]  # fmt: skip
    return found


def load(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.toml").write_text(SPEC, encoding="utf-8")
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items())) + "\n", encoding="utf-8")
    call_command("load_benchmark", str(folder), stdout=io.StringIO())
    return benchmarks.current_version("deep")


def answers(wrong: Iterable[str] = (), said: dict[str, str] | None = None) -> bytes:
    """Right everywhere but where said."""
    lines = []
    for item in items():
        gold = item["gold"]
        output = gold["letters"][0] if "letters" in gold else gold["references"][0]
        if SECRET in output:
            output = "nothing"
        if item["id"] in set(wrong):
            output = {"A": "B", "B": "C", "C": "A"}.get(output, "because of the liver")
        lines.append(json.dumps({"id": item["id"], "output": (said or {}).get(item["id"], output)}))
    return ("\n".join(lines) + "\n").encode()


def submitter(person: Any, version: Any) -> Callable[..., Any]:
    """Hands a file in and has it scored and published."""

    def hand_in(system: str, content: bytes, mode: str = "", **changes: Any) -> Any:
        file = File(io.BytesIO(content), name="p.jsonl")
        submission, _ = submissions.submit(person, version, system, mode, "p.jsonl", file)
        assert submission.verdict == "accepted", submission.findings
        if changes:
            type(submission).objects.filter(pk=submission.pk).update(**changes)
        tasks.serve_queue()
        tasks.sweep() if hasattr(tasks, "sweep") else None
        submission.refresh_from_db()
        return submission

    return hand_in
