"""A run scored again: the old scores stand until the new ones exist, and both keep their receipts."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from evaluation.domain import receipts as domain
from evaluation.models import Answer, Chunk, Receipt, Rescoring, Run, Score, Submission
from evaluation.selectors import runs, shown_scores
from evaluation.services import receipts, rescoring, submissions, work
from evaluation.services.admission import RefusedError
from leaderboard.models import ScoreEvent
from tests.evaluation.test_work import hand_in
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
WHY = "A worker had the wrong version of a package."


@pytest.fixture
def scored(lab: Any, tiny: Any, answers_to: Answers) -> Submission:
    submission = hand_in(lab, tiny, answers_to(wrong=("c0",)))
    tasks.serve_queue()
    return Submission.objects.get(pk=submission.pk)


def values(submission: Submission) -> dict[tuple[str, str, int], float | None]:
    rows = Score.objects.filter(run=submission.run).values_list("task__slug", "split", "scoring", "value")
    return {(task, split, scoring): value for task, split, scoring, value in rows}


def test_it_is_scored_again_beside_the_old_scores_and_published_with_its_reason(
    scored: Submission, root_admin: Any
) -> None:
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    run = Run.objects.get(submission=scored)
    assert (run.state, run.scoring) == ("scored", 1), "until then what it has stands"
    assert runs.scores_of(scored).count() == 2
    assert work.there_is_work()

    tasks.serve_queue()

    run.refresh_from_db()
    assert (run.state, run.scoring, run.done) == ("scored", 2, 8)
    found = values(scored)
    assert len(found) == 2 * len({(task, split) for task, split, _ in found})
    assert all(found[task, split, 1] == value for (task, split, _), value in found.items())
    event = ScoreEvent.objects.get(run=run, scoring=2)
    assert (event.kind, event.author, event.reason) == ("published", root_admin, WHY)
    assert ScoreEvent.objects.filter(run=run, kind="published").count() == 2
    assert not work.there_is_work()


def test_scores_that_count_are_those_of_the_newest_scoring(
    scored: Submission, root_admin: Any, tiny: Any
) -> None:
    tiny.tasks.filter(slug="choice").update(metric="exact_set")
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()

    assert {score.metric for score in runs.scores_of(scored)} == {"exact_set", "accuracy"}
    again = Submission.objects.get(pk=scored.pk)
    assert [score.metric for score in shown_scores.of_submission(again)] == ["exact_set", "accuracy"]
    before = shown_scores.of_run(again.run, scoring=1)
    assert [score.metric for score in before] == ["accuracy", "accuracy"]


def test_every_scoring_has_a_receipt_and_both_hold(scored: Submission, root_admin: Any) -> None:
    first = Receipt.objects.get(run=scored.run)
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()

    second = Receipt.objects.get(run=scored.run, scoring=2)
    assert second.manifest["scoring"] == 2
    assert "scoring" not in first.manifest
    for receipt in (first, second):
        assert receipts.recompute(receipt).holds
        out = io.StringIO()
        call_command("recompute", receipt.sha256, stdout=out)
        assert "all as receipt" in out.getvalue()
    out = io.StringIO()
    call_command("recompute", str(scored.pk), stdout=out)
    assert second.sha256 in out.getvalue()


def test_earlier_receipts_stay_readable(scored: Submission, root_admin: Any, client: Client) -> None:
    first = Receipt.objects.get(run=scored.run)
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()
    where = reverse("evaluation:receipt", args=[scored.pk])

    newest, earlier = client.get(where), client.get(where, {"scoring": "1"})
    assert first.sha256 not in newest.content.decode()
    assert "?scoring=1" in newest.content.decode()
    assert first.sha256 in earlier.content.decode()
    manifest = client.get(where, {"scoring": "1", "as": "json"})
    assert manifest.json()["manifest"] == first.manifest


def test_a_fault_leaves_the_old_scores_standing(scored: Submission, root_admin: Any, tiny: Any) -> None:
    before = values(scored)
    tiny.tasks.filter(slug="choice").update(metric="no_such_metric")
    asked = rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()

    asked.refresh_from_db()
    assert asked.ended_at is not None
    assert "fault of the platform" in asked.given_up
    run = Run.objects.get(submission=scored)
    assert (run.state, run.scoring, run.failure) == ("scored", 1, "")
    assert values(scored) == before
    assert not work.there_is_work()
    tiny.tasks.filter(slug="choice").update(metric="accuracy")
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()
    run.refresh_from_db()
    assert run.scoring == 2


def test_it_can_be_stopped_midway_and_nothing_is_lost(scored: Submission, root_admin: Any) -> None:
    before = values(scored)
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    chunk = work.claim("worker/1")
    assert chunk is not None
    assert chunk.kind == Chunk.Kind.SCORE

    assert rescoring.give_up(scored.run, "not needed")
    assert not work.do(chunk, "worker/1"), "too late: it was let go"
    tasks.serve_queue()

    assert values(scored) == before
    assert Run.objects.get(submission=scored).scoring == 1
    assert not rescoring.give_up(scored.run, "again")


def test_its_submitter_cannot_cancel_it(scored: Submission, root_admin: Any) -> None:
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    assert not submissions.cancel(scored)
    assert Rescoring.objects.get(run=scored.run).ended_at is None


def test_it_takes_a_scored_run_a_reason_and_patience(
    scored: Submission, root_admin: Any, lab: Any, tiny: Any, answers_to: Answers
) -> None:
    waiting = hand_in(lab, tiny, answers_to(), "Waiting")
    with pytest.raises(RefusedError, match="was scored"):
        rescoring.ask_for_rescore(waiting.run, root_admin, WHY)
    with pytest.raises(RefusedError, match="Say why"):
        rescoring.ask_for_rescore(scored.run, root_admin, "  ")
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    with pytest.raises(RefusedError, match="already"):
        rescoring.ask_for_rescore(scored.run, root_admin, WHY)


def test_the_answers_are_asked_for_once(scored: Submission, root_admin: Any) -> None:
    before = list(Answer.objects.filter(run=scored.run).values_list("pk", flat=True))
    rescoring.ask_for_rescore(scored.run, root_admin, WHY)
    tasks.serve_queue()
    assert list(Answer.objects.filter(run=scored.run).values_list("pk", flat=True)) == before


def test_only_administrators_ask_for_it_and_everybody_reads_that_it_goes_on(
    scored: Submission, lab: Any, eve: Any, root_admin: Any
) -> None:
    where = reverse("evaluation:rescore", args=[scored.pk])
    for person in (lab, eve):
        client = Client()
        client.force_login(person)
        assert client.post(where, {"reason": WHY}).status_code == 404
    assert not Rescoring.objects.exists()
    boss = Client()
    boss.force_login(root_admin)
    assert boss.get(where).status_code == 405
    assert boss.post(where, {"reason": WHY}).status_code == 302
    page = Client().get(reverse("evaluation:submission", args=[scored.pk])).content.decode()
    assert "being scored again" in page
    assert WHY in page
    told = Client().get(reverse("api-submission", args=[scored.pk])).json()
    assert (told["scoring"], told["scored_again"], len(told["scores"])) == (1, WHY, 2)
    assert boss.post(where, {"stop": "1"}).status_code == 302
    assert (
        "being scored again"
        not in Client().get(reverse("evaluation:submission", args=[scored.pk])).content.decode()
    )


def test_a_receipt_over_private_items_tells_rounded_figures_and_vouches_for_exact_ones(
    scored: Submission,
) -> None:
    receipt = Receipt.objects.get(run=scored.run)
    said, sealed = receipt.manifest, receipt.sealed
    assert sealed is not None
    assert said["form"] == domain.FORM_SEALED
    exact = {(each["task"], each["split"]): each for each in sealed["scores"]}
    for told in said["scores"]:
        true = exact[told["task"], told["split"]]
        if told["split"] == "public":
            assert told == true
        else:
            assert told == domain.told(true)
            assert told["value"] == pytest.approx(true["value"], abs=told["step"] / 2 + 1e-9)
    assert said["sealed_sha256"] == domain.seal_of(sealed)
    assert sealed["nonce"] not in domain.canonical(said).decode()
    receipt.sealed = {**sealed, "scores": [{**each, "value": 1.0} for each in sealed["scores"]]}
    found = receipts.recompute(receipt)
    assert not found.holds
    assert found.differences[0].what == "the sealed figures"
