"""The pages of a model that is run: asking for it, its pre-flight, its progress, answers, log and receipt."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evaluation.models import Recipe, Run, Submission
from evaluation.services import answering, recipes, work
from tests.evaluation.test_answering import ABLE, TOO_LONG, all_of, asked_for
from workers import tasks

pytestmark = pytest.mark.django_db

FORM = {
    "benchmark": "tiny", "system": "Floor", "backend": "baseline", "model": "constant", "mode": "direct",
    "thinking": "unset",
}  # fmt: skip


@pytest.fixture
def page(client: Client, lab: Any) -> Client:
    client.force_login(lab)
    return client


def of(page: Client, submission: Submission, more: str = "") -> str:
    answer = page.get(f"/submissions/{submission.pk}/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_model_is_asked_for_in_the_browser(page: Client, tiny: Any) -> None:
    form = page.get("/submit/model/?benchmark=tiny").content.decode()
    assert "direct-5-shot" in form
    assert 'value="verdict"' in form  # the tasks of the benchmark

    answer = page.post("/submit/model/", {**FORM, "tasks": ["verdict"], "max_new_tokens": "64"})

    submission = Submission.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/submissions/{submission.pk}/"
    assert (submission.recipe.task_slugs, submission.recipe.decoding) == (["verdict"], {"max_new_tokens": 64})
    assert submission.system_name == "Floor"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"backend": "telepathy"}, "backend", "telepathy"),
        ({"mode": "telepathy"}, "mode", "telepathy"),
        ({"tasks": ["surgery"]}, "tasks", "Tasks: choice, verdict"),
        ({"backend": "openai_api", "model": "m"}, "base_url", "base URL"),
        ({"backend": "openai_api", "model": "m", "base_url": "ftp://x"}, "base_url", "valid URL"),
        ({"backend": "transformers", "model": "/etc"}, "model", "MODEL_FOLDERS"),
        ({"backend": "transformers", "model": "a/../../etc"}, "model", "MODEL_FOLDERS"),
        ({"options": "{"}, "options", "not JSON"),
        ({"options": "[1]"}, "options", "JSON object"),
        ({"temperature": "9"}, "temperature", "less than or equal to 2"),
        ({"max_new_tokens": "0"}, "max_new_tokens", "greater than or equal to 1"),
        ({"system": "a\u200bb"}, "system", "U+200B"),
        ({"model": "a\0b"}, "model", "Null characters"),
        ({"revision": "a b"}, "revision", "valid value"),
    ],
)
def test_what_cannot_be_run_is_refused_with_a_reason(
    page: Client, tiny: Any, changed: dict[str, Any], field: str, said: str
) -> None:
    answer = page.post("/submit/model/", {**FORM, **changed})

    assert answer.status_code == 400
    problems = {problem["key"]: str(problem["message"]) for problem in answer.context["problems"]}
    assert said in problems[field]
    assert not Submission.objects.exists()


def test_a_key_is_never_shown_again(page: Client, tiny: Any) -> None:
    endpoint = {**FORM, "backend": "openai_api", "model": "m", "base_url": "https://models.example/v1"}
    page.post("/submit/model/", {**endpoint, "key": "sk-very-secret"})

    submission = Submission.objects.get()
    assert "sk-very-secret" not in of(page, submission)
    assert "sk-very-secret" not in page.get(f"/api/v1/submissions/{submission.pk}/").content.decode()
    refused = page.post("/submit/model/", {**endpoint, "mode": "telepathy", "key": "sk-very-secret"})
    assert b"sk-very-secret" not in refused.content


def test_the_page_says_why_nobody_takes_a_pre_flight(page: Client, lab: Any, tiny: Any) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("vllm", "org/model"))
    assert "No worker is running; it waits safely until one is." in of(page, submission)

    work.seen("worker/1")
    work.present("worker/1", ABLE, "", 0, None)

    assert "has the engine vllm; an operator can add it" in of(page, submission)


def test_a_pre_flight_can_be_cancelled(page: Client, lab: Any, tiny: Any) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant"))
    assert "Cancel" in of(page, submission)

    page.post(f"/submissions/{submission.pk}/cancel/")

    submission.refresh_from_db()
    assert submission.verdict == "refused"
    assert "You cancelled the pre-flight" in of(page, submission)


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_what_the_pre_flight_found_and_each_canary(page: Client, lab: Any, tiny: Any) -> None:
    submission, _ = recipes.submit(lab, tiny, "M", recipes.Wanted("baseline", "constant"))

    tasks.serve_models()
    tasks.serve_queue()

    shown = of(page, submission)
    assert "A rule that needs no model and understands nothing." in shown
    assert "Read as" in shown
    assert "A private item: its text and the answer are not shown." in shown
    assert "The pre-flight was passed; the run is queued." in shown
    assert "Looking at baseline: constant." in of_text(page, submission, "log/")
    answers = of(page, submission, "answers/")
    assert answers.count("<article") == 8
    assert of(page, submission, "answers/?which=unread").count("<article") == 0
    receipt = of(page, submission, "receipt/")
    assert Submission.objects.get().run.receipts.get().sha256 in receipt
    assert page.get(f"/submissions/{submission.pk}/receipt/?as=json").json()["manifest"]["system"] == "M"


def of_text(page: Client, submission: Submission, more: str) -> str:
    return page.get(f"/submissions/{submission.pk}/{more}").getvalue().decode()  # type: ignore[attr-defined]


def test_a_running_run_says_how_far_it_is_and_what_it_says_so_far(page: Client, lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    chunk = answering.claim("worker/1", ABLE)
    assert chunk is not None
    answering.keep(chunk, "worker/1", all_of(chunk))
    answering.finish(chunk, "worker/1", [])
    scoring = work.claim("worker/2")
    assert scoring is not None
    work.do(scoring, "worker/2")

    shown = of(page, submission)

    assert f"<strong>{chunk.item_count} / 8 items</strong> answered" in shown
    assert "So far" in shown
    assert "is no result yet" in shown


def test_a_second_run_of_a_person_says_that_it_waits_for_the_first(page: Client, lab: Any, tiny: Any) -> None:
    asked_for(lab, tiny, "A")
    second = asked_for(lab, tiny, "B")
    work.seen("worker/1")
    work.present("worker/1", ABLE, "", 0, None)

    shown = of(page, second)

    assert "Number 2 of 2 in line." in shown
    assert "Your earlier run is served first" in shown


def test_a_failed_run_names_the_causes_and_the_remedy(page: Client, lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    while chunk := answering.claim("worker/1", ABLE):
        answers = all_of(chunk)
        answering.keep(chunk, "worker/1", answers[1:])
        answering.finish(chunk, "worker/1", [(answers[0].position, TOO_LONG)])

    shown = of(page, submission)

    assert "2 × too_long" in shown
    assert "Retry asks only what is missing" in shown
    page.post(f"/submissions/{submission.pk}/retry/")
    assert Run.objects.get(submission=submission).state == "queued"


def test_a_run_with_items_nobody_can_answer_is_scored_with_them_as_wrong(
    page: Client, lab: Any, tiny: Any
) -> None:
    submission = asked_for(lab, tiny, "M")
    while chunk := answering.claim("worker/1", ABLE):
        answers = all_of(chunk)
        answering.keep(chunk, "worker/1", answers[1:])
        answering.finish(chunk, "worker/1", [(answers[0].position, TOO_LONG)])
    assert "Score it, missing items as wrong" in of(page, submission)

    page.post(f"/submissions/{submission.pk}/close/")
    tasks.serve_queue()

    run = Run.objects.get(submission=submission)
    assert (run.state, run.answered, run.done) == ("scored", 8, 8)
    assert run.receipts.get().manifest["answers"]["missing"] == 2
    assert page.post(f"/submissions/{submission.pk}/close/").status_code == 302  # again: nothing to close
    assert Run.objects.get(submission=submission).state == "scored"


def test_strangers_see_no_answers_log_or_pre_flight(client: Client, eve: Any, lab: Any, tiny: Any) -> None:
    submission = asked_for(lab, tiny, "M")
    client.force_login(eve)
    for more in ("", "answers/", "log/", "receipt/", "receipt/?as=json"):
        assert client.get(f"/submissions/{submission.pk}/{more}").status_code == 404


def test_a_model_is_asked_for_by_api_and_told_where_it_is(page: Client, tiny: Any) -> None:
    sent = {**FORM, "tasks": ["choice"], "decoding": {"max_new_tokens": 32}}
    answer = page.post("/api/v1/submissions/", sent, content_type="application/json")

    assert answer.status_code == 201
    told = page.get(f"/api/v1/submissions/{answer.json()['id']}/").json()
    assert (told["state"], told["stage"]) == ("checking", "waiting")
    assert Recipe.objects.get().decoding == {"max_new_tokens": 32}
    again = page.post("/api/v1/submissions/", sent, content_type="application/json")
    assert (again.status_code, again.json()["id"]) == (200, answer.json()["id"])
    wrong = page.post("/api/v1/submissions/", {**sent, "mode": "telepathy"}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["problems"][0]["key"]) == (400, "mode")


def test_the_queue_page_says_what_each_worker_can_do_and_holds(page: Client, lab: Any, tiny: Any) -> None:
    asked_for(lab, tiny, "Night shift")
    work.seen("models@here/7")
    work.present("models@here/7", ABLE, "org/secret-model", 300_000_000, 41.5)
    assert answering.claim("models@here/7", ABLE) is not None

    shown = page.get("/queue/").content.decode()

    for said in ("models@here/7", "Ask the model", "Night shift", "cpu, io", "baseline, openai_api", "41.5"):
        assert said in shown
    assert "org/secret-model" in shown


def test_others_see_that_a_worker_is_busy_and_not_with_what(
    client: Client, eve: Any, lab: Any, tiny: Any
) -> None:
    asked_for(lab, tiny, "Night shift")
    work.seen("models@here/7", "Asking org/secret-model: Night shift on tiny v1")
    work.present("models@here/7", ABLE, "org/secret-model", 300_000_000, 41.5)
    assert answering.claim("models@here/7", ABLE) is not None
    client.force_login(eve)

    shown = client.get("/queue/").content.decode()

    assert "Ask the model: Tiny" in shown
    assert "Night shift" not in shown
    assert "secret-model" not in shown
