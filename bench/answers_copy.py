"""What the ledger costs an answer: 1,000,000 answers through the path every worker takes, then as Parquet.

    python bench/answers_copy.py

Answers are kept as they come, in pieces of 256, each a transaction that locks its chunk, copies, clears misses
and counts. The baseline beside it is one COPY of all of them. Then the same answers are written as the file that
is kept of a run. The exit status is 1 when storing takes 60 s or more, or 1 ms or more an answer.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measured.figures import figure

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
STATE = Path(tempfile.mkdtemp(prefix="consilium-bench-"))
os.environ.update(CONSILIUM_STATE=str(STATE), DEBUG="false", DJANGO_SETTINGS_MODULE="consilium.settings")

ANSWERS, PIECE = 1_000_000, 256
LONGEST, MOST_AN_ANSWER = 60.0, 0.001  # seconds
TEXT = "The findings fit the invented diagnosis best, because the cough came first. The answer is B."
RECORD = {
    "mode": "direct", "mode_sha256": "c" * 64, "prompt_sha256": "a" * 64, "template_sha256": "b" * 64,
    "shots": [], "shots_left_out": [], "cut": None,
}  # fmt: skip


def main() -> int:
    import django

    from consilium.embedded.services import running

    with running(STATE):
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        load_items()
        run, chunk = claimed()
        kept, computed = seconds_to_keep(chunk)
        plain = seconds_to_copy(run)
        from evaluation.domain import answers_table  # noqa: F401 - what loading pyarrow takes is not the file's

        before = resident()
        with highest_resident() as most:
            written, size = seconds_to_write(run)
    print(f"{'1,000,000 answers':<44}{'seconds':>10}{'µs/answer':>12}")
    rows = (
        (f"kept in pieces of {PIECE}", kept),
        ("of it computing, database included", computed),
        ("one COPY, nothing else", plain),
    )
    for name, seconds in rows:
        print(f"{name:<44}{seconds:>10.1f}{1e6 * seconds / ANSWERS:>12.1f}")
    print(f"{'ratio':<44}{kept / plain:>10.2f}")
    print(f"{'as Parquet, ' + f'{size / 1e6:.0f} MB':<44}{written:>10.1f}{1e6 * written / ANSWERS:>12.1f}")
    print(f"{'memory at most, of it for the Parquet file':<44}{most[0]:>7.0f} MB{most[0] - before:>9.0f} MB")
    shutil.rmtree(STATE, ignore_errors=True)
    in_time = figure("1,000,000 answers kept by COPY", kept, "s", most=LONGEST)
    each = figure("the ledger, an answer, amortised", 1000 * kept / ANSWERS, "ms", most=1000 * MOST_AN_ANSWER)
    return 0 if in_time and each else 1


def load_items() -> None:
    from evaluation.domain.benchmarks import BenchmarkSpec, Question, TaskSpec
    from evaluation.services import benchmarks

    asked = {"question": "Which is the invented answer?", "options": {"A": "one", "B": "two"}}

    def questions() -> Iterator[Question]:
        for n in range(ANSWERS):
            yield Question("choice", f"item-{n:07}", "private", asked, {"letters": ["B"]})

    task = TaskSpec("choice", "Choice", "multiple_choice", "accuracy")
    spec = BenchmarkSpec("bench", "Bench", "", (task,), ())
    benchmarks.load(spec, questions, "0" * 64, {"choice": ANSWERS})  # type: ignore[arg-type]


def claimed() -> tuple[Any, Any]:
    """A model's run whose one chunk holds every item, leased to us."""
    from accounts.models import Role, User
    from evaluation.domain.asking import Engine
    from evaluation.domain.queue import Abilities
    from evaluation.models import Recipe
    from evaluation.selectors import benchmarks
    from evaluation.services import answering, laying_out, preflight, recipes

    laying_out.CHUNK_ITEMS[Recipe.Queue.CPU] = ANSWERS
    able, engine = Abilities(("cpu",), ("baseline",), 10**9), Engine("baseline", "constant", "", {}, "none")
    person = User.objects.create(username="bench", roles=[Role.SUBMITTER])
    version = benchmarks.current_version("bench")
    assert version is not None
    submission, _ = recipes.submit(person, version, "Bench", recipes.Wanted("baseline", "constant"))
    recipe = preflight.claim("bench", able, submission)
    assert recipe is not None
    run = preflight.accept(recipe, "bench", {"system": engine}, [], [])
    chunk = answering.claim("bench", able)
    assert run is not None and chunk is not None
    return run, chunk


def seconds_to_keep(chunk: Any) -> tuple[float, float]:
    """Seconds by the clock, and those computed by this process and the one that serves it in the database."""
    from evaluation.domain.asking import Solved
    from evaluation.services import answering
    from evaluation.services.answering import Kept

    solved = Solved(TEXT, tokens_in=412, tokens_out=23, latency_ms=18.4, record=RECORD)
    start, before = time.perf_counter(), computed_seconds()
    for first in range(0, ANSWERS, PIECE):
        piece = [Kept(n, solved, "B") for n in range(first, min(first + PIECE, ANSWERS))]
        assert answering.keep(chunk, "bench", piece)
    return time.perf_counter() - start, computed_seconds() - before


def computed_seconds() -> float:
    """What both had of a processor: the same on a machine that is busy with other things."""
    import psutil
    from django.db import connection

    connection.ensure_connection()
    backend = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return time.process_time() + backend.user + backend.system


def seconds_to_copy(run: Any) -> float:
    """The least PostgreSQL can do: the same rows in one COPY into a table without index or key."""
    import json

    from django.db import connection

    record = json.dumps(RECORD)
    start = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bare (run_id bigint, position int, output text, tokens_in int, tokens_out int, "
            "latency_ms float8, finish text, parsed jsonb, attempt int, record jsonb)"
        )
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for n in range(ANSWERS):
                copy.write_row((run.pk, n, TEXT, 412, 23, 18.4, "stop", '"B"', 1, record))
    return time.perf_counter() - start


def seconds_to_write(run: Any) -> tuple[float, int]:
    from django.utils import timezone

    from evaluation.models import Keeping
    from evaluation.services import artefacts

    Keeping.objects.create(run=run, next_at=timezone.now(), tries=1)
    held = Keeping.objects.get()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as target:
        artefacts._write_answers(run, held, target)  # type: ignore[arg-type]
        return time.perf_counter() - start, target.tell()


def resident() -> float:
    """Memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


class highest_resident:  # noqa: N801 - read as a statement: with highest_resident() as most
    """Watches the memory of this process from a thread."""

    def __enter__(self) -> list[float]:
        self.most, self.over = [resident()], threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self.most

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.over.wait(0.05):
            self.most[0] = max(self.most[0], resident())


if __name__ == "__main__":
    sys.exit(main())
