"""Items a second of a model's run through the whole platform, against a bare batched generate loop.

    python bench/model_runs.py [--items 1024] [--tokens 32] [--batch 64] [--turns 5]

The platform's side is everything between the claim of the first chunk and the last answer kept: leases, items and
examples read, prompts built and counted, generation, parsing, COPY. Both sides have the same tiny model, the same
prompts, greedy decoding, as many new tokens and the same batch size. They take turns, and what counts is the median
of the ratios within a turn. Target: at least 0.90.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(ROOT / "bench")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.update(
    CONSILIUM_STATE=str(STATE), DJANGO_SETTINGS_MODULE="consilium.settings", LOG_LEVEL="ERROR", DEBUG="",
    SUBMISSIONS_PER_DAY="1000000",
)  # fmt: skip
LEAST = 0.90
SPECIFICATION = """
slug = "bench"
name = "Bench"
description = "Questions for the measurement."
synthetic = true
[[files]]
reader = "items"
paths = ["items.jsonl"]
[[tasks]]
slug = "questions"
name = "Questions"
family = "open_question"
metric = "rougeL"
prompt = "Answer in one sentence."
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, usual in (("items", 1024), ("tokens", 32), ("batch", 64), ("turns", 5)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError:
        print("not run: the engines are not installed (make engines)")
        return 0
    from consilium.embedded.services import running

    try:
        with running(STATE):
            return compare(asked)
    finally:
        shutil.rmtree(STATE, ignore_errors=True)


def compare(asked: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from transformers_backend import bare

    from workers.backends import tiny_model

    call_command("migrate", verbosity=0)
    folder = tiny_model.make(STATE / "model")
    load(asked.items)
    platform = PlatformSide(folder, asked)
    prompts = platform()  # warm-up; the bare loop is given the very turns that were sent
    sides: dict[str, Callable[[], Any]] = {"bare": bare(folder, prompts, asked), "platform": platform}
    sides["bare"]()
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(asked.turns):
        for name, run in sides.items():
            start = perf_counter()
            run()
            took[name].append(perf_counter() - start if name == "bare" else platform.seconds)
    ratios = sorted(bare / ours for bare, ours in zip(took["bare"], took["platform"], strict=True))
    ratio = statistics.median(ratios)
    print(f"{asked.items} items, {asked.tokens} new tokens each, batches of {asked.batch}")
    for name, times in took.items():
        print(f"{name:10}{asked.items / statistics.median(times):10.1f} items a second")
    print(f"platform / bare: {ratios[0]:.2f} to {ratios[-1]:.2f}")
    return (
        0 if figure("transformers through the whole platform / bare generate", ratio, "×", least=LEAST) else 1
    )


def load(items: int) -> None:
    from django.core.management import call_command
    from transformers_backend import questions

    folder = STATE / "benchmark"
    folder.mkdir()
    (folder / "benchmark.toml").write_text(SPECIFICATION, encoding="utf-8")
    lines = [
        {"task": "questions", "id": f"q{n}", "split": "public", "input": {"question": text}, "gold": {"references": ["."]}}
        for n, text in enumerate(questions(items))
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    call_command("load_benchmark", str(folder), stdout=io.StringIO())


class PlatformSide:
    """A run from its first claim to its last kept answer; `seconds` is what the last one took."""

    def __init__(self, folder: Path, asked: argparse.Namespace) -> None:
        from accounts import services as accounts

        self.person = accounts.ensure_person("bench", "bench-long-password", ["submitter"])
        self.folder, self.asked, self.number, self.seconds = folder, asked, 0, 0.0

    def __call__(self) -> list[str]:
        from evaluation.models import Answer, Run
        from evaluation.selectors import benchmarks
        from evaluation.services import preflight, recipes
        from workers import flight, serving, tasks
        from workers.abilities import abilities

        self.number += 1
        version = benchmarks.current_version("bench")
        assert version is not None
        wanted = recipes.Wanted(
            "transformers", str(self.folder), decoding={"max_new_tokens": self.asked.tokens},
            options={"batch_rows": self.asked.batch}, device="cpu",
        )  # fmt: skip
        submission, _ = recipes.submit(self.person, version, f"Bench {self.number}", wanted)
        worker = tasks.worker_name()
        recipe = preflight.claim(worker, abilities(), submission)
        assert recipe is not None
        flight.fly(recipe, worker)
        run = Run.objects.get(submission=submission)
        start = perf_counter()
        while serving.serve_one(run, worker):
            pass
        self.seconds = perf_counter() - start
        assert Answer.objects.filter(run=run).count() == self.asked.items
        return self._prompts(submission)

    def _prompts(self, submission: Any) -> list[str]:
        """The user's turns as they were sent."""
        from evaluation.models import Item
        from evaluation.selectors import asked as asking
        from workers import warm

        backend = next(iter(warm.held().values()))
        items = Item.objects.filter(version=submission.version).select_related("task", "reference")
        prompts = []
        for solving in asking.asking(
            items.order_by("position"),
            submission.recipe,
            backend.about(),
            backend.count_tokens,
            frozenset({"system"}),
        ).solvings.values():
            (request,) = next(solving)
            prompts.append("\n\n".join(turn.text for turn in request.turns))
            solving.close()
        return prompts


if __name__ == "__main__":
    sys.exit(main())
