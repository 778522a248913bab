"""A worker's turn at the queue of models: pre-flights first, then chunks, with the model kept warm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from evaluation.domain.queue import Abilities
from evaluation.models import Chunk, Run
from evaluation.services import answering, journal, nudges, preflight, recipes, work
from evaluation.services.sealed_keys import LostSecretError
from workers import flight, together, warm
from workers.abilities import abilities
from workers.backends.protocol import Backend, ServingError
from workers.watching import while_wanted
from workers.work_trail import of_chunk

logger = logging.getLogger(__name__)

Backends = Mapping[str, Backend]  # by part: the system, and who plays the patient or judges

MOST_TOGETHER, TOGETHER_SECONDS = 4, 10.0  # chunks asked together, and how long they may take
PASSING = frozenset({"server_died", "unreachable", "timeout"})  # another try may well succeed


def turn(worker: str) -> bool:
    """Serve a pre-flight and a run by turns, for a while; whether anything may be left to serve."""
    able, ends = abilities(), time.monotonic() + settings.MODEL_TURN_SECONDS
    while True:
        recipe = preflight.claim(worker, able)
        if recipe is not None:
            flight.fly(recipe, worker)
        chunk = answering.claim(worker, able)
        if chunk is not None:
            serve(chunk, worker)
        if recipe is None and chunk is None:
            return False
        if time.monotonic() > ends:
            return True


def serve_one(run: Run, worker: str) -> bool:
    """Serve one turn of this run; False when nothing of it is left to claim."""
    chunk = answering.claim(worker, abilities(), run)
    if chunk is not None:
        serve(chunk, worker)
    return chunk is not None


def score_one(run: Run, worker: str) -> bool:
    """Score one chunk of this run; False when none is there to claim."""
    chunk = work.claim(worker, run)
    if chunk is not None:
        work.do(chunk, worker)
    return chunk is not None


def serve(chunk: Chunk, worker: str) -> None:
    """Answer chunk after chunk of one run until its turn is over, or a pre-flight waits."""
    recipe = chunk.run.submission.recipe
    with told(chunk, worker), watched(chunk.run) as stop:
        backends = warm.cast(recipes.parts_of(recipe), journal.writer(recipe.pk, worker))
        recipes.note_engines(recipe, {part: each.about() for part, each in backends.items()})
        _serve_run(chunk, backends, worker, stop)


@contextmanager
def told(chunk: Chunk, worker: str) -> Iterator[None]:
    """What goes wrong with a chunk ends its run in words, or puts it off where that may pass."""
    with of_chunk(chunk, worker), _told(chunk, worker):
        yield


@contextmanager
def _told(chunk: Chunk, worker: str) -> Iterator[None]:
    try:
        yield
    except ServingError as error:
        _could_not_serve(chunk, worker, error)
    except recipes.ChangedError as changed:
        work.fail(chunk, worker, "model_changed", str(changed))
    except LostSecretError as lost:
        work.fail(chunk, worker, "key_lost", str(lost))
    except (OperationalError, InterfaceError):
        raise  # the database is away: the leases run out, and what was kept stays kept
    except Exception as error:
        logger.exception("answering chunk %s of run %s failed", chunk.pk, chunk.run_id)
        work.fail(chunk, worker, "platform_fault", _fault_text(error))


def _serve_run(first: Chunk, backends: Backends, worker: str, stop: threading.Event) -> None:
    ends = time.monotonic() + settings.MODEL_TURN_SECONDS
    parallel = min(backend.parallel for backend in backends.values())
    if parallel == 1:
        _one_by_one(first, backends, worker, stop, ends)
    else:
        _side_by_side(parallel, first, backends, worker, stop, ends)


def _one_by_one(first: Chunk, backends: Backends, worker: str, stop: threading.Event, ends: float) -> None:
    """In the very thread that loaded the model: OpenMP keeps helpers for each thread that ever computed, and
    with more of them than cores it lets them sleep between steps, which doubles the time of each."""
    able, chunks = abilities(), [first]
    while chunks:
        rate = _answer(chunks, backends, worker, stop)
        chunks = _claimed(worker, able, first.run, rate) if _goes_on(ends, stop, able) else []


def _side_by_side(
    parallel: int, first: Chunk, backends: Backends, worker: str, stop: threading.Event, ends: float
) -> None:
    able = abilities()
    with ThreadPoolExecutor(parallel, thread_name_prefix="chunk") as pool:
        futures: set[Future[float]] = {pool.submit(_answer_apart, [first], backends, worker, stop)}
        rate = 0.0
        try:
            while True:
                while len(futures) < parallel and _goes_on(ends, stop, able):
                    following = _claimed(worker, able, first.run, rate)
                    if not following:
                        break
                    futures.add(pool.submit(_answer_apart, following, backends, worker, stop))
                if not futures:
                    return
                done, futures = wait(futures, return_when=FIRST_COMPLETED)
                rate = min(each.result() for each in done)
        except BaseException:
            stop.set()
            raise


def _goes_on(ends: float, stop: threading.Event, able: Abilities) -> bool:
    return not stop.is_set() and time.monotonic() < ends and not preflight.there_is_any(able)


def _answer(chunks: Sequence[Chunk], backends: Backends, worker: str, stop: threading.Event) -> float:
    """Answer them; items a second."""
    went_well, begun = False, time.monotonic()
    try:
        with told(chunks[0], worker):
            together.answer(chunks, backends, worker, stop)
            went_well = True
        if not went_well:
            for chunk in chunks[1:]:
                answering.release(chunk, worker)
    finally:
        if not went_well:
            stop.set()  # the other chunks of this run stop too, and are given back
    return sum(chunk.item_count for chunk in chunks) / max(time.monotonic() - begun, 0.001)


def _answer_apart(chunks: Sequence[Chunk], backends: Backends, worker: str, stop: threading.Event) -> float:
    """The same in a thread of its own, which has its own connection."""
    try:
        return _answer(chunks, backends, worker, stop)
    finally:
        connection.close()


def _claimed(worker: str, able: Abilities, run: Run, rate: float) -> list[Chunk]:
    """The next chunk of a run, with as many more as are answered in a few seconds at `rate` items a second.

    One that was tried before stays alone: should it end its worker again, the others are not to blame.
    """
    first = answering.claim(worker, able, run)
    if first is None:
        return []
    chunks = [first]
    most = min(MOST_TOGETHER, int(rate * TOGETHER_SECONDS / first.item_count))
    while first.attempts == 1 and len(chunks) < most:
        following = answering.claim(worker, able, run, untried=True)
        if following is None:
            break
        chunks.append(following)
    return chunks


def _could_not_serve(chunk: Chunk, worker: str, error: ServingError) -> None:
    """A model that cannot be served ends its run in words; what may pass is tried again a lease later."""
    logger.warning("run %s: %s: %s", chunk.run_id, error.code, error)
    if error.code in PASSING and answering.tries_in_vain(chunk) < answering.MOST_TRIES:
        journal.write(chunk.run.submission_id, worker, f"{error} It is tried again in a moment.")
        answering.give_back_after_fault(chunk, worker)
    else:
        work.fail(chunk, worker, error.code, f"{error} What was answered is kept: Retry asks only the rest.")


def _fault_text(error: Exception) -> str:
    return (
        f"Answering stopped on a fault of the platform ({type(error).__name__}). It costs nothing, and what "
        "was answered is kept. Press Retry; if it fails again, send this page's address to an administrator."
    )


def watched(run: Run) -> AbstractContextManager[threading.Event]:
    """An event that is set within seconds of the run being cancelled, or of its turn being over for somebody
    else's: what was answered of a chunk is kept, and the rest is asked in the next turn."""
    ends = time.monotonic() + settings.MODEL_TURN_SECONDS

    def goes_on() -> bool:
        is_over = time.monotonic() > ends and _somebody_else_waits(run)
        return not is_over and answering.still_wanted(run.pk)

    return while_wanted(goes_on, f"run {run.pk}")


def _somebody_else_waits(run: Run) -> bool:
    able = abilities()
    return preflight.there_is_any(able) or answering.others_wait(able, run)


def nudge_what_waits() -> None:
    """For the sweep: tell the workers of every queue in which anything waits."""
    for queue in answering.waiting_queues() | preflight.waiting_queues():
        nudges.models_now(queue)
