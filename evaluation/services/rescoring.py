"""Scoring a run again from its stored answers, for a reason everybody may read.

The run stays scored, and its scores stand, until the new ones exist beside them.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from evaluation.models import Artefact, Chunk, Rescoring, Run
from evaluation.services import nudges, scores
from evaluation.services.admission import RefusedError

LONGEST_REASON = 1000


@transaction.atomic
def ask_for_rescore(run: Run, author: User | None, reason: str) -> Rescoring:
    """Lay a run's scoring out anew; RefusedError where it is not scored, or is being scored again already."""
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        message = f"Say why it is scored again, in 1 to {LONGEST_REASON} characters: everybody may read it."
        raise RefusedError("reason", "no_reason", message)
    locked = Run.objects.select_for_update(no_key=True).get(pk=run.pk)
    if locked.state != Run.State.SCORED:
        message = "Only a run that was scored can be scored again."
        raise RefusedError("run", "not_scored", message)
    if under_way(locked) is not None:
        raise RefusedError("run", "under_way", gettext("It is being scored again already."))
    rescoring = Rescoring.objects.create(
        run=locked, scoring=locked.scoring + 1, author=author, reason=reason, asked_at=timezone.now()
    )
    locked.chunks.filter(kind=Chunk.Kind.SCORE).update(
        state=Chunk.State.FREE, worker="", lease_until=None, attempts=0,
        counts=None, unparsed=None, started_at=None, finished_at=None,
    )  # fmt: skip
    nudges.scoring_on_commit()
    return rescoring


def under_way(run: Run) -> Rescoring | None:
    return Rescoring.objects.filter(run=run, ended_at=None).first()


def finish(run: Run) -> None:
    """Write the new scores beside the old, which no longer count; in the transaction of the last chunk."""
    rescoring = under_way(run)
    if rescoring is None:  # a scored run has chunks to do in no other case
        return
    run.scoring = rescoring.scoring
    scores.write(run)
    run.save(update_fields=["scoring"])
    run.artefacts.filter(kind=Artefact.Kind.MANIFEST).delete()  # kept anew, of the new receipt
    rescoring.ended_at = timezone.now()
    rescoring.save(update_fields=["ended_at"])


def give_up(run: Run, why: str) -> bool:
    """End a re-score without a result; the old scores stand. False where none is under way."""
    given_up = Rescoring.objects.filter(run=run, ended_at=None).update(ended_at=timezone.now(), given_up=why)
    if given_up:
        run.chunks.filter(kind=Chunk.Kind.SCORE).update(state=Chunk.State.DONE, worker="", lease_until=None)
    return bool(given_up)
