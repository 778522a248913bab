"""`manage.py verify_receipt FILE`: was this receipt issued by this site, and is it as it was issued?"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import signatures, signing
from evaluation.domain import receipts

LARGEST = 64 * 1024 * 1024  # bytes; a manifest of thousands of tasks is far below


class Command(BaseCommand):
    help = "Verify the signature of a downloaded receipt against every key that this site has signed with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the receipt as JSON, as downloaded")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        document = _read(file)
        try:
            name = signatures.verify(document, signing.public_keys())
        except signatures.NotVerifiedError as refusal:
            raise CommandError(f"{file.name} is not verified. {refusal}") from None
        withheld = document.get("withheld")
        if not withheld and receipts.sha256_of(document.get("manifest", {})) != document.get("sha256"):
            raise CommandError(f"{file.name} is not verified. Its manifest does not have the receipt's name.")
        rest = f" Withheld from it: {', '.join(withheld)}." if withheld else ""
        self.stdout.write(f"Signed by key {name}; not a byte was changed since.{rest}")


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST:
            raise CommandError(f"{file.name} is larger than any receipt: is it the right file?")
        document = json.loads(file.read_bytes())
    except OSError as fault:
        raise CommandError(f"{file} cannot be read ({fault.strerror}): check the path.") from None
    except (ValueError, RecursionError):
        raise CommandError(f"{file.name} is no JSON: download the receipt again.") from None
    if not isinstance(document, dict):
        raise CommandError(f"{file.name} is JSON, but no receipt.")
    return document
