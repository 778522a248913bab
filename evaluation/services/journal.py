"""The log of a model's submission: a line for whatever its submitter would want to know afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.utils import timezone

from evaluation.models import LogLine

LONGEST = 500
MOST_LINES = 5000  # of a submission; an engine that talks without end fills no database


def write(submission: UUID, worker: str, text: str) -> None:
    """Append a line; beyond the limit nothing more is noted."""
    lines = [line.strip().replace("\0", "") for line in text.splitlines() if line.strip()]
    room = MOST_LINES - LogLine.objects.filter(submission=submission).count()
    LogLine.objects.bulk_create(
        LogLine(submission_id=submission, at=timezone.now(), worker=worker[:120], text=line[:LONGEST])
        for line in lines[: max(room, 0)]
    )


def writer(submission: UUID, worker: str) -> Callable[[str], None]:
    return partial(write, submission, worker)
