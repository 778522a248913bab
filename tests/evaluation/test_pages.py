"""What the submission pages say to people, whatever they type and wherever they come from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from evaluation.forms.fields import NameField
from evaluation.models import Run, Submission
from evaluation.selectors import runs
from evaluation.services import submissions

Answers = Callable[..., bytes]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def page(client: Client, lab: Any) -> Client:
    """Lab's browser, signed in."""
    client.force_login(lab)
    return client


def hand_in(client: Client, content: bytes, system: str = "Model M", mode: str = "", **headers: Any) -> Any:
    file = SimpleUploadedFile("p.jsonl", content)
    form = {"benchmark": "tiny", "system": system, "mode": mode, "file": file}
    return client.post("/submit/", form, **headers)


def queued(person: Any, version: Any, content: bytes, system: str) -> Submission:
    file = SimpleUploadedFile("p.jsonl", content)
    return submissions.submit(person, version, system, "", "p.jsonl", file)[0]


# Names ----


@pytest.mark.parametrize(
    ("typed", "character"),
    [
        ("Model \u202eM", "U+202E (right-to-left override)"),
        ("Model\u200bM", "U+200B (zero width space)"),
        ("Model\x07M", "U+0007"),
        ("Model\x00M", "U+0000"),
        ("Model\ue000M", "U+E000"),
        ("Model\u0378M", "U+0378"),
        ("Model\u3164M", "U+1160"),  # NFKC writes this filler as another one
    ],
)
@pytest.mark.parametrize("field", ["system", "mode"])
@pytest.mark.django_db
def test_a_name_with_a_character_nobody_sees_is_refused_by_its_name(
    page: Client, tiny: Any, answers_to: Answers, field: str, typed: str, character: str
) -> None:
    refused = hand_in(page, answers_to(), **{field: typed})
    assert refused.status_code == 400
    problem = refused.context["problems"][0]
    assert (problem["key"], problem["code"]) == (field, "unreadable_name")
    assert character in problem["message"]
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_name_without_a_letter_or_digit_is_refused(page: Client, tiny: Any, answers_to: Answers) -> None:
    refused = hand_in(page, answers_to(), system="--- ***")
    assert [problem["code"] for problem in refused.context["problems"]] == ["unreadable_name"]


@pytest.mark.django_db
def test_two_spellings_that_look_the_same_are_one_name(page: Client, tiny: Any, answers_to: Answers) -> None:
    # a full-width M, a no-break space and a tab are written as M and single spaces
    hand_in(page, answers_to(), system="  \uff2dodel\u00a0\tM ", mode="5\u2011shot")
    made = Submission.objects.get()
    assert (made.system_name, made.mode) == ("Model M", "5\u2010shot")


@pytest.mark.parametrize("name", ["通义 72B", "Llama-3.1 (70B)", "modèle é", "نموذج ٧", "Modelo Ñ"])
def test_names_of_every_script_are_welcome(name: str) -> None:
    assert NameField().clean(name) == unicodedata.normalize("NFKC", name)


@given(st.text(max_size=60))
def test_a_name_taken_is_taken_unchanged_a_second_time(typed: str) -> None:
    from django.core.exceptions import ValidationError

    field = NameField(required=False)
    try:
        name = field.clean(typed)
    except ValidationError as refusal:
        assert {fault.code for fault in refusal.error_list} == {"unreadable_name"}
        return
    assert field.clean(name) == name
    assert not any(unicodedata.category(character).startswith("C") for character in name)


def test_a_name_that_grows_past_the_limit_when_written_plainly_is_too_long() -> None:
    from django.core.exceptions import ValidationError

    # U+FDFA is one character and 18 once it is spelt out: 3 x 18 > 40
    with pytest.raises(ValidationError) as refusal:
        NameField(max_length=40).clean("\ufdfa" * 3)
    assert refusal.value.error_list[0].code == "max_length"


# Reading ----


@pytest.mark.parametrize("task", ["%00", "nobody", "%F0%9F%92%A9", "'", "choice%00"])
@pytest.mark.django_db
def test_an_unknown_task_shows_all_public_items(client: Client, tiny: Any, task: str) -> None:
    assert client.get("/benchmarks/tiny/items/").context["page"].paginator.count == 2  # c1 and c3
    answer = client.get(f"/benchmarks/tiny/items/?task={task}")
    assert answer.status_code == 200
    assert answer.context["page"].paginator.count == 2
    assert client.get("/benchmarks/tiny/items/?task=verdict").context["page"].paginator.count == 0


@pytest.mark.django_db
def test_what_can_be_read_can_be_asked_for_its_head(page: Client, tiny: Any, answers_to: Answers) -> None:
    made = queued(page.get("/account/").wsgi_request.user, tiny, answers_to(), "Model M")
    for address in [
        "/", "/boards/tiny/", "/boards/tiny.csv", "/benchmarks/", "/benchmarks/tiny/", "/benchmarks/tiny/items/",
        "/benchmarks/tiny/template.csv", "/benchmarks/tiny/example.jsonl", "/submit/", "/submissions/",
        f"/submissions/{made.pk}/", f"/submissions/{made.pk}/file/", "/queue/", "/account/", "/api/",
    ]:  # fmt: skip
        assert page.head(address).status_code == 200, address


# Refusals ----


@pytest.mark.django_db
def test_a_refused_file_is_said_not_to_be_kept_and_is_to_be_mended(page: Client, tiny: Any) -> None:
    said = hand_in(page, b"{not json", headers=HTMX).content.decode()
    assert "The file was not kept and no quota was spent." in said
    assert "Mend what is listed" in said
    assert Submission.objects.get().sha256  # its name, hash and verdict are kept: "nothing" would be untrue


@pytest.mark.django_db
def test_the_verdict_takes_the_focus_when_there_is_one(page: Client, tiny: Any) -> None:
    verdict = re.compile(r'<section id="verdict"[^>]*tabindex="-1"[^>]*>')
    refused = verdict.search(hand_in(page, b"{not json", headers=HTMX).content.decode())
    assert refused is not None
    assert "autofocus" in refused[0]
    waiting = verdict.search(page.get("/submit/").content.decode())
    assert waiting is not None
    assert "autofocus" not in waiting[0]


@pytest.mark.django_db
def test_a_refusal_the_file_is_not_to_blame_for_says_what_does_help(
    page: Client, tiny: Any, answers_to: Answers, rival: Any, lab: Any, settings: Any
) -> None:
    queued(rival, tiny, answers_to(), "Rival model")
    taken = hand_in(page, answers_to(), system="rival MODEL").content.decode()
    assert "under another system name" in taken

    settings.SUBMISSIONS_PER_DAY = 0
    spent = hand_in(page, answers_to(), system="Mine").content.decode()
    assert "when an earlier run is a day old" in spent

    lab.roles = []
    lab.save()
    stranger = hand_in(page, answers_to(), system="Mine").content.decode()
    assert "once an administrator has made you a submitter" in stranger

    assert all("Mend what is listed" not in said for said in (taken, spent, stranger))


# Many at once ----


@pytest.mark.django_db
def test_a_page_of_queued_runs_reads_the_queue_once(
    page: Client, lab: Any, tiny: Any, answers_to: Answers, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        queued(lab, tiny, answers_to(), f"Model {n}")
    with django_assert_max_num_queries(
        8
    ):  # session, person, count, page, workers, queue, pace, and one spare
        said = page.get("/submissions/").content.decode()
    assert [f"number {n} in line" in said for n in range(1, 14)] == [True] * 12 + [False]


@pytest.mark.django_db
def test_many_statuses_are_the_statuses_of_each(lab: Any, tiny: Any, answers_to: Answers) -> None:
    made = [queued(lab, tiny, answers_to(), f"Model {n}") for n in range(4)]
    Run.objects.filter(submission=made[0]).update(state="running", done=3)
    submissions.cancel(made[1])
    mine = list(runs.submissions_of(lab))
    where = {submission.system_name: status for submission, status in runs.statuses_of(mine)}

    assert [where[f"Model {n}"].state for n in range(4)] == ["running", "cancelled", "queued", "queued"]
    assert [where[f"Model {n}"].position for n in range(4)] == [None, None, 2, 3]  # the running one is ahead
    assert all(runs.status_of(submission) == where[submission.system_name] for submission in mine)


@pytest.mark.django_db
def test_a_retry_beyond_the_quota_is_explained_on_the_page(
    page: Client, lab: Any, tiny: Any, answers_to: Answers, settings: Any
) -> None:
    first = queued(lab, tiny, answers_to(), "First")
    submissions.cancel(first)
    queued(lab, tiny, answers_to(wrong=("c0",)), "Second")
    settings.SUBMISSIONS_PER_DAY = 1
    answer = page.post(f"/submissions/{first.pk}/retry/", follow=True)
    assert answer.status_code == 200
    assert "24 hours is the limit" in answer.content.decode()
