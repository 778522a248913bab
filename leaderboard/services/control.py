"""A submitter's control over what others see of a run: publish, name, keep private, withdraw for good.

What was chosen stands in the submission and what came of it in an event: both change in one transaction, so
that no board shows what its submitter no longer wants shown.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from evaluation.domain.publication import ANONYMOUS, PRIVATE, PUBLIC, Publication
from evaluation.models import BenchmarkVersion, Run, Submission
from leaderboard.models import ScoreEvent
from leaderboard.selectors.control import Control, control_of
from leaderboard.services import boards
from raters.domain.privacy import findings

LONGEST_REASON = 1000


class RefusedError(Exception):
    """It cannot be done; the message says why, and what can."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message, self.field = message, field


@transaction.atomic
def choose(submission: Submission, author: User, chosen: Publication) -> None:
    """Keep who sees a submission, and let the boards follow at once."""
    version, locked = _locked(submission)
    for fault in chosen.faults(timezone.now().date()):
        raise RefusedError(fault.message, fault.field)
    now = control_of(locked)
    _refuse_what_cannot_be_undone(now, chosen)
    locked.visibility, locked.relation = chosen.effective, chosen.relation
    locked.named_on = chosen.named_on if chosen.effective == ANONYMOUS else None
    locked.consent = chosen.consent.strip()
    locked.save(update_fields=["visibility", "relation", "named_on", "consent"])
    if now.published is None:
        _publish(version, locked)
    elif chosen.effective == PUBLIC and not now.named:
        _append(version, locked.run, ScoreEvent.Kind.NAMED, author)


@transaction.atomic
def withdraw(submission: Submission, author: User, reason: str = "") -> None:
    """Take a run off its board for good; its line on the changes page and the board's past states stay."""
    version, locked = _locked(submission)
    now = control_of(locked)
    if now.withdrawn is not None:
        raise RefusedError(gettext("It was withdrawn before."))
    if now.published is None:
        raise RefusedError(gettext("It is on no board: choose private, and it never will be."))
    locked.named_on = None
    locked.save(update_fields=["named_on"])
    _append(version, locked.run, ScoreEvent.Kind.WITHDRAWN, author, _short(reason))


def name_those_due(today: date | None = None) -> int:
    """Show the names of anonymous systems whose day has come: how many."""
    day = today or timezone.now().date()
    due = Submission.objects.filter(visibility=ANONYMOUS, named_on__lte=day)
    return sum(_name_if_due(submission, day) for submission in due)


@transaction.atomic
def _name_if_due(submission: Submission, day: date) -> bool:
    version, locked = _locked(submission)
    if locked.visibility != ANONYMOUS or locked.named_on is None or locked.named_on > day:
        return False
    now = control_of(locked)
    locked.visibility, locked.named_on = PUBLIC, None
    locked.save(update_fields=["visibility", "named_on"])
    if now.published is not None and not now.named:
        _append(version, locked.run, ScoreEvent.Kind.NAMED, None)
    return True


def _refuse_what_cannot_be_undone(now: Control, chosen: Publication) -> None:
    if now.withdrawn is not None:
        raise RefusedError(gettext("It was withdrawn for good. Hand it in again to have it on a board."))
    if chosen.effective == ANONYMOUS and now.named:
        message = (
            "Its name was shown already: whoever read it knows it. Withdraw it to take it off the board."
        )
        raise RefusedError(message, "visibility")
    if chosen.effective == PRIVATE and now.published is not None:
        message = "It is on a board already, where people may have cited it. Withdraw it to take it off."
        raise RefusedError(message, "visibility")


def _publish(version: BenchmarkVersion, submission: Submission) -> None:
    run: Run | None = getattr(submission, "run", None)
    if run is not None and run.state == Run.State.SCORED and submission.visibility != PRIVATE:
        boards.publish(version, [run])


def _append(
    version: BenchmarkVersion, run: Run, kind: ScoreEvent.Kind, author: User | None, reason: str = ""
) -> None:
    ScoreEvent.objects.create(run=run, scoring=run.scoring, kind=kind, author=author, reason=reason)
    boards.derive(version)


def _locked(submission: Submission) -> tuple[BenchmarkVersion, Submission]:
    """The version first, as whoever publishes does."""
    versions = BenchmarkVersion.objects.select_for_update(no_key=True, of=("self",))
    version = versions.select_related("benchmark").get(pk=submission.version_id)
    rows = Submission.objects.select_for_update(no_key=True, of=("self",)).select_related("run")
    return version, rows.get(pk=submission.pk)


def _short(reason: str) -> str:
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise RefusedError(
            gettext("At most %(longest_reason)s characters.") % {"longest_reason": LONGEST_REASON}, "reason"
        )
    refuse_identifying(reason)
    return reason


def refuse_identifying(text: str) -> None:
    """Everybody reads a reason at once: what may name a person is not taken, for nobody clears it first."""
    found = [text[each.start : each.end] for each in findings(text)]
    if found:
        message = gettext(
            "This may name a person: %(passages)s. Everybody reads it: take it out and send it again."
        )
        raise RefusedError(message % {"passages": ", ".join(f"“{each}”" for each in found)}, "reason")
