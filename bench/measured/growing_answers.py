"""What grows with items and answers: loading, checking, and an upload from its bytes to the board."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_upload
from measured.exponents import Growing, cpu_ms, kilobytes_in

CHECKED = (25_000, 50_000, 100_000, 200_000)
ITEMS = (4_000, 8_000, 16_000, 32_000)
OPTIONS = {"A": "one", "B": "two", "C": "three", "D": "four"}


def checks() -> Iterator[Growing]:
    """A file against the keys of its benchmark, and the memory of a process that does nothing else."""
    times, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions"
        check_upload.write("jsonl", 1, path)
        floor = _fresh("peak", path, 1)["peak"]
        for rows in CHECKED:
            check_upload.write("jsonl", rows, path)
            times.append(1000 * _fresh("time", path, rows)["checker"])
            peaks.append(_fresh("peak", path, rows)["peak"] - floor)
    yield Growing("check", "check an uploaded file", "answers", "ms", CHECKED, times)
    yield Growing("check_memory", "… memory for keys and check", "answers", "MB", CHECKED, peaks)


def _fresh(what: str, path: Path, rows: int) -> dict[str, float]:
    return check_upload.fresh("--measure", what, "--rows", str(rows), "--repeats", "3", "--file", str(path))


def uploads(person: Any) -> Iterator[Growing]:
    """Benchmarks of ever more items of one task, each handed in to once: what comes of it is on its board."""
    from django.core.management import call_command

    from workers import tasks

    costs: dict[str, list[float]] = {name: [] for name in ("load", "items", "upload", "answers")}
    _hand_in(person, _loaded(500))  # what is done once a process
    tasks.serve_queue()
    for items in ITEMS:
        before = kilobytes_in("evaluation_item", "evaluation_reference")
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), items)
            quiet = {"stdout": io.StringIO(), "stderr": io.StringIO()}
            costs["load"].append(
                cpu_ms(lambda at=folder, said=quiet: call_command("load_benchmark", at, **said))
            )
        costs["items"].append(kilobytes_in("evaluation_item", "evaluation_reference") - before)
        before = kilobytes_in("evaluation_answer", "evaluation_score")

        def scored(slug: str = f"growing-{items}") -> None:
            _hand_in(person, slug)
            tasks.serve_queue()

        costs["upload"].append(cpu_ms(scored))
        costs["answers"].append(kilobytes_in("evaluation_answer", "evaluation_score") - before)
    yield Growing("load", "load a benchmark", "items", "ms", ITEMS, costs["load"])
    yield Growing("item_bytes", "… database", "items", "kB", ITEMS, costs["items"])
    yield Growing(
        "upload", "an upload: checked, copied, scored, published", "answers", "ms", ITEMS, costs["upload"]
    )
    yield Growing("answer_bytes", "… database", "answers", "kB", ITEMS, costs["answers"])


def _loaded(items: int) -> str:
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), items)
        call_command("load_benchmark", folder, stdout=io.StringIO(), stderr=io.StringIO())
    return f"growing-{items}"


def _write(folder: Path, items: int) -> None:
    (folder / "benchmark.toml").write_text(
        f'slug = "growing-{items}"\nname = "Growing {items}"\ndescription = "For measuring."\nlicence = "CC0-1.0"\n'
        '[[files]]\nreader = "items"\npaths = ["items.jsonl"]\n'
        '[[tasks]]\nslug = "choice"\nname = "Choice"\nfamily = "multiple_choice"\nmetric = "accuracy"\n',
        encoding="utf-8",
    )
    with (folder / "items.jsonl").open("w", encoding="utf-8") as lines:
        for n in range(items):
            question = f"{n}. Which of these four would you do first, and why not the other three?"
            item = {"task": "choice", "id": f"q{n:07}", "split": "public", "gold": {"letters": ["B"]}}
            lines.write(json.dumps(item | {"input": {"question": question, "options": OPTIONS}}) + "\n")


def _hand_in(person: Any, slug: str) -> None:
    from django.core.files.base import File

    from evaluation.selectors import benchmarks
    from evaluation.services import submissions

    version = benchmarks.current_version(slug)
    assert version is not None
    rows = (
        f'{{"id":"{key}","output":"{"AB"[n % 2]}"}}'
        for n, key in enumerate(benchmarks.keys_in_order(version))
    )
    file = File(io.BytesIO("\n".join(rows).encode()), name="p.jsonl")
    submission, _ = submissions.submit(person, version, "A model", "", "p.jsonl", file)
    assert submission.verdict != "refused", submission.findings
