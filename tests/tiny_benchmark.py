"""A benchmark of two tasks and eight items, and answers to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TINY_SPEC = """
slug = "tiny"
name = "Tiny"
description = "Eight items for tests."
licence = "CC0-1.0"

[[files]]
reader = "items"
paths = ["items.jsonl"]

[[tasks]]
slug = "choice"
name = "Choice"
family = "multiple_choice"
metric = "accuracy"
specialty = ["Cardiology"]

[[tasks]]
slug = "verdict"
name = "Verdict"
family = "yes_no_maybe"
metric = "accuracy"
language = "es"
[tasks.options]
labels = ["yes", "no", "maybe"]
"""


def tiny_items() -> list[dict[str, Any]]:
    options = {"A": "one", "B": "two", "C": "three"}
    choice = [
        {"task": "choice", "id": f"c{n}", "split": "public" if n % 2 else "private",
         "input": {"question": f"Which is {n}?", "options": options}, "gold": {"letters": ["ABC"[n % 3]]}}
        for n in range(5)
    ]  # fmt: skip
    verdict = [
        {"task": "verdict", "id": f"v{n}", "split": "private",
         "input": {"question": f"Is it {n}?", "context": "An invented abstract."}, "gold": {"label": label}}
        for n, label in enumerate(["yes", "no", "maybe"])
    ]  # fmt: skip
    return choice + verdict


def write_tiny(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmark.toml").write_text(TINY_SPEC, encoding="utf-8")
    lines = (json.dumps(item) for item in tiny_items())
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def right_answers(wrong: tuple[str, ...] = (), unreadable: tuple[str, ...] = ()) -> bytes:
    """A predictions file for `tiny`: right everywhere but where said."""
    lines = []
    for item in tiny_items():
        gold = item["gold"]
        answer = gold["letters"][0] if "letters" in gold else gold["label"]
        if item["id"] in wrong:
            answer = {"A": "B", "B": "C", "C": "A", "yes": "no", "no": "maybe", "maybe": "yes"}[answer]
        if item["id"] in unreadable:
            answer = "I would rather not say."
        lines.append(json.dumps({"id": item["id"], "output": answer}))
    return ("\n".join(lines) + "\n").encode()
