"""The receipts of runs: one for every scoring."""

from __future__ import annotations

from django.db.models import QuerySet

from evaluation.models import Receipt, Run, Submission


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
