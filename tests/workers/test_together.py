"""Chunks answered together are kept, ended and given back each for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from evaluation.domain.asking import Engine, Reply, Request, Turn
from evaluation.models import Answer, Chunk, Run, Submission
from evaluation.services import answering, preflight, recipes
from workers import flight, serving, together, warm
from workers.abilities import abilities
from workers.backends.protocol import ServingError

pytestmark = pytest.mark.django_db(transaction=True)
WORKER, FAST = "worker/1", 1e6


@pytest.fixture(autouse=True)
def _no_model_stays_warm() -> Any:
    yield
    warm.drop()


@pytest.fixture
def run(lab: Any, tiny: Any) -> Run:
    """A run of two chunks: five choices and three verdicts."""
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant"))
    recipe = preflight.claim(WORKER, abilities())
    assert recipe is not None
    flight.fly(recipe, WORKER)
    return Run.objects.get(submission=Submission.objects.get(pk=submission.pk))


class Listening:
    """A model that answers everything alike, after what a test lets happen at one of the requests."""

    parallel = 1

    def __init__(self, at: int = -1, happens: Any = None) -> None:
        self.at, self.happens, self.asked = at, happens, [0]

    def about(self) -> Engine:
        return Engine("baseline", "listening", "", {}, "no model")

    def count_tokens(self, turns: Sequence[Turn]) -> int:
        return 1

    def replies(self, requests: Sequence[Request], stop: threading.Event) -> Iterator[Reply]:
        self.asked.append(len(requests))
        for number, request in enumerate(requests):
            if number == self.at:
                self.happens()
            if stop.is_set():
                return
            yield Reply(request.key, "A", tokens_out=1)

    def close(self) -> None: ...


def claimed(run: Run, rate: float = FAST) -> list[Chunk]:
    return serving._claimed(WORKER, abilities(), run, rate)


def test_a_quick_model_is_asked_several_chunks_at_once_and_each_is_done(run: Run) -> None:
    chunks = claimed(run)
    assert [chunk.item_count for chunk in chunks] == [5, 3]
    model = Listening()
    together.answer(chunks, {"system": model}, WORKER, threading.Event())
    assert model.asked == [0, 8]
    assert sorted(Answer.objects.filter(run=run).values_list("position", flat=True)) == list(range(8))
    done = Chunk.objects.filter(run=run, kind=Chunk.Kind.ANSWER).values_list("state", flat=True)
    assert set(done) == {Chunk.State.DONE.value}
    assert Chunk.objects.filter(run=run, kind=Chunk.Kind.SCORE).count() == 2
    assert Run.objects.get(pk=run.pk).answered == 8


def test_a_slow_model_is_asked_one_chunk_at_a_time(run: Run) -> None:
    assert len(claimed(run, rate=0.0)) == 1


def test_a_chunk_that_was_tried_before_is_asked_alone(run: Run) -> None:
    second = Chunk.objects.filter(run=run, kind=Chunk.Kind.ANSWER).order_by("first_position").last()
    assert second is not None
    Chunk.objects.filter(pk=second.pk).update(attempts=1)
    first = claimed(run)
    assert len(first) == 1 and first[0].pk != second.pk
    assert [chunk.pk for chunk in claimed(run)] == [second.pk]


def test_who_lost_one_lease_goes_on_with_the_other(run: Run, settings: Any) -> None:
    settings.KEEP_SECONDS = -1  # after every answer
    chunks = claimed(run)

    def takes_the_first() -> None:
        past = timezone.now() - timedelta(seconds=1)
        Chunk.objects.filter(pk=chunks[0].pk).update(lease_until=past)
        taken = answering.claim("worker/2", abilities(), run)
        assert taken is not None and taken.pk == chunks[0].pk

    together.answer(chunks, {"system": Listening(2, takes_the_first)}, WORKER, threading.Event())
    kept = Answer.objects.filter(run=run)
    assert kept.filter(position__lt=5).count() == 2, "what the lease was there for"
    assert kept.filter(position__gte=5).count() == 3
    states = [Chunk.objects.get(pk=chunk.pk).state for chunk in chunks]
    assert states == [Chunk.State.LEASED, Chunk.State.DONE]


def test_what_is_stopped_is_given_back_and_what_was_done_stays_done(run: Run, settings: Any) -> None:
    settings.KEEP_SECONDS = -1
    stop = threading.Event()
    chunks = claimed(run)
    together.answer(chunks, {"system": Listening(6, stop.set)}, WORKER, stop)
    states = [Chunk.objects.get(pk=chunk.pk) for chunk in chunks]
    assert [(chunk.state, chunk.attempts) for chunk in states] == [("done", 1), ("free", 0)]
    assert Answer.objects.filter(run=run).count() == 6


def test_what_a_model_said_before_it_failed_is_kept_of_every_chunk(run: Run) -> None:
    def fails() -> None:
        raise ServingError("engine_failed", "It failed.")

    chunks, stop = claimed(run), threading.Event()
    serving._answer(chunks, {"system": Listening(6, fails)}, WORKER, stop)
    assert stop.is_set()
    assert Answer.objects.filter(run=run).count() == 6
    found = Run.objects.get(pk=run.pk)
    assert (found.state, found.failure_code, found.answered) == ("failed", "engine_failed", 6)
    other = Chunk.objects.get(pk=chunks[1].pk)
    assert (other.state, other.attempts) == ("free", 0)


@pytest.mark.parametrize("parallel", [1, 2])
def test_one_batch_at_a_time_is_asked_for_in_the_thread_that_loaded_the_model(
    run: Run, parallel: int
) -> None:
    """With more than one at a time every part has a thread of its own."""
    asked_in: list[int] = []
    model = Listening(0, lambda: asked_in.append(threading.get_ident()))
    model.parallel = parallel
    first = answering.claim(WORKER, abilities(), run)
    assert first is not None
    serving._serve_run(first, {"system": model}, WORKER, threading.Event())
    assert len(asked_in) == 2 and Run.objects.get(pk=run.pk).answered == 8
    assert {each == threading.get_ident() for each in asked_in} == {parallel == 1}
