"""Every task of the queue. A message is only a nudge: the ledger says what there is to do."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import psutil
from celery import current_task, shared_task  # noqa: TID251 - this is the one file that may
from celery.signals import worker_ready
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from evaluation.models import Chunk
from evaluation.services import artefacts, leases, nudges, preflight, receipts, submissions, work
from leaderboard.selectors import published
from leaderboard.services import boards, control, study_boards
from raters.models import Study
from raters.services import counting, items_uploads, publication, results
from telemetry import trail
from workers import presence, serving
from workers.abilities import abilities
from workers.work_trail import of_chunk, of_run

logger = logging.getLogger(__name__)

TURN_SECONDS = 30.0


def task(name: str) -> Callable[[Callable[..., None]], Any]:
    """A task acknowledged when it ended: a killed worker's message is delivered again."""
    return shared_task(name=f"workers.{name}", acks_late=True, ignore_result=True)


@task("serve_queue")
def serve_queue() -> None:
    """Do chunk after chunk, publishing each run as it ends, until none is left or the turn is over."""
    worker = worker_name()
    presence.show(worker, lasting=in_worker())
    turn_ends = time.monotonic() + TURN_SECONDS
    with alive(worker):
        while chunk := work.claim(worker):
            if do_chunk(chunk, worker):
                publish_scored()
            if time.monotonic() > turn_ends:  # the sweep must not wait for an endless queue
                nudges.scoring_on_commit()
                return
        publish_scored()
    work.seen(worker)


@task("serve_models")
def serve_models() -> None:
    """Pre-flights and chunks to be answered, until none is left that this worker can do."""
    worker = worker_name()
    presence.show(worker, lasting=in_worker())
    with alive(worker):
        if serving.turn(worker):
            serving.nudge_what_waits()  # others have a turn, and a worker is told to stop between turns
    presence.show(worker, lasting=in_worker())
    work.seen(worker)


@worker_ready.connect
def say_that_we_are_here(**_: Any) -> None:
    """A worker that has just started is seen at once, and takes what waits for it."""
    nudges.scoring_now()
    for queue in abilities().queues:
        nudges.models_now(queue)


@task("sweep")
def sweep() -> None:
    """What a lost message, a killed worker or a cut-off upload left behind is picked up here."""
    presence.show(worker_name(), lasting=in_worker())
    leases.shorten(artefacts.LONGEST_WAIT)
    free_what_the_dead_hold()
    serving.nudge_what_waits()
    work.forget_silent_workers()
    while submission := submissions.claim_abandoned_check():
        submissions.resume_check(submission)
    publish_scored()
    name_those_due()
    look_after_studies()
    if work.there_is_work():
        nudges.scoring_on_commit()


@task("keep_artefacts")
def keep_artefacts() -> None:
    """Keep what scored runs leave behind, one run after the other; what is to be scored comes first."""
    while artefacts.keep_next():
        if work.there_is_work():
            nudges.scoring_now()
            nudges.artefacts_now()
            return


@task("count_ratings")
def count_ratings() -> None:
    """Take new ratings into the agreement of their studies."""
    each_study(counting.uncounted_studies(), counting.count_all_new, "counting the ratings of %s")


@task("take_items_in")
def take_items_in() -> None:
    """Take in the files of items that wait, one after the other."""
    while upload := items_uploads.claim():
        items_uploads.take_in(upload)


@task("publish_study")
def publish_study() -> None:
    """Publish the studies that wait for it, after a second opinion on its agreement, and their boards."""
    each_study(publication.waiting(), publication.publish, "publishing %s")
    each_study(study_boards.waiting(), study_boards.derive, "the board of %s")


def look_after_studies() -> None:
    """Ratings not yet counted, results of locked studies not yet computed, publications asked for, and
    files of items that nobody took in."""
    count_ratings()
    each_study(results.unsettled_studies(), results.settle, "the results of %s")
    publish_study()
    items_uploads.nudge_for_abandoned()


def each_study(studies: Iterable[Study], do: Callable[[Study], object], what: str) -> None:
    """Study by study: one that fails holds up no other, and the next sweep tries it again."""
    for study in studies:
        try:
            do(study)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception(f"{what} failed; the next sweep tries again", study)


def do_chunk(chunk: Chunk, worker: str) -> bool:
    """Do a chunk; whether its run is now scored. A fault of ours ends the run in words."""
    work.seen(worker, f"{chunk.get_kind_display()}: {chunk.run.submission}")
    with of_chunk(chunk, worker):
        return _do_chunk(chunk, worker)


def _do_chunk(chunk: Chunk, worker: str) -> bool:
    logger.info("%s: %s items from %s", chunk.kind, chunk.item_count, chunk.first_position)
    try:
        return work.do(chunk, worker)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing was committed, the lease runs out, the chunk is done again
    except Exception as error:
        logger.exception("chunk %s of run %s failed", chunk.pk, chunk.run_id)
        work.fail(chunk, worker, "platform_fault", _fault_text(error))
        return False


def publish_scored() -> None:
    """Give what was scored its receipt and publish it: a run that cannot be holds up no other."""
    for run in receipts.waiting():
        try:
            with of_run(run):
                receipts.issue(run)
                logger.info("scored, with a receipt")
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("the receipt of run %s failed; the next sweep tries again", run.pk)
    for version, runs in groupby(published.scored_but_unpublished(), key=lambda run: run.submission.version):
        try:
            boards.publish(version, list(runs))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("publishing on %s failed; the next sweep tries again", version)
    if artefacts.waiting().exists():
        nudges.artefacts_now()


def name_those_due() -> None:
    """Show the names of anonymous systems whose day has come."""
    try:
        control.name_those_due()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("naming anonymous systems failed; the next sweep tries again")


def _fault_text(error: Exception) -> str:
    return (
        f"Scoring stopped on a fault of the platform ({type(error).__name__}). It costs you nothing. "
        "Press Retry; if it fails again, send the address of this page to an administrator."
    )


def in_worker() -> bool:
    """Whether this is a process of the queue, not a test or a command that calls a task itself."""
    return bool(current_task and getattr(current_task.request, "hostname", None))


def worker_name() -> str:
    """One name a process, so that the lease of a killed one is renewed by nobody."""
    node = getattr(current_task.request, "hostname", None) if current_task else None
    return f"{node or f'local@{socket.gethostname()}'}/{os.getpid()}"


def free_what_the_dead_hold() -> None:
    """A killed process of this machine is known to be gone: its leases need not run out, and nobody is shown
    a worker that is not there.
    """
    here = f"@{socket.gethostname()}/"
    names = work.lease_holders() | work.shown_workers()
    for name in [name for name in names if here in name and not _lives(name)]:
        logger.warning("%s is gone: what it held is free again", name)
        free_what_is_held_by(name)
        work.forget(name)


def free_what_is_held_by(worker: str) -> None:
    work.free(worker)
    preflight.free(worker)


def _lives(worker: str) -> bool:
    pid = worker.rpartition("/")[2]
    if not pid.isdigit():
        return True
    try:
        return bool(psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def alive(worker: str) -> Iterator[None]:
    """Renew this worker's lease from a thread while it works.

    A process does one task at a time: what it still holds is of a task that died, say with the database, and
    must not be renewed with what this one takes.
    """
    free_what_is_held_by(worker)
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(settings.LEASE_SECONDS / 4):
            try:
                close_old_connections()
                work.renew(worker)
                preflight.renew(worker)
            except Exception as error:  # the database is away: the chunk is then done again by somebody
                logger.warning("heartbeat of %s missed: %s", worker, str(error).splitlines()[:1])
        connection.close()

    thread = threading.Thread(target=trail.carried(beat), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
