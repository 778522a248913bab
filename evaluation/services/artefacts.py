"""What is kept of a model's run besides its score: its answers as Parquet, its log, its manifest.

Scores and boards never wait for it. A store that is full or away is told and tried again, later each time;
whoever tries holds the run by a lease, and every try writes under names of its own, so that a killed or an
overtaken one leaves no row that points to nothing. The file of somebody who handed one in is kept already.
"""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import IO, Any, BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from evaluation.domain import answers_table, receipts
from evaluation.domain.answers_table import AnswerRow
from evaluation.domain.benchmarks import CONSULTING
from evaluation.models import Artefact, Keeping, LogLine, Run
from evaluation.services import leases
from evaluation.services.stores import why_not

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)  # of a try, renewed with every page of answers and every file
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)  # between tries, doubled each time
PAGE = 1000  # positions read at a time

# Of a private item's record what the answers page shows, what the receipt says anyway, and the model's own
# words; not the rest: a simulated patient's facts or a judge's criteria may stand there.
PRIVATE_RECORD = [
    "prompt_sha256", "template_sha256", "mode", "mode_sha256", "shots", "shots_left_out", "cut", "samples",
    "votes", "final",
]  # fmt: skip

_PAGE = """
SELECT item.key, task.slug, item.split,
       CASE WHEN item.split = 'private' AND task.family = ANY(%(consulting)s) THEN '' ELSE answer.output END,
       answer.parsed::text, answer.finish,
       answer.tokens_in, answer.tokens_out, answer.latency_ms, answer.attempt,
       answer.record ->> 'prompt_sha256',
       CASE WHEN item.split = 'public' THEN answer.record ELSE (
           SELECT jsonb_object_agg(part.key, part.value) FROM jsonb_each(answer.record) part
           WHERE part.key = ANY(%(seen)s)) END::text
FROM evaluation_answer answer
JOIN evaluation_item item ON item.version_id = %(version)s AND item.position = answer.position
JOIN evaluation_task task ON task.id = item.task_id
WHERE answer.run_id = %(run)s AND answer.position >= %(first)s AND answer.position < %(end)s
  AND item.position >= %(first)s AND item.position < %(end)s
ORDER BY answer.position
"""


class OvertakenError(Exception):
    """Another process has taken over."""


def waiting() -> QuerySet[Run]:
    """Scored runs of models whose artefacts are not all kept, and that nobody is at or waits with."""
    scored = Run.objects.filter(
        state=Run.State.SCORED, receipts__scoring=F("scoring"), submission__recipe__isnull=False
    )
    due = Q(keeping__isnull=True) | Q(keeping__next_at__lte=Now())
    return scored.filter(due).exclude(artefacts__kind=Artefact.Kind.MANIFEST)  # the last to be written


def keep_next() -> bool:
    """Keep what is due of one run; False when nothing is."""
    for run in waiting().select_related("submission__version").order_by("finished_at")[:20]:
        if (held := _claim(run)) is not None:
            _try(run, held)
            return True
    return False


def _claim(run: Run) -> Keeping | None:
    now = leases.now()
    Keeping.objects.bulk_create([Keeping(run=run, next_at=now)], ignore_conflicts=True)
    ours = Keeping.objects.filter(run=run, next_at__lte=now)
    with transaction.atomic():
        if not ours.update(next_at=now + LEASE, tries=F("tries") + 1):
            return None
        return Keeping.objects.get(run=run)


def _try(run: Run, held: Keeping) -> None:
    """Write what is missing; a failure is noted with the time of the next try."""
    try:
        _keep(run, held)
        Keeping.objects.filter(run=run, tries=held.tries).delete()
    except OvertakenError:
        logger.info("the artefacts of run %s are kept by another process", run.pk)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out, and it is tried again
    except Exception as error:
        told = why_not(error)
        logger.warning("the artefacts of run %s are kept later: %s", run.pk, told, exc_info=error)
        wait = min(FIRST_WAIT * 2 ** min(held.tries - 1, 20), LONGEST_WAIT)
        Keeping.objects.filter(run=run, tries=held.tries).update(told=told[:300], next_at=Now() + wait)


def _keep(run: Run, held: Keeping) -> None:
    kept = {artefact.kind: str(artefact.file.name) for artefact in run.artefacts.all()}
    folder = f"runs/{run.submission_id}"
    _clear(folder, {name.rpartition("/")[2] for name in kept.values()})
    for kind, (suffix, write) in _WRITERS.items():
        if kind not in kept:
            with tempfile.TemporaryFile() as written:
                write(run, held, cast(BinaryIO, written))
                _store(run, held, kind, f"{folder}/{kind}-{held.tries}.{suffix}", written)


def _clear(folder: str, kept: set[str]) -> None:
    """Let go of what a killed try left in a run's folder."""
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in set(names) - kept:
        default_storage.delete(f"{folder}/{name}")


def _store(run: Run, held: Keeping, kind: str, name: str, written: IO[bytes]) -> None:
    _renew(held)
    written.seek(0)
    sha256 = hashlib.file_digest(cast(io.BufferedRandom, written), "sha256").hexdigest()
    size = written.tell()
    written.seek(0)
    try:
        stored = default_storage.save(name, File(written))
        with transaction.atomic():
            _renew(held)  # whoever took over has cleared this file away, or waits for us here
            Artefact.objects.create(
                run=run, kind=kind, file=stored, sha256=sha256, size=size, created_at=timezone.now()
            )
    except BaseException:
        _delete_quietly(name)  # half a file is no file, and on a full disk it is in the way
        raise


def _delete_quietly(name: str) -> None:
    try:
        default_storage.delete(name)
    except Exception as error:
        logger.warning("%s stays in the store until the next try: %s", name, error)


def _renew(held: Keeping) -> None:
    still = Keeping.objects.filter(run=held.run_id, tries=held.tries)
    if not still.update(next_at=Now() + LEASE):
        raise OvertakenError


def _write_answers(run: Run, held: Keeping, target: BinaryIO) -> None:
    answers_table.write(_pages(run, held), target)


def _pages(run: Run, held: Keeping) -> Iterator[list[AnswerRow]]:
    """A stretch of positions a query, and no transaction between: it may take minutes."""
    version = run.submission.version
    values: dict[str, Any] = {
        "run": run.pk,
        "version": version.pk,
        "seen": PRIVATE_RECORD,
        "consulting": list(CONSULTING),
    }
    for first in range(0, version.item_count, PAGE):
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, {**values, "first": first, "end": first + PAGE})
            rows = cursor.fetchall()
        _renew(held)
        if rows:
            yield [AnswerRow(*row) for row in rows]


def _write_log(run: Run, held: Keeping, target: BinaryIO) -> None:
    lines = LogLine.objects.filter(submission=run.submission_id)
    for line in lines.iterator(chunk_size=2000):
        target.write(f"{line.at:%Y-%m-%d %H:%M:%S} {line.worker} {line.text}\n".encode())


def _write_manifest(run: Run, held: Keeping, target: BinaryIO) -> None:
    target.write(receipts.canonical(run.receipts.latest("scoring").manifest))


Writer = Callable[[Run, Keeping, BinaryIO], None]

_WRITERS: dict[str, tuple[str, Writer]] = {
    Artefact.Kind.ANSWERS.value: ("parquet", _write_answers),
    Artefact.Kind.LOG.value: ("txt", _write_log),
    Artefact.Kind.MANIFEST.value: ("json", _write_manifest),  # last: with it a run's artefacts are complete
}
