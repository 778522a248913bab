"""What becomes of chunks when a worker, a model or the database fails in the middle of them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from evaluation.domain.asking import Failure, Solved
from evaluation.models import Answer, Chunk, LogLine, Run, Submission, Worker
from evaluation.services import answering, preflight, recipes, work
from evaluation.services.answering import Kept
from tests.workers.endpoint import faulty_server
from tests.workers.endpoint.faulty_server import FaultyServer, Heard, sends
from workers import serving, tasks, warm
from workers.abilities import abilities
from workers.backends.endpoint import limits

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = sends({"error": {"message": "The key was taken back."}}, 401)


@pytest.fixture(autouse=True)
def _no_model_stays_warm() -> Iterator[None]:
    yield
    warm.drop()


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    settings.ENDPOINT_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(limits, "BACKOFF_SECONDS", 0.001)
    yield from faulty_server.running()


def flown(person: Any, version: Any, backend: str = "baseline", **wanted: Any) -> Run:
    """The run of a model whose pre-flight was passed."""
    asked_for = recipes.Wanted(backend, "tiny" if backend == "openai_api" else "constant", **wanted)
    submission, _ = recipes.submit(person, version, "M", asked_for)
    recipe = preflight.claim("worker/flight", abilities(), submission)
    assert recipe is not None
    serving.flight.fly(recipe, "worker/flight")
    run = Run.objects.filter(submission=submission).first()
    assert run is not None, Submission.objects.get(pk=submission.pk).findings
    return run


def taken(worker: str = "worker/1") -> Chunk:
    chunk = answering.claim(worker, abilities())
    assert chunk is not None
    return chunk


def kept_of(chunk: Chunk, number: int | None = None) -> list[Kept]:
    count = chunk.item_count if number is None else number
    return [Kept(chunk.first_position + n, Solved("A"), "A") for n in range(count)]


def fall_silent(chunk: Chunk) -> None:
    Chunk.objects.filter(pk=chunk.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_run_whose_other_chunks_end_well_does_not_wait_for_what_is_held_back(lab: Any, tiny: Any) -> None:
    run = flown(lab, tiny)
    failing, good = taken(), taken()
    too_long = Failure("too_long", "It does not fit.")
    answering.keep(failing, "worker/1", kept_of(failing)[1:])
    answering.finish(failing, "worker/1", [(failing.first_position, too_long)])
    run.refresh_from_db()
    assert run.state == "running"

    answering.keep(good, "worker/1", kept_of(good))
    answering.finish(good, "worker/1", [])

    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "items_failed")
    assert "1 of 8 items" in run.failure


def test_a_worker_that_lost_a_chunk_and_took_it_anew_holds_it_by_the_new_claim_alone(
    lab: Any, tiny: Any
) -> None:
    run = flown(lab, tiny, task_slugs=["verdict"])
    first = taken()
    fall_silent(first)
    second = taken()
    assert (second.pk, second.worker) == (first.pk, first.worker)

    assert not answering.keep(first, "worker/1", kept_of(first))
    answering.finish(first, "worker/1", [])
    assert answering.keep(second, "worker/1", kept_of(second))

    run.refresh_from_db()
    assert (run.state, run.answered, Answer.objects.count()) == ("running", 3, 3)


def test_a_chunk_on_which_workers_are_restarted_fails_only_when_none_brings_an_answer(
    lab: Any, tiny: Any
) -> None:
    run = flown(lab, tiny, task_slugs=["choice"])
    for number in range(3):
        chunk = taken()
        assert answering.keep(chunk, "worker/1", [kept_of(chunk)[number]])
        fall_silent(chunk)
    for _ in range(work.MOST_ATTEMPTS):
        fall_silent(taken())
    run.refresh_from_db()
    assert run.state == "running"

    assert answering.claim("worker/1", abilities()) is None

    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "worker_lost")


def only_for(told: str, otherwise: Any) -> Callable[[Heard, Any], Any]:
    """Answers prompts in which `told` stands, and behaves otherwise to all others."""

    async def behave(heard: Heard, writer: Any) -> None:
        fine = told in heard.body.decode()
        await (sends(faulty_server.completion("A")) if fine else otherwise)(heard, writer)

    return behave


def test_a_failure_in_a_later_chunk_of_a_turn_ends_the_run_with_its_own_cause(
    lab: Any, tiny: Any, server: FaultyServer
) -> None:
    run = flown(lab, tiny, "openai_api", base_url=server.url, options={"concurrency": 1})
    server.otherwise = only_for("Which is", REFUSED)  # the first task goes well, the key is refused after it

    serving.turn("worker/1")

    run.refresh_from_db()
    assert (run.state, run.failure_code) == ("failed", "key_refused")
    assert "The key was taken back" in run.failure
    assert run.answered == Answer.objects.filter(run=run).count() == 5


def test_what_a_model_said_before_it_failed_is_kept(lab: Any, tiny: Any, server: FaultyServer) -> None:
    run = flown(
        lab, tiny, "openai_api", base_url=server.url, options={"concurrency": 1}, task_slugs=["choice"]
    )
    server.otherwise = only_for("Which is 0", REFUSED)

    serving.turn("worker/1")

    run.refresh_from_db()
    assert (run.state, run.answered, Answer.objects.count()) == ("failed", 1, 1)


def test_an_endpoint_that_is_away_is_asked_again_a_lease_later_and_the_log_says_so(
    lab: Any, tiny: Any, server: FaultyServer
) -> None:
    run = flown(lab, tiny, "openai_api", base_url=server.url, options={"attempts": 1, "concurrency": 1})
    server.otherwise = sends({}, 503)
    tries = 0
    while tries < 20 and Run.objects.get(pk=run.pk).state in Run.ACTIVE:
        tries += 1
        serving.turn("worker/1")
        put_off = Chunk.objects.filter(run=run, state="leased", worker="", lease_until__gt=timezone.now())
        assert put_off.exists() or Run.objects.get(pk=run.pk).state == "failed"
        put_off.update(lease_until=timezone.now() - timedelta(seconds=1))

    run.refresh_from_db()
    assert run.state == "failed"
    assert "503" in run.failure
    assert tries == answering.MOST_TRIES
    said = LogLine.objects.filter(submission=run.submission_id, text__contains="tried again in a moment")
    assert said.exists()


def test_what_a_task_held_that_died_with_the_database_is_done_by_the_next_one_of_its_process(
    lab: Any, tiny: Any
) -> None:
    run = flown(lab, tiny)
    taken(tasks.worker_name())

    tasks.serve_models()

    run.refresh_from_db()
    assert run.answered == run.total


def test_a_worker_of_this_machine_that_is_gone_is_shown_no_more(db: None) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    uncollected = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert uncollected.stdout is not None
    uncollected.stdout.read()  # it has ended, and nobody has asked how
    here = socket.gethostname()
    elsewhere = f"models@elsewhere/{ended.pid}"
    for name in (f"models@{here}/{ended.pid}", f"models@{here}/{uncollected.pid}", elsewhere):
        work.seen(name)
    work.seen(tasks.worker_name())

    tasks.free_what_the_dead_hold()

    assert set(Worker.objects.values_list("name", flat=True)) == {elsewhere, tasks.worker_name()}
    uncollected.wait()
