"""`manage.py recompute`: compute a score again from the stored answers, and say whether it is the same."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from accounts.acts import RecordedCommand
from evaluation.models import Receipt
from evaluation.services import receipts


class Command(RecordedCommand):
    help = (
        "Compute every score of a receipt again from the stored answers; ends with an error if one differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        named = "SHA-256 of the receipt, its first digits, or a submission's id for its newest"
        parser.add_argument("receipt", help=named)

    def handle(self, *args: Any, **options: Any) -> None:
        receipt = _named(options["receipt"].strip().lower())
        found = receipts.recompute(receipt)
        for change in found.changes:
            self.stdout.write(f"Changed since: {change}.")
        for each in found.differences:
            self.stdout.write(f"Differs: {each.what}: the receipt says {each.said}, now it is {each.found}.")
        if not found.holds:
            raise CommandError(f"{len(found.differences)} figures are not what receipt {receipt} says.")
        self.stdout.write(
            f"{found.scores} scores computed again from the answers: all as receipt {receipt} says."
        )


def _named(text: str) -> Receipt:
    receipts_there = Receipt.objects.select_related("run__submission")
    try:
        found = list(receipts_there.filter(run__submission=UUID(text)).order_by("-scoring")[:1])
    except ValueError:
        found = list(receipts_there.filter(sha256__startswith=text)[:2]) if len(text) >= 6 else []
    if not found:
        raise CommandError(
            f"There is no receipt {text!r}: give its SHA-256, or the id of a scored submission."
        )
    if len(found) > 1:
        raise CommandError(f"Several receipts begin with {text}: give more digits.")
    return found[0]
