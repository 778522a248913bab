"""Loading 100,000 items: COPY against the same rows saved one by one, in one run on the embedded PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.update(CONSILIUM_STATE=str(STATE), DEBUG="false", DJANGO_SETTINGS_MODULE="consilium.settings")

ITEMS = 100_000
LEAST = 5.0  # times as fast as saving one by one
ONE_BY_ONE = 2_000  # enough to extrapolate: the cost of a row does not depend on their number


def main() -> int:
    import django
    from django.core.management import call_command

    from consilium.embedded.services import running

    with running(STATE):
        django.setup()
        call_command("migrate", verbosity=0)
        copied = seconds_to_copy()
        saved = seconds_to_save() * ITEMS / ONE_BY_ONE
    print(f"{'100,000 items with references':<36}{'seconds':>10}{'items/s':>12}")
    print(f"{'COPY, one transaction':<36}{copied:>10.1f}{ITEMS / copied:>12,.0f}")
    print(f"{'row by row (from 2,000 rows)':<36}{saved:>10.1f}{ITEMS / saved:>12,.0f}")
    print(f"{'ratio':<36}{saved / copied:>10.1f}")
    shutil.rmtree(STATE, ignore_errors=True)
    return 0 if figure("loading items by COPY / row by row", saved / copied, "×", least=LEAST) else 1


def questions(count: int) -> Iterator[object]:
    from evaluation.domain.benchmarks import Question

    asked = {
        "question": "Which of these is the invented answer?",
        "options": {"A": "one", "B": "two", "C": "three"},
    }
    for n in range(count):
        yield Question("choice", f"item-{n:06}", "private", asked, {"letters": ["B"]})


def seconds_to_copy() -> float:
    from evaluation.domain.benchmarks import BenchmarkSpec, TaskSpec
    from evaluation.services import benchmarks

    task = TaskSpec("choice", "Choice", "multiple_choice", "accuracy")
    spec = BenchmarkSpec("bench", "Bench", "", (task,), ())
    start = time.perf_counter()
    benchmarks.load(spec, lambda: questions(ITEMS), "0" * 64, {"choice": ITEMS})  # type: ignore[arg-type,return-value]
    return time.perf_counter() - start


def seconds_to_save() -> float:
    from django.db import transaction

    from evaluation.models import Item, Reference, Task

    task = Task.objects.get()
    start = time.perf_counter()
    with transaction.atomic():
        for n, question in enumerate(questions(ONE_BY_ONE)):
            item = Item.objects.create(
                version=task.version,
                task=task,
                position=ITEMS + n,
                key=f"again-{n}",
                split="private",
                input=question.input,  # type: ignore[attr-defined]
            )
            Reference.objects.create(item=item, gold=question.gold)  # type: ignore[attr-defined]
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
