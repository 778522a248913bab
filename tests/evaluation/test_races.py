"""The same things at the same moment, from several connections."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File

from evaluation.models import Chunk, Run, Submission, System
from evaluation.services import submissions, work
from tests.same_moment import at_once

pytestmark = pytest.mark.django_db(transaction=True)

Answers = Callable[..., bytes]


def hand_in(person: Any, version: Any, content: bytes, system: str = "Model M") -> Any:
    file = File(io.BytesIO(content), name="p.jsonl")
    return submissions.submit(person, version, system, "", "p.jsonl", file)


def test_ten_times_the_same_file_is_checked_once_and_kept_once(
    lab: Any, tiny: Any, answers_to: Answers, settings: Any
) -> None:
    results = at_once(*[lambda: hand_in(lab, tiny, answers_to())] * 10)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(is_ours for _, is_ours in results) == 1
    assert Submission.objects.count() == Run.objects.count() == Chunk.objects.count() == 1
    kept = [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(kept) == 1


def test_a_refused_file_sent_twice_again_is_accepted_once(
    lab: Any, tiny: Any, answers_to: Answers, settings: Any
) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    first, _ = hand_in(lab, tiny, answers_to(wrong=("c0",)))
    submissions.cancel(first)
    second, _ = hand_in(lab, tiny, answers_to())
    Submission.objects.filter(pk=second.pk).update(verdict="refused")  # as if the quota had been spent
    Run.objects.filter(submission=second).delete()

    results = at_once(*[lambda: hand_in(lab, tiny, answers_to())] * 4)

    assert not [result for result in results if isinstance(result, Exception)]
    assert Run.objects.filter(submission=second).count() == 1
    second.refresh_from_db()
    assert second.verdict == "accepted"


def test_two_people_who_want_one_name_get_one_owner(
    lab: Any, rival: Any, tiny: Any, answers_to: Answers
) -> None:
    results = at_once(
        lambda: hand_in(lab, tiny, answers_to(), "Wanted"),
        lambda: hand_in(rival, tiny, answers_to(), "WANTED"),
    )
    assert System.objects.count() == 1
    accepted = Submission.objects.filter(verdict="accepted")
    assert accepted.count() == 1
    assert len(results) == 2


def test_the_last_of_a_quota_is_spent_once(lab: Any, tiny: Any, answers_to: Answers, settings: Any) -> None:
    settings.SUBMISSIONS_PER_DAY = 2
    wrong = [("c0",), ("c1",), ("c2",), ("c3",), ("c4",)]
    at_once(*[lambda each=each: hand_in(lab, tiny, answers_to(wrong=each)) for each in wrong])
    assert Run.objects.count() == 2


def test_workers_race_for_chunks_and_each_chunk_is_done_once(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission, _ = hand_in(lab, tiny, answers_to())

    def serve(name: str) -> int:
        done = 0
        while chunk := work.claim(name):
            work.do(chunk, name)
            done += 1
        return done

    ingest = work.claim("worker/0")
    assert ingest is not None
    work.do(ingest, "worker/0")
    results = at_once(*[lambda n=n: serve(f"worker/{n}") for n in range(4)])
    assert sum(results) == 2
    run = Run.objects.get(submission=submission)
    assert (run.state, run.done) == ("scored", 8)


def test_cancel_and_retry_while_answers_are_taken_in_neither_hang_nor_lose_them(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission, _ = hand_in(lab, tiny, answers_to())
    chunk = work.claim("worker/1")
    assert chunk is not None

    def again() -> bool:
        submissions.cancel(submission)
        return submissions.retry(submission)

    results = at_once(lambda: work.do(chunk, "worker/1"), again)
    assert not [result for result in results if isinstance(result, Exception)], results
    while left := work.claim("worker/2"):
        work.do(left, "worker/2")
    run = Run.objects.get(submission=submission)
    assert (run.state, run.done, run.answers.count()) == ("scored", 8, 8)
