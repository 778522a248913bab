"""Handing in predictions: keep the bytes, give a verdict, queue what was accepted."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import timedelta
from typing import BinaryIO, cast

from celery import current_app
from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import Role, User
from evaluation.domain import predictions
from evaluation.models import BenchmarkVersion, Chunk, Run, Submission, System
from evaluation.selectors import benchmarks

READ_BYTES = 1 << 20


class RefusedError(Exception):
    """The request cannot be taken, whatever the file holds; `field`, `code` and the text say why."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message

    def as_problem(self) -> dict[str, object]:
        return {"line": None, "key": self.field, "code": self.code, "message": self.message}


def submit(
    submitter: User,
    version: BenchmarkVersion,
    system_name: str,
    mode: str,
    file_name: str,
    file: File[bytes],
    kind: str = System.Kind.MODEL,
) -> tuple[Submission, bool]:
    """Take a predictions file and check it at once: (submission, whether this file is new here).

    The same file for the same system, benchmark version and mode is the same submission.
    Raises RefusedError where the person may not submit it.
    """
    _refuse_stranger(submitter, system_name)
    _refuse_beyond_quota(submitter, version)
    sha256 = _sha256(file)
    submission = _same_file(submitter, version, system_name, mode, sha256)
    is_new = submission is None
    if submission is None:
        submission = Submission(
            submitter=submitter,
            version=version,
            system_name=system_name,
            mode=mode,
            sha256=sha256,
            file_name=file_name[-200:],
            size=file.size,
        )
    if submission.verdict != Submission.Verdict.REFUSED and not is_new:
        return submission, False
    try:
        _keep(submission, file)
    except IntegrityError:  # the same file arrived twice at the same moment
        twin = _same_file(submitter, version, system_name, mode, sha256)
        if twin is None:
            raise
        return twin, False
    check(submission, kind)
    return submission, is_new


def check(submission: Submission, kind: str = System.Kind.MODEL) -> None:
    """Read the kept file and accept or refuse it. Safe to repeat: an accepted one is left alone."""
    version = submission.version
    with open_file(submission) as stream:
        verdict = predictions.check(
            stream,
            benchmarks.item_index(version.pk),
            version=version.label,
            known_versions=benchmarks.keys_of_other_versions(version),
        )
    findings = verdict.as_dict()
    if verdict.ok:
        try:
            _accept(submission, findings, kind)
        except RefusedError as refusal:
            _refuse(submission, {**findings, "problems": [refusal.as_problem()], "counts": {refusal.code: 1}})
    else:
        _refuse(submission, findings)


def resume_check(submission: Submission) -> None:
    """Finish a check that was cut off with its web process; without the bytes, say what to do."""
    if submission.file and submission.file.storage.exists(str(submission.file.name)):
        check(submission)
    else:
        message = "The upload was interrupted before the file was kept. Upload it again."
        problem = {"line": None, "key": None, "code": "interrupted", "message": message}
        _refuse(submission, {"problems": [problem], "counts": {"interrupted": 1}})


def cancel(submission: Submission) -> bool:
    """Stop a queued or running run; False when there is nothing left to stop."""
    return bool(
        Run.objects.filter(submission=submission, state__in=Run.ACTIVE).update(
            state=Run.State.CANCELLED, finished_at=timezone.now()
        )
    )


@transaction.atomic
def retry(submission: Submission) -> bool:
    """Queue a failed or cancelled run again, keeping every chunk that was finished."""
    run = (
        Run.objects.select_for_update()
        .filter(submission=submission, state__in=[Run.State.FAILED, Run.State.CANCELLED])
        .first()
    )
    if run is None:
        return False
    run.chunks.exclude(state=Chunk.State.DONE).update(
        state=Chunk.State.FREE, worker="", lease_until=None, attempts=0
    )
    run.state, run.attempt, run.failure, run.failure_code = Run.State.QUEUED, run.attempt + 1, "", ""
    run.queued_at, run.started_at, run.finished_at = timezone.now(), None, None
    run.save()
    nudge_on_commit()
    return True


def abandoned_checks(older_than: timedelta = timedelta(minutes=10)) -> list[Submission]:
    """Submissions whose check was cut off with the web process that did it."""
    return list(
        Submission.objects.select_related("version__benchmark").filter(
            verdict=Submission.Verdict.CHECKING, created_at__lt=timezone.now() - older_than
        )
    )


def nudge_on_commit() -> None:
    """Tell the workers there is work. When the broker is away nothing is lost: the sweep finds it."""
    transaction.on_commit(_nudge)


def _nudge() -> None:
    with suppress(OperationalError, OSError):  # kombu's: the broker is away; the ledger has the work already
        current_app.send_task("workers.serve_queue", retry=False)


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


def _same_file(
    submitter: User, version: BenchmarkVersion, system_name: str, mode: str, sha256: str
) -> Submission | None:
    return (
        Submission.objects.select_related("version__benchmark")
        .filter(
            submitter=submitter, version=version, system_name__iexact=system_name, mode=mode, sha256=sha256
        )
        .first()
    )


def _keep(submission: Submission, file: File[bytes]) -> None:
    submission.verdict, submission.checked_at, submission.findings = Submission.Verdict.CHECKING, None, {}
    submission.file.save(f"{submission.pk}.predictions", file, save=False)
    with transaction.atomic():
        submission.save()


def _refuse(submission: Submission, findings: dict[str, object]) -> None:
    """Keep the verdict, the hash and the name; the bytes of a refused file are let go."""
    stored = submission.file
    submission.verdict, submission.findings, submission.checked_at = (
        Submission.Verdict.REFUSED,
        findings,
        timezone.now(),
    )
    submission.file = ""
    submission.save()
    if stored:
        stored.delete(save=False)


@transaction.atomic
def _accept(submission: Submission, findings: dict[str, object], kind: str) -> None:
    locked = Submission.objects.select_for_update().get(pk=submission.pk)
    if locked.verdict == Submission.Verdict.ACCEPTED:
        submission.refresh_from_db()
        return
    User.objects.select_for_update().get(
        pk=submission.submitter_id
    )  # two uploads cannot share the last of a quota
    _refuse_beyond_quota(submission.submitter, submission.version)
    submission.system = _own_system(submission.submitter, submission.system_name, kind)
    submission.verdict, submission.findings, submission.checked_at = (
        Submission.Verdict.ACCEPTED,
        findings,
        timezone.now(),
    )
    submission.save()
    items = submission.version.item_count
    run = Run.objects.create(submission=submission, total=items, queued_at=timezone.now())
    Chunk.objects.create(run=run, kind=Chunk.Kind.INGEST, first_position=0, item_count=items)
    nudge_on_commit()


def _own_system(owner: User, name: str, kind: str) -> System:
    System.objects.bulk_create([System(name=name, owner=owner, kind=kind)], ignore_conflicts=True)
    system = System.objects.get(name__iexact=name)
    if system.owner_id != owner.pk:
        raise _taken(name)
    return system


def _refuse_stranger(submitter: User, system_name: str) -> None:
    if not submitter.has_role(Role.SUBMITTER):
        raise RefusedError(
            "submitter", "not_a_submitter", "Your account may not submit; ask an administrator."
        )
    if System.objects.filter(name__iexact=system_name).exclude(owner=submitter).exists():
        raise _taken(system_name)


def _taken(name: str) -> RefusedError:
    return RefusedError(
        "system", "name_taken", f"The system name {name!r} belongs to somebody else; choose another."
    )


def _refuse_beyond_quota(submitter: User, version: BenchmarkVersion) -> None:
    """Only runs that were scored or still may be count: a failed or cancelled run costs nothing."""
    spent = Run.objects.filter(
        Q(state=Run.State.SCORED) | Q(state__in=Run.ACTIVE),
        submission__submitter=submitter,
        submission__version__benchmark=version.benchmark_id,
        queued_at__gte=timezone.now() - timedelta(days=1),
    ).count()
    if spent >= settings.SUBMISSIONS_PER_DAY:
        raise RefusedError(
            "quota",
            "quota_spent",
            f"{spent} runs in 24 hours is the limit on one benchmark; failed and cancelled do not count.",
        )
