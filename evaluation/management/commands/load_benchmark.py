"""`manage.py load_benchmark PATH`: all of a benchmark or nothing of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts.acts import RecordedCommand
from evaluation.domain import loading
from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.content import ContentHash
from evaluation.services import benchmarks


class Command(RecordedCommand):
    help = (
        "Load a benchmark: a .toml specification, a folder, a published task file, or the name of a shipped "
        "specification. The same content is loaded once; other content becomes a new version."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="specification, data folder, task file, or shipped name")
        parser.add_argument("--data", type=Path, help="folder of the data files, where it is not PATH's own")

    def handle(self, *args: Any, path: Path, data: Path | None, **options: Any) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        try:
            with Progress(*columns, console=console) as progress:
                result = self.load(path, data, progress)
        except BenchmarkError as error:
            raise CommandError(f"{error}\nNothing was loaded.") from None
        version = result.version
        said = "loaded" if result.is_new else "is already loaded with this very content"
        self.stdout.write(f"{version.benchmark.slug} v{version.number} ({version.item_count} items) {said}")

    def load(self, path: Path, data: Path | None, progress: Progress) -> benchmarks.Loaded:
        """Read everything once to check and fingerprint it, then store what was checked."""
        found = loading.load(path, data)
        content, items_by_task = ContentHash(found.spec), Counter[str]()
        checking = progress.add_task("checking", total=None)
        for question in found.questions:
            content.add(question)
            items_by_task[question.task] += 1
            progress.advance(checking)
        for reason, count in found.questions.dropped.items():
            self.stdout.write(f"left out {count}: {reason}")
        total = items_by_task.total()
        progress.update(checking, total=total)
        storing = progress.add_task("storing", total=total, visible=False)  # until something is
        return benchmarks.load(
            found.spec,
            lambda: found.questions,
            content.hexdigest(),
            items_by_task,
            lambda items: progress.update(storing, advance=items, visible=True),
        )
