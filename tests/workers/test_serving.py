"""A worker's turn: pre-flight, answers, scores and board, with real threads and real transactions."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from evaluation.models import Answer, Run, Score, Submission, Worker
from evaluation.services import recipes, submissions
from leaderboard.models import Board
from workers import serving, tasks, warm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_model_stays_warm() -> Any:
    yield
    warm.drop()


def ask_for(person: Any, version: Any, model: str = "constant", **wanted: Any) -> Submission:
    submission, _ = recipes.submit(person, version, "M", recipes.Wanted("baseline", model, **wanted))
    return submission


def test_a_model_goes_from_its_pre_flight_to_the_board(lab: Any, tiny: Any) -> None:
    submission = ask_for(lab, tiny)

    tasks.serve_models()
    tasks.serve_queue()

    submission.refresh_from_db()
    assert submission.verdict == "accepted"
    assert {finding["state"] for finding in submission.findings["preflight"]} == {"ok"}
    canaries = submission.findings["canaries"]
    assert [canary["private"] for canary in canaries] == [False, False, True]  # tiny has two public items
    assert all(canary["output"] and canary["parsed"] and canary["prompt"] for canary in canaries[:2])
    assert (canaries[2]["output"], canaries[2]["prompt"], canaries[2]["parsed"]) == ("", [], None)
    run = Run.objects.get(submission=submission)
    assert (run.state, run.answered, run.done, run.total) == ("scored", 8, 8, 8)
    answer = Answer.objects.filter(run=run).first()
    assert answer is not None
    assert (answer.finish, answer.attempt) == ("stop", 1)
    assert answer.parsed == answer.output
    assert answer.record["prompt_sha256"]
    assert Board.objects.get(version=tiny, split="all").entries[0]["system"] == "M"


def test_some_tasks_alone_are_answered_and_scored(lab: Any, tiny: Any) -> None:
    submission = ask_for(lab, tiny, task_slugs=["verdict"])

    tasks.serve_models()
    tasks.serve_queue()

    run = Run.objects.get(submission=submission)
    assert (run.state, run.total) == ("scored", 3)
    assert set(Score.objects.filter(run=run).values_list("task__slug", flat=True)) == {"verdict"}


def test_a_model_that_is_not_there_is_refused_in_words(lab: Any, tiny: Any) -> None:
    submission = ask_for(lab, tiny, "crystal ball")

    tasks.serve_models()

    submission.refresh_from_db()
    assert submission.verdict == "refused"
    assert "no baseline 'crystal ball'" in submission.findings["problems"][0]["message"]


def test_a_cancelled_run_is_noticed_within_seconds(lab: Any, tiny: Any) -> None:
    submission = ask_for(lab, tiny)
    tasks.serve_models()
    run = Run.objects.get(submission=submission)
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)

    with serving.watched(run) as stop:
        assert not stop.is_set()
        submissions.cancel(submission)
        assert stop.wait(30)


def test_two_workers_share_a_run_and_every_item_is_answered_once(lab: Any, tiny: Any) -> None:
    submission = ask_for(lab, tiny)
    recipe = serving.preflight.claim("worker/0", serving.abilities())
    assert recipe is not None
    serving.flight.fly(recipe, "worker/0")

    def take_a_turn(worker: str) -> None:
        serving.turn(worker)
        connection.close()

    threads = [threading.Thread(target=take_a_turn, args=(f"worker/{n}",)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    positions = list(Answer.objects.filter(run__submission=submission).values_list("position", flat=True))
    assert sorted(positions) == list(range(8))


def test_the_worker_says_what_it_can_do_and_what_it_holds(lab: Any, tiny: Any) -> None:
    ask_for(lab, tiny)

    tasks.serve_models()

    worker = Worker.objects.get(name=tasks.worker_name())
    assert "cpu" in worker.queues
    assert "baseline" in worker.engines
    assert worker.model == "constant"
    assert worker.memory > worker.memory_used > 0


def test_the_command_line_does_the_whole_run_and_prints_json(tiny: Any) -> None:
    out = io.StringIO()
    words = ["--benchmark", "tiny", "--system", "Floor", "--backend", "baseline", "--model", "constant"]

    call_command("evaluate", *words, "--json", stdout=out)

    told = json.loads(out.getvalue())
    assert (told["system"], told["items"]) == ("Floor", 8)
    assert {score["task"] for score in told["scores"]} == {"choice", "verdict"}
    call_command("evaluate", *words, stdout=(again := io.StringIO()))  # the same again is the same run
    assert "choice" in again.getvalue()
    assert Run.objects.count() == 1


def test_the_command_line_says_what_is_wrong(tiny: Any) -> None:
    def said(*words: str) -> str:
        with pytest.raises(CommandError) as refusal:
            call_command("evaluate", *words)
        return str(refusal.value)

    floor = ("--system", "Floor", "--backend", "baseline")
    assert "Known: tiny" in said("--benchmark", "nonsense", *floor)
    assert "Tasks: choice, verdict" in said("--benchmark", "tiny", *floor, "--task", "surgery")
    assert "is not JSON" in said("--benchmark", "tiny", *floor, "--decoding", "{")
    assert "no baseline 'Floor'" in said("--benchmark", "tiny", *floor)
