"""`manage.py backup FILE`: the database and every kept file in one archive, while the site runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from accounts.acts import RecordedCommand
from consilium.backup import BackupError, back_up
from telemetry import ledger


class Command(RecordedCommand):
    help = "Write the database and every kept file into one archive. The site may go on meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "archive", type=Path, help="a file that is not there yet, say consilium-2026-11-21.zip"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = back_up(options["archive"], self.stdout.write)
        except BackupError as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(table.rows for table in made.tables.values())
        ledger.mark("backup", f"{options['archive'].name}, {rows:,} rows, {len(made.files):,} files")
        self.stdout.write(
            f"{options['archive']}: {len(made.tables)} tables of {rows:,} rows, {len(made.files):,} files."
            " SECRET_KEY is not in it: keep it elsewhere."
        )
