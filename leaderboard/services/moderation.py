"""Moderation in the open: anybody signed in may doubt a result, administrators act, everybody reads why."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from evaluation.models import BenchmarkVersion, Run
from leaderboard.models import Flag, ScoreEvent
from leaderboard.selectors.control import control_of
from leaderboard.services import boards
from leaderboard.services.control import LONGEST_REASON, RefusedError, refuse_identifying

SHORTEST_REASON = 10
FLAGS_A_DAY = 10  # of one person, over all boards


@transaction.atomic
def flag(run: Run, author: User, reason: str) -> Flag:
    """Doubt a published result. One open flag a person and run."""
    reason = _reason(reason)
    User.objects.select_for_update(no_key=True).get(pk=author.pk)
    if not control_of(run.submission).on_board:
        raise RefusedError(gettext("Only what is on a board can be flagged."))
    if Flag.objects.filter(run=run, author=author, resolved_at=None).exists():
        raise RefusedError(
            gettext("You flagged this result already; an administrator has still to look at it.")
        )
    since = timezone.now() - timedelta(days=1)
    if Flag.objects.filter(author=author, at__gte=since).count() >= FLAGS_A_DAY:
        raise RefusedError(
            gettext("%(flags_a_day)s flags in 24 hours is the limit for one person. Come back tomorrow.")
            % {"flags_a_day": FLAGS_A_DAY}
        )
    return Flag.objects.create(run=run, author=author, reason=reason)


@transaction.atomic
def hide(run: Run, author: User, reason: str) -> None:
    """Take a result off the board until it is shown again, for a reason everybody may read."""
    reason, version = _reason(reason), _locked(run)
    now = control_of(run.submission)
    if now.published is None or now.withdrawn is not None:
        raise RefusedError(gettext("It is on no board."))
    if now.hidden is not None:
        raise RefusedError(gettext("It is hidden already."))
    _append(version, run, ScoreEvent.Kind.HIDDEN, author, reason)


@transaction.atomic
def show(run: Run, author: User, reason: str) -> None:
    reason, version = _reason(reason), _locked(run)
    if control_of(run.submission).hidden is None:
        raise RefusedError(gettext("It is not hidden."))
    _append(version, run, ScoreEvent.Kind.SHOWN, author, reason)


@transaction.atomic
def resolve(flagged: Flag, resolver: User, resolution: str) -> None:
    """Say what was made of a flag; everybody may read it."""
    resolution = _reason(resolution)
    locked = Flag.objects.select_for_update().get(pk=flagged.pk)
    if locked.resolved_at is not None:
        raise RefusedError(gettext("It was resolved before."))
    locked.resolved_at, locked.resolver, locked.resolution = timezone.now(), resolver, resolution
    locked.save(update_fields=["resolved_at", "resolver", "resolution"])


def _append(version: BenchmarkVersion, run: Run, kind: ScoreEvent.Kind, author: User, reason: str) -> None:
    ScoreEvent.objects.create(run=run, scoring=run.scoring, kind=kind, author=author, reason=reason)
    boards.derive(version)


def _locked(run: Run) -> BenchmarkVersion:
    versions = BenchmarkVersion.objects.select_for_update(no_key=True, of=("self",))
    return versions.select_related("benchmark").get(pk=run.submission.version_id)


def _reason(text: str) -> str:
    text = text.strip()
    if not SHORTEST_REASON <= len(text) <= LONGEST_REASON:
        message = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters: everybody may read it."
        raise RefusedError(message, "reason")
    refuse_identifying(text)
    return text
