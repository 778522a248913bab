"""Chunks to be answered: fair between people, kept as answers come, each item answered once whatever dies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from evaluation.domain.asking import Engine, Failure, Solved
from evaluation.domain.queue import Abilities
from evaluation.models import Answer, Chunk, Miss, Recipe, Run, Submission
from evaluation.selectors import model_runs
from evaluation.services import answering, preflight, recipes, submissions, work
from evaluation.services.admission import RefusedError
from evaluation.services.answering import Kept

pytestmark = pytest.mark.django_db

ABLE = Abilities(("cpu", "io"), ("baseline", "openai_api"), 10**9)
ENGINE = Engine("baseline", "constant", "", {}, "no model")
TOO_LONG = Failure("too_long", "It does not fit: choose a shorter mode.")
SLOW = Failure("timeout", "No answer within a minute.", passing=True)


def asked_for(person: Any, version: Any, system: str, **wanted: Any) -> Submission:
    """A model whose pre-flight was passed."""
    submission, _ = recipes.submit(person, version, system, recipes.Wanted("baseline", "constant", **wanted))
    recipe = preflight.claim("worker/flight", ABLE, submission)
    assert recipe is not None
    assert preflight.accept(recipe, "worker/flight", {"system": ENGINE}, [], []) is not None
    return Submission.objects.get(pk=submission.pk)


def all_of(chunk: Chunk, output: str = "A") -> list[Kept]:
    end = chunk.first_position + chunk.item_count
    return [
        Kept(position, Solved(output, tokens_out=1), output) for position in range(chunk.first_position, end)
    ]


def test_the_same_recipe_is_the_same_submission_and_a_key_does_not_change_it(lab: Any, tiny: Any) -> None:
    wanted = {"backend": "openai_api", "model": "m", "base_url": "https://models.example/v1"}
    first, is_new = recipes.submit(lab, tiny, "M", recipes.Wanted(**wanted, key="one"))
    again, is_new_again = recipes.submit(lab, tiny, "M", recipes.Wanted(**wanted, key="two"))

    assert (is_new, is_new_again) == (True, False)
    assert first.pk == again.pk
    assert b"one" not in bytes(first.recipe.sealed_key)
    assert recipes.spec_of(first.recipe).key == "one"
    assert "one" not in repr(recipes.spec_of(first.recipe))


def test_what_there_is_not_is_refused_with_what_there_is(lab: Any, tiny: Any) -> None:
    with pytest.raises(RefusedError, match="Tasks: choice, verdict"):
        recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant", task_slugs=["surgery"]))
    with pytest.raises(RefusedError, match="no prompt mode 'telepathy'"):
        recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant", mode="telepathy"))
    assert not Submission.objects.exists()


def test_nothing_is_spent_before_the_pre_flight_is_passed(lab: Any, tiny: Any) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "nonsense"))
    recipe = preflight.claim("worker/1", ABLE)
    assert recipe is not None
    assert preflight.claim("worker/2", ABLE) is None  # one worker at a time

    preflight.refuse(recipe, "worker/1", "unknown_baseline", "There is no such baseline.")

    submission.refresh_from_db()
    assert submission.verdict == "refused"
    assert submission.findings["problems"][0]["message"] == "There is no such baseline."
    assert not Run.objects.exists()


def test_a_pre_flight_whose_worker_falls_silent_is_done_again_and_in_the_end_refused(
    lab: Any, tiny: Any
) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant"))
    for attempt in range(preflight.MOST_ATTEMPTS):
        assert preflight.claim(f"worker/{attempt}", ABLE) is not None
        Recipe.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert preflight.claim("worker/last", ABLE) is None

    submission.refresh_from_db()
    assert submission.verdict == "refused"
    assert "more memory" in submission.findings["problems"][0]["message"]


def test_a_cancelled_pre_flight_accepts_nothing_any_more(lab: Any, tiny: Any) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant"))
    recipe = preflight.claim("worker/1", ABLE)
    assert recipe is not None

    assert submissions.cancel(submission)

    assert not preflight.tell(recipe, "worker/1", "loading")
    assert preflight.accept(recipe, "worker/1", {"system": ENGINE}, [], []) is None
    assert not Run.objects.exists()


def test_a_worker_takes_only_what_it_can_do(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    for able in (
        Abilities(("io",), ("baseline",), 10**9),
        Abilities(("cpu",), ("openai_api",), 10**9),
    ):
        assert answering.claim("worker/1", able) is None
    Recipe.objects.filter(pk=submission.pk).update(memory=2 * 10**9)
    assert answering.claim("worker/1", ABLE) is None  # too little memory
    assert model_runs.place_of(submission.run).why.startswith("no worker is running")  # type: ignore[union-attr]


def test_one_run_a_person_at_a_time_and_people_in_turn(lab: Any, rival: Any, tiny: Any) -> None:
    first, second = asked_for(lab, tiny, "A"), asked_for(lab, tiny, "B")
    others = asked_for(rival, tiny, "C")

    served = [answering.claim(f"worker/{n}", ABLE) for n in range(4)]

    # each run has one chunk a task, two in all: lab's first run, then the rival's, by turns; B waits for A
    assert [chunk.run_id for chunk in served if chunk] == [
        first.run.pk, others.run.pk, first.run.pk, others.run.pk,
    ]  # fmt: skip
    place = model_runs.place_of(second.run)
    assert place is not None
    assert (place.position, place.own_before) == (3, 1)
    for chunk in served:
        assert chunk is not None
        answering.keep(chunk, chunk.worker, all_of(chunk))
        answering.finish(chunk, chunk.worker, [])
    following = answering.claim("worker/9", ABLE)
    assert following is not None
    assert following.run_id == second.run.pk


def test_answers_are_kept_as_they_come_and_a_lost_lease_keeps_nothing(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None
    answers = all_of(chunk)
    assert answering.keep(chunk, "worker/1", answers[:2])
    Chunk.objects.filter(pk=chunk.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    again = answering.claim("worker/2", ABLE, submission.run)
    assert again is not None
    assert again.pk == chunk.pk

    assert not answering.keep(chunk, "worker/1", answers[2:])  # the lease is the other's now
    assert answering.keep(again, "worker/2", answers[2:])
    answering.finish(again, "worker/2", [])

    assert Answer.objects.filter(run=submission.run).count() == len(answers)
    assert Run.objects.get(pk=submission.run.pk).answered == len(answers)
    assert Answer.objects.filter(run=submission.run).values_list("attempt", flat=True).distinct().count() == 2


def test_what_cannot_be_stored_is_kept_readable(lab: Any, tiny: Any) -> None:
    asked_for(lab, tiny, "M")
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None
    solved = Solved("a\0b\ud800", record={"samples": ["c\0d"]})

    assert answering.keep(chunk, "worker/1", [Kept(chunk.first_position, solved, None)])

    answer = Answer.objects.get()
    assert answer.output == "a\N{REPLACEMENT CHARACTER}b?"
    assert answer.record == {"samples": ["c\N{REPLACEMENT CHARACTER}d"]}


def test_only_what_failed_is_asked_again(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    misses = []
    while chunk := answering.claim("worker/1", ABLE):
        answers = all_of(chunk)
        answering.keep(chunk, "worker/1", answers[1:])
        misses.append(answers[0].position)
        answering.finish(chunk, "worker/1", [(answers[0].position, TOO_LONG)])

    run = Run.objects.get(pk=submission.run.pk)
    assert (run.state, run.failure_code) == ("failed", "items_failed")
    assert "2 of 8 items could not be answered" in run.failure
    assert TOO_LONG.message.rstrip(".") in run.failure
    assert sorted(Miss.objects.values_list("position", flat=True)) == sorted(misses)

    assert submissions.retry(submission)
    asked = []
    while chunk := answering.claim("worker/2", ABLE):
        (left,) = [kept for kept in all_of(chunk) if kept.position in misses]
        asked.append(left.position)
        answering.keep(chunk, "worker/2", [left])
        answering.finish(chunk, "worker/2", [])

    assert sorted(asked) == sorted(misses)
    assert not Miss.objects.exists()
    assert Chunk.objects.filter(kind="score").count() == 2


def test_a_passing_failure_is_tried_again_a_few_times(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M", task_slugs=["choice"])
    for _ in range(answering.MOST_TRIES):
        assert Run.objects.get(pk=submission.run.pk).state in Run.ACTIVE
        chunk = answering.claim("worker/1", ABLE)
        assert chunk is not None
        answering.finish(chunk, "worker/1", [(chunk.first_position, SLOW)])
        assert answering.claim("worker/1", ABLE) is None  # it is put off, so that it may pass
        Chunk.objects.filter(run=submission.run).update(lease_until=timezone.now() - timedelta(seconds=1))

    run = Run.objects.get(pk=submission.run.pk)
    assert run.state == "failed"
    assert Miss.objects.get().attempts == answering.MOST_TRIES


def test_a_chunk_in_which_all_fails_alike_ends_the_run_at_once(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    refused = Failure("key_refused", "The endpoint refused the key: enter it again.")
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None

    answering.finish(chunk, "worker/1", [(kept.position, refused) for kept in all_of(chunk)])

    run = Run.objects.get(pk=submission.run.pk)
    assert (run.state, run.failure_code) == ("failed", "key_refused")
    assert answering.claim("worker/1", ABLE) is None


def test_a_stopped_chunk_costs_no_attempt_and_the_rest_is_asked_later(lab: Any, tiny: Any) -> None:
    asked_for(lab, tiny, "M", task_slugs=["choice"])
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None
    answering.keep(chunk, "worker/1", all_of(chunk)[:1])

    answering.release(chunk, "worker/1")

    chunk.refresh_from_db()
    assert (chunk.state, chunk.attempts) == ("free", 0)
    assert answering.claim("worker/2", ABLE) is not None


def test_what_a_dead_process_held_is_free_at_once(lab: Any, tiny: Any) -> None:
    asked_for(lab, tiny, "M", task_slugs=["choice"])
    chunk = answering.claim("models@here/1", ABLE)
    assert chunk is not None
    assert work.lease_holders() == {"models@here/1"}

    work.free("models@here/1")

    assert answering.claim("models@here/2", ABLE) is not None
    assert not answering.keep(chunk, "models@here/1", all_of(chunk))


def test_the_first_scored_items_already_say_something(lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    run = submission.run
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None
    answering.keep(chunk, "worker/1", all_of(chunk))
    answering.finish(chunk, "worker/1", [])
    scoring = work.claim("worker/2")
    assert scoring is not None
    work.do(scoring, "worker/2")

    run.refresh_from_db()
    (so_far,) = model_runs.interim(run)

    assert (run.state, so_far.done, so_far.total) == ("running", 2, 2)  # c1 and c3 are the public ones
    assert so_far.estimate.low is not None
    assert so_far.estimate.n_items == 2
