"""Handing in predictions: keep the bytes, give a verdict, queue what was accepted.

A submission is claimed for checking by one process at a time (verdict CHECKING since a moment), and only a
submission being checked can be accepted or refused. So the same file sent ten times at once is checked once,
and a check that died with its process is taken over by the sweep.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from contextlib import suppress
from typing import BinaryIO, cast

from django.core.files.base import File
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from evaluation.domain import predictions
from evaluation.domain.names import name_key
from evaluation.domain.publication import Publication
from evaluation.models import BenchmarkVersion, Chunk, Recipe, Run, Submission, System
from evaluation.selectors import benchmarks
from evaluation.services import admission, leases, nudges, stores
from evaluation.services.admission import RefusedError
from telemetry import trail

__all__ = [
    "RefusedError",
    "cancel",
    "check",
    "claim_abandoned_check",
    "open_file",
    "resume_check",
    "retry",
    "submit",
]

READ_BYTES = 1 << 20
ABANDONED_LEASES = 5  # a check takes seconds; one that lasts for so long died with its process

logger = logging.getLogger(__name__)


def submit(
    submitter: User,
    version: BenchmarkVersion,
    system_name: str,
    mode: str,
    file_name: str,
    file: File[bytes],
    kind: str = System.Kind.MODEL,
    publication: Publication | None = None,
) -> tuple[Submission, bool]:
    """Take a predictions file and check it at once: (submission, whether this request checked it).

    The same file for the same system, benchmark version and mode is the same submission; it is checked again
    only after a refusal. `publication` is kept with it, by default public and the submitter's own. Raises
    RefusedError where the person may not submit it.
    """
    admission.admit(submitter, version, system_name, publication)
    shown = admission.as_fields(publication)
    described = {
        "system_name": system_name, "kind": kind, "file_name": file_name[-200:], "size": file.size,
        "verdict": Submission.Verdict.CHECKING, "checking_since": leases.now(), **shown,
    }  # fmt: skip
    with transaction.atomic():
        submission, is_ours = Submission.objects.select_related("version__benchmark").get_or_create(
            submitter=submitter,
            version=version,
            name_key=name_key(system_name),
            mode=mode,
            sha256=_sha256(file),
            defaults=described,
        )
        if not is_ours:
            submission = _locked(submission)
            is_ours = submission.verdict == Submission.Verdict.REFUSED
            if is_ours:
                again = {
                    "verdict": Submission.Verdict.CHECKING, "checking_since": leases.now(),
                    "request_id": trail.request_id(), **shown,
                }  # fmt: skip
                Submission.objects.filter(pk=submission.pk).update(**again)
                submission.refresh_from_db(fields=list(again))
    if is_ours and _kept(submission, file):
        _check_or_give_up(submission)
    return submission, is_ours


def _kept(submission: Submission, file: File[bytes]) -> bool:
    """Whether the bytes are kept; where the store has no room or is away, their sender is told at once."""
    storage = submission.file.storage
    own = f"{submission.pk}-{uuid.uuid4().hex[:8]}.predictions"  # nobody else's, so that it may be let go
    name = submission.file.field.generate_filename(submission, own)
    try:
        stored = storage.save(name, file, max_length=300)
    except Exception as error:
        logger.warning("the file of submission %s cannot be kept", submission.pk, exc_info=error)
        with suppress(Exception):  # half a file is no file, and on a full disk it is in the way
            storage.delete(name)
        _refuse_for("not_kept", submission, stores.refusal_of(error))
        return False
    submission.file.name = stored
    Submission.objects.filter(pk=submission.pk).update(file=stored)
    return True


def check(submission: Submission) -> None:
    """Read the kept file and accept or refuse it; nothing happens to one that is no longer being checked."""
    version = submission.version
    with open_file(submission) as stream:
        verdict = predictions.check(
            stream,
            benchmarks.item_index(version.pk),
            version=version.label,
            known_versions=benchmarks.keys_of_other_versions(version),
        )
    findings = verdict.as_dict()
    if not verdict.ok:
        _refuse(submission, findings)
        return
    try:
        _accept(submission, findings)
    except RefusedError as refusal:
        _refuse(submission, {**findings, "problems": [refusal.as_problem()], "counts": {refusal.code: 1}})


def claim_abandoned_check() -> Submission | None:
    """A submission whose check was cut off with its process, now ours to finish; None when there is none."""
    with transaction.atomic():
        submission = (
            Submission.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .select_related("version__benchmark", "submitter")
            .filter(
                verdict=Submission.Verdict.CHECKING,
                checking_since__lt=leases.now() - ABANDONED_LEASES * leases.length(),
            )
            .filter(recipe__isnull=True)  # a pre-flight has a lease of its own
            .first()
        )
        if submission is not None:
            Submission.objects.filter(pk=submission.pk).update(checking_since=leases.now())
    return submission


def resume_check(submission: Submission) -> None:
    """Finish a check that was cut off; without the bytes, say what to do."""
    if submission.file and submission.file.storage.exists(str(submission.file.name)):
        _check_or_give_up(submission)
    else:
        _refuse_for(
            "interrupted", submission, "The upload was interrupted before the file was kept. Upload it again."
        )


def cancel(submission: Submission) -> bool:
    """Stop a queued or running run, or a pre-flight; False when there is nothing left to stop."""
    return _cancel_preflight(submission) or bool(
        Run.objects.filter(submission=submission, state__in=Run.ACTIVE).update(
            state=Run.State.CANCELLED, finished_at=timezone.now()
        )
    )


def _cancel_preflight(submission: Submission) -> bool:
    problem = {"line": None, "key": None, "code": "cancelled", "message": "You cancelled the pre-flight."}
    return bool(
        Submission.objects.filter(
            pk=submission.pk, verdict=Submission.Verdict.CHECKING, recipe__isnull=False
        ).update(
            verdict=Submission.Verdict.REFUSED,
            findings={"problems": [problem], "counts": {"cancelled": 1}},
            checked_at=timezone.now(),
        )
    )


@transaction.atomic
def retry(submission: Submission) -> bool:
    """Queue a failed or cancelled run again, keeping every chunk that was finished.

    A chunk some worker is just finishing is left to it. Raises RefusedError beyond the quota.
    """
    admission.spend_quota(submission.submitter, submission.version)
    run = (
        Run.objects.select_for_update(no_key=True)
        .filter(submission=submission, state__in=[Run.State.FAILED, Run.State.CANCELLED])
        .first()
    )
    if run is None:
        return False
    unfinished = run.chunks.exclude(state=Chunk.State.DONE).select_for_update(skip_locked=True)
    Chunk.objects.filter(pk__in=[chunk.pk for chunk in unfinished]).update(
        state=Chunk.State.FREE, worker="", lease_until=None, attempts=0
    )
    run.state, run.attempt, run.failure, run.failure_code = Run.State.QUEUED, run.attempt + 1, "", ""
    run.queued_at, run.started_at, run.finished_at = timezone.now(), None, None
    run.save()
    nudges.scoring_on_commit()
    if (recipe := Recipe.objects.filter(submission=submission).first()) is not None:
        nudges.models_on_commit(recipe.queue)
    return True


def open_file(submission: Submission) -> BinaryIO:
    """The kept bytes, from the start."""
    return cast(BinaryIO, submission.file.open("rb"))


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(READ_BYTES):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()


def _locked(submission: Submission) -> Submission:
    locked = Submission.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("version__benchmark", "submitter").get(pk=submission.pk)


def _check_or_give_up(submission: Submission) -> None:
    """A fault of ours must not leave a submission being checked for ever, nor stop whoever sweeps."""
    try:
        check(submission)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the sweep resumes the check
    except Exception:
        logger.exception("checking submission %s failed", submission.pk)
        message = "Checking stopped on a fault of ours. Upload the file again; if it fails again, tell us."
        _refuse_for("platform_fault", submission, message)


def _refuse_for(code: str, submission: Submission, message: str) -> None:
    problem = {"line": None, "key": None, "code": code, "message": message}
    _refuse(submission, {"problems": [problem], "counts": {code: 1}})


def _refuse(submission: Submission, findings: dict[str, object]) -> None:
    """Keep the verdict, the hash and the name; the bytes of a refused file are let go."""
    stored, storage = str(submission.file.name or ""), submission.file.storage
    refused = Submission.objects.filter(pk=submission.pk, verdict=Submission.Verdict.CHECKING).update(
        verdict=Submission.Verdict.REFUSED, findings=findings, checked_at=timezone.now(), file=""
    )
    if refused and stored:
        storage.delete(stored)
    counts = findings.get("counts")
    codes = ", ".join(counts) if isinstance(counts, dict) else ""
    logger.info("submission %s was refused: %s", submission.pk, codes)
    submission.refresh_from_db()


@transaction.atomic
def _accept(submission: Submission, findings: dict[str, object]) -> None:
    locked = _locked(submission)
    if locked.verdict == Submission.Verdict.CHECKING:
        admission.spend_quota(locked.submitter, locked.version)
        locked.system = admission.own_system(locked.submitter, locked.system_name, locked.kind)
        locked.verdict, locked.findings, locked.checked_at = (
            Submission.Verdict.ACCEPTED,
            findings,
            timezone.now(),
        )
        locked.save(update_fields=["system", "verdict", "findings", "checked_at"])
        items = locked.version.item_count
        run = Run.objects.create(submission=locked, total=items, queued_at=timezone.now())
        Chunk.objects.create(run=run, kind=Chunk.Kind.INGEST, first_position=0, item_count=items)
        nudges.scoring_on_commit()
        logger.info("submission %s was accepted, its run is %s", submission.pk, run.pk)
    submission.refresh_from_db()
