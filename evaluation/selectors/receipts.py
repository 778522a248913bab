"""The receipts of runs: one for every scoring."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from evaluation.domain import receipts
from evaluation.models import Receipt, Run, Submission


class AlteredReceiptError(Exception):
    """What the database holds no longer has the receipt's name: it must not be vouched for."""


def of_run(run: Run, scoring: int | None = None) -> Receipt | None:
    """The receipt of a scoring, of the newest that has one where none is named."""
    found = Receipt.objects.filter(run=run)
    if scoring is not None:
        found = found.filter(scoring=scoring)
    return found.order_by("-scoring").first()


def of_submission(submission: Submission, scoring: int | None = None) -> Receipt | None:
    run: Run | None = getattr(submission, "run", None)
    return None if run is None else of_run(run, scoring)


def every_one_of(submission: Submission) -> QuerySet[Receipt]:
    """One for every scoring, the first one first."""
    return Receipt.objects.filter(run__submission=submission).order_by("scoring").defer("manifest", "sealed")


def document(receipt: Receipt) -> dict[str, Any]:
    """A receipt with all of its manifest, as its submitter may have it; raises AlteredReceiptError."""
    if is_altered(receipt):
        raise AlteredReceiptError(
            f"The receipt {receipt.sha256[:12]} was changed in the database and is not signed: "
            "`manage.py recompute` says what differs."
        )
    return {"sha256": receipt.sha256, "manifest": receipt.manifest, "withheld": []}


def is_altered(receipt: Receipt) -> bool:
    return receipts.sha256_of(receipt.manifest) != receipt.sha256
