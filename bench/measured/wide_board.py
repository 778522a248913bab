"""A board of many systems on many small tasks, made in a minute.

Only the counting of answers is skipped, as a worker would take long over it: scores are drawn, stored as a worker
stores them, and published.
"""

from __future__ import annotations

import io
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

SLUG = "wide"
ITEMS = 32  # a task: the fewest of which a number is shown without a warning, and two


def prepare(systems: int, tasks: int) -> None:
    """The benchmark, every system on it, and its board."""
    from accounts import services as accounts

    version = load(tasks)
    person = accounts.ensure_person("bench", "bench-long-password", ["submitter"])
    hand_in(person, version, range(systems), systems)
    publish(version)


def load(tasks: int) -> Any:
    """The benchmark's version. No quota stands in the way of who hands in to it."""
    from django.conf import settings
    from django.core.management import call_command

    from evaluation.selectors import benchmarks

    settings.SUBMISSIONS_PER_DAY = 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), tasks)
        call_command("load_benchmark", folder, stdout=io.StringIO(), stderr=io.StringIO())
    return benchmarks.current_version(SLUG)


def hand_in(person: Any, version: Any, numbers: range, of: int) -> None:
    """Systems by number, of so many in all: the higher the number, the better."""
    tasks = version.tasks.count()
    for n in numbers:
        right = np.random.default_rng(n).random((tasks, ITEMS)) < 0.4 + 0.5 * n / of
        _hand_in(person, version, n, right)


def publish(version: Any) -> None:
    from evaluation.models import Run, Submission
    from leaderboard.services import boards

    Submission.objects.filter(version=version).update(visibility="public", relation="own")
    boards.publish(version, list(Run.objects.filter(state="scored", submission__version=version)))


def _hand_in(person: Any, version: Any, n: int, right: Any) -> None:
    from django.core.files.base import File
    from django.utils import timezone

    from evaluation.models import Run, Score
    from evaluation.services import submissions

    rows = [
        {"id": f"t{task}-{item}", "output": "A" if right[task, item] else "B"}
        for task in range(len(right))
        for item in range(ITEMS)
    ]
    file = File(io.BytesIO("\n".join(map(json.dumps, rows)).encode()), name="p.jsonl")
    name = f"Model {n:03} (some 7B instruct)"
    submission, _ = submissions.submit(person, version, name, "", "p.jsonl", file)
    run = Run.objects.get(submission=submission)
    Score.objects.bulk_create(
        _drawn(run, task, split, scores.astype("<f4"))
        for task, scores in zip(version.tasks.order_by("order"), right, strict=True)
        for split in ("all", "public")
    )
    run.chunks.all().delete()
    run.state, run.finished_at = Run.State.SCORED, timezone.now()
    run.save()


def _drawn(run: Any, task: Any, split: str, scores: Any) -> Any:
    from evaluation.models import Score

    value, spread = float(scores.mean()), float(scores.std() / np.sqrt(ITEMS))
    return Score(
        run=run, task=task, split=split, metric=task.metric, value=value, status="ok", interval="wilson",
        low=max(value - 2 * spread, 0), high=min(value + 2 * spread, 1), n_items=ITEMS, n_unparsed=0,
        item_scores=scores.tobytes(), influence=(scores - np.float32(value)).tobytes(),
    )  # fmt: skip


def _write(folder: Path, tasks: int) -> None:
    heads = [
        f'[[tasks]]\nslug = "task-{task}"\nname = "Task {task}"\nfamily = "multiple_choice"\nmetric = "accuracy"\n'
        for task in range(tasks)
    ]
    (folder / "benchmark.toml").write_text(
        f'slug = "{SLUG}"\nname = "Wide"\ndescription = "For measuring."\nlicence = "CC0-1.0"\n'
        '[[files]]\nreader = "items"\npaths = ["items.jsonl"]\n' + "\n".join(heads),
        encoding="utf-8",
    )
    options = {"A": "one", "B": "two"}
    items = [
        {"task": f"task-{task}", "id": f"t{task}-{item}", "split": "public",
         "input": {"question": f"Which is {task}-{item}?", "options": options}, "gold": {"letters": ["A"]}}
        for task in range(tasks) for item in range(ITEMS)
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)) + "\n", encoding="utf-8")
