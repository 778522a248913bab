"""Chunks are claimed by one worker at a time and finished once, whatever dies in between."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import File
from django.utils import timezone

from evaluation.models import Answer, Chunk, Run, Score, Submission
from evaluation.selectors import benchmarks
from evaluation.services import submissions, work
from leaderboard.models import Board, ScoreEvent
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]


def hand_in(person: Any, version: Any, content: bytes, system: str = "Model M") -> Submission:
    file = File(io.BytesIO(content), name="predictions.jsonl")
    submission, _ = submissions.submit(person, version, system, "", "predictions.jsonl", file)
    return submission


def test_a_submission_is_scored_and_published(lab: Any, tiny: Any, answers_to: Answers) -> None:
    submission = hand_in(lab, tiny, answers_to(wrong=("c0",), unreadable=("v2",)))
    benchmarks.item_index.cache_clear()  # a worker is another process than the one that checked the file

    tasks.serve_queue()

    run = Run.objects.get(submission=submission)
    assert (run.state, run.done, run.total) == ("scored", 8, 8)
    choice = Score.objects.get(run=run, task__slug="choice", split="all")
    assert choice.value == pytest.approx(4 / 5)  # c0 of c0…c4 is wrong
    assert choice.low < choice.value < choice.high
    verdict = Score.objects.get(run=run, task__slug="verdict", split="all")
    assert (verdict.value, verdict.n_items, verdict.n_unparsed) == (pytest.approx(2 / 3), 3, 1)
    assert Board.objects.get(version=tiny, split="all").entries[0]["system"] == "Model M"


def test_public_and_private_items_are_scored_apart(lab: Any, tiny: Any, answers_to: Answers) -> None:
    submission = hand_in(lab, tiny, answers_to(wrong=("c1",)))  # c1 and c3 are the public ones

    tasks.serve_queue()

    values = dict(Score.objects.filter(run=submission.run, task__slug="choice").values_list("split", "value"))
    assert values == {"all": pytest.approx(0.8), "public": pytest.approx(0.5), "private": pytest.approx(1.0)}


def test_two_workers_never_hold_the_same_chunk(lab: Any, tiny: Any, answers_to: Answers) -> None:
    hand_in(lab, tiny, answers_to())

    first = work.claim("worker/1")
    assert first is not None
    assert first.kind == Chunk.Kind.INGEST
    assert work.claim("worker/2") is None
    work.do(first, "worker/1")
    second, third = work.claim("worker/1"), work.claim("worker/2")
    assert second is not None
    assert third is not None
    assert second.pk != third.pk


def test_a_silent_workers_chunk_is_done_again_and_counted_once(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    lost = work.claim("worker/lost")
    assert lost is not None
    Chunk.objects.filter(pk=lost.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

    again = work.claim("worker/2")
    assert again is not None
    assert again.pk == lost.pk
    work.do(again, "worker/2")
    work.do(lost, "worker/lost")  # it was not dead after all: too late, nothing changes
    tasks.serve_queue()

    assert Answer.objects.filter(run=submission.run).count() == 8
    run = Run.objects.get(submission=submission)
    assert (run.state, run.done) == ("scored", 8)
    assert ScoreEvent.objects.filter(run=run).count() == 1


def test_a_chunk_that_keeps_killing_workers_ends_the_run_with_a_remedy(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    for attempt in range(work.MOST_ATTEMPTS):
        assert work.claim(f"worker/{attempt}") is not None
        Chunk.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert work.claim("worker/last") is None

    run = Run.objects.get(submission=submission)
    assert run.state == "failed"
    assert "Retry" in run.failure
    assert "costs you nothing" in run.failure


def test_a_cancelled_run_is_left_alone_and_can_be_retried(lab: Any, tiny: Any, answers_to: Answers) -> None:
    submission = hand_in(lab, tiny, answers_to())
    chunk = work.claim("worker/1")
    assert chunk is not None
    work.do(chunk, "worker/1")
    scoring = work.claim("worker/1")
    assert scoring is not None

    assert submissions.cancel(submission)
    work.do(scoring, "worker/1")
    assert work.claim("worker/1") is None
    assert Run.objects.get(submission=submission).done == 0

    assert submissions.retry(submission)
    tasks.serve_queue()
    run = Run.objects.get(submission=submission)
    assert (run.state, run.attempt) == ("scored", 2)
    assert Answer.objects.filter(run=run).count() == 8


def test_a_fault_while_scoring_fails_the_run_in_words_and_a_retry_mends_it(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    tiny.tasks.filter(slug="choice").update(metric="no_such_metric")

    tasks.serve_queue()

    run = Run.objects.get(submission=submission)
    assert run.state == "failed"
    assert "costs you nothing" in run.failure
    tiny.tasks.filter(slug="choice").update(metric="accuracy")
    assert submissions.retry(submission)
    tasks.serve_queue()
    assert Run.objects.get(submission=submission).state == "scored"


def test_the_sweep_finds_work_nobody_was_told_of(lab: Any, tiny: Any, answers_to: Answers) -> None:
    hand_in(lab, tiny, answers_to())
    assert work.there_is_work()
    tasks.serve_queue()
    assert not work.there_is_work()


def test_a_run_that_was_scored_but_not_published_is_published_later(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    while chunk := work.claim("worker/1"):
        work.do(chunk, "worker/1")
    assert Run.objects.get(submission=submission).state == "scored"
    assert not Board.objects.filter(version=tiny).exists()

    tasks.publish_scored()
    tasks.publish_scored()

    assert ScoreEvent.objects.count() == 1
    assert Board.objects.get(version=tiny, split="all").revision == 1


def test_a_check_that_died_with_its_web_process_is_finished_by_the_sweep(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    Run.objects.all().delete()
    Submission.objects.update(verdict="checking", checking_since=timezone.now() - timedelta(hours=1))

    tasks.sweep()

    submission.refresh_from_db()
    assert submission.verdict == "accepted"
    assert Run.objects.get(submission=submission).state == "queued"
    assert submissions.claim_abandoned_check() is None


def test_an_upload_that_was_never_kept_whole_is_refused_with_what_to_do(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    submission = hand_in(lab, tiny, answers_to())
    Run.objects.all().delete()
    submission.file.storage.delete(submission.file.name)
    Submission.objects.update(verdict="checking", checking_since=timezone.now() - timedelta(hours=1))

    tasks.sweep()

    submission.refresh_from_db()
    assert submission.verdict == "refused"
    assert "Upload it again" in submission.findings["problems"][0]["message"]


def test_a_submission_that_cannot_be_checked_does_not_stop_the_sweep(
    lab: Any, tiny: Any, answers_to: Answers
) -> None:
    poison = hand_in(lab, tiny, answers_to(), "Poison")
    healthy = hand_in(lab, tiny, answers_to(), "Healthy")
    Run.objects.filter(submission=healthy).delete()
    hour_ago = timezone.now() - timedelta(hours=1)
    Submission.objects.update(verdict="checking", checking_since=hour_ago)  # the poison still has its run

    tasks.sweep()

    poison.refresh_from_db()
    healthy.refresh_from_db()
    assert (poison.verdict, list(poison.findings["counts"])) == ("refused", ["platform_fault"])
    assert healthy.verdict == "accepted"


@pytest.mark.parametrize(
    ("first", "second"),
    [("\u0130stanbul", "i\u0307stanbul"), ("\u1e9e", "\u00df"), ("Model M", "model  m"), ("Ｍ", "m")],
)
def test_names_a_reader_takes_for_one_are_one_system(
    lab: Any, rival: Any, tiny: Any, answers_to: Answers, first: str, second: str
) -> None:
    one = hand_in(lab, tiny, answers_to(), first)
    other = hand_in(lab, tiny, answers_to(wrong=("c0",)), second)
    assert one.system_id == other.system_id
    with pytest.raises(submissions.RefusedError, match="somebody else"):
        hand_in(rival, tiny, answers_to(), second)


def test_a_retry_needs_quota_like_any_other_run(
    lab: Any, tiny: Any, answers_to: Answers, settings: Any
) -> None:
    first = hand_in(lab, tiny, answers_to())
    assert submissions.cancel(first)
    hand_in(lab, tiny, answers_to(wrong=("c0",)))
    settings.SUBMISSIONS_PER_DAY = 1
    with pytest.raises(submissions.RefusedError, match="limit"):
        submissions.retry(first)
    assert Run.objects.get(submission=first).state == "cancelled"


def test_each_run_is_published_as_it_ends(lab: Any, tiny: Any, answers_to: Answers) -> None:
    hand_in(lab, tiny, answers_to(), "First")
    hand_in(lab, tiny, answers_to(), "Second")
    boards_seen = []
    while chunk := work.claim("worker/1"):
        if tasks.do_chunk(chunk, "worker/1"):
            tasks.publish_scored()
            boards_seen.append(len(Board.objects.get(version=tiny, split="all").entries))
    assert boards_seen == [1, 2]


def test_a_worker_that_lost_its_chunk_cannot_fail_the_run(lab: Any, tiny: Any, answers_to: Answers) -> None:
    submission = hand_in(lab, tiny, answers_to())
    lost = work.claim("worker/lost")
    assert lost is not None
    Chunk.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work.claim("worker/2") is not None

    work.fail(lost, "worker/lost", "platform_fault", "too late")

    assert Run.objects.get(submission=submission).state == "running"
