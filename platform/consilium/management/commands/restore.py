"""`manage.py restore FILE`: a site as it was backed up, proven by the checksums of every table and file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from accounts.acts import RecordedCommand
from consilium.backup import BackupError, restore


class Command(RecordedCommand):
    help = "Bring back what `manage.py backup` wrote, into an empty database; stop the site first."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--replace",
            action="store_true",
            help="what is in the database now is lost, and files that differ too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = restore(options["archive"], replace=options["replace"], say=self.stdout.write)
        except BackupError as refusal:
            raise CommandError(str(refusal)) from refusal
        for warning in done.warnings:
            self.stderr.write(f"Mind: {warning}")
        self.stdout.write(
            f"Restored as of {done.manifest.made_at}: {len(done.manifest.tables)} tables and "
            f"{len(done.manifest.files):,} files, each with the checksum it was backed up with."
        )
