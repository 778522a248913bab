"""From a number to the case behind it; nothing of a private item, by any address."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.models import Answer, Score
from leaderboard.models import ScoreEvent
from leaderboard.services.boards import derive
from tests.leaderboard.published_runs import REGULATED, SECRET, answers, items, load, submitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def deep(db: None, tmp_path: Path) -> Any:
    return load(tmp_path / "deep")


@pytest.fixture
def submit(lab: Any, deep: Any) -> Callable[..., Any]:
    return submitter(lab, deep)


def of_case(key: str, task: str = "choice", query: str = "") -> str:
    return reverse("leaderboard:case", args=["deep", task, key]) + query


def of_task(task: str = "choice", query: str = "") -> str:
    return reverse("leaderboard:task", args=["deep", task]) + query


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_case_shows_what_was_asked_the_reference_and_every_answer(
    client: Client, submit: Callable[..., Any]
) -> None:
    submit("Alpha", answers())
    submit("Beta", answers(wrong=("set/c0",)), mode="cot")
    page = text(client, of_case("set/c0"))
    assert "Which is 0?\nSecond line." in page, "line breaks are kept"
    assert "Alpha" in page
    assert "Beta" in page
    assert "2 published answers, 1 right" in page
    assert "2 different values" in page
    assert 'href="/systems/alpha/"' in page


@pytest.mark.parametrize("key", [item["id"] for item in items() if item["split"] == "private"])
def test_a_private_case_is_as_if_it_were_not_there(
    client: Client, submit: Callable[..., Any], key: str
) -> None:
    submit("Alpha", answers())
    tasks = {item["id"]: item["task"] for item in items()}
    private = client.get(of_case(key, tasks[key]))
    unknown = client.get(of_case("nowhere", tasks[key]))
    assert private.status_code == unknown.status_code == 404
    said = "This task has no public case of this name. Private ones are never shown to anybody."
    assert said in private.content.decode()
    assert private.content.decode().replace(key, "nowhere").count(said) == unknown.content.decode().count(
        said
    )
    for query in ["?whole=run-1", "?page=2", "?as_of=2020-01-01", "?compare=run-1"]:
        assert client.get(of_case(key, tasks[key], query)).status_code == 404


def test_no_page_behind_a_number_says_anything_of_a_private_or_regulated_text(
    client: Client, submit: Callable[..., Any]
) -> None:
    rows = [submit(f"System {n}", answers(wrong=(f"set/c{n}", f"set/c{n + 1}"))) for n in range(4)]
    keys = [f"run-{row.run.pk}" for row in rows]
    compare = reverse("leaderboard:compare", args=["deep"]) + f"?compare={keys[0]}&compare={keys[3]}"
    private = [item["id"] for item in items() if item["split"] == "private"]
    pages = [
        of_task(task, query)
        for task in ("choice", "talk", "closed")
        for query in ("", f"?find={SECRET}", "?order=hardest")
    ]
    pages += [compare, compare + "&split=private", reverse("leaderboard:significance", args=["deep"])]
    pages += [of_case(item["id"], item["task"]) for item in items() if item["split"] == "public"]
    pages += [reverse("leaderboard:system", args=["system 0"])]
    for address in pages:
        page = text(client, address)
        assert SECRET not in page.replace(f'value="{SECRET}"', ""), address
        assert REGULATED not in page, address
        for key in private:
            assert f">{key}<" not in page, (address, key)


def test_a_search_finds_public_cases_by_their_words_and_never_private_ones(
    client: Client, submit: Callable[..., Any]
) -> None:
    submit("Alpha", answers())
    page = text(client, of_task(query="?find=Which+is+4"))
    assert "set/c4" in page
    assert "set/c3" not in page
    assert "No public case holds these words." in text(client, of_task(query="?find=set%2Fc2"))
    assert "No public case holds these words." in text(client, of_task("closed", f"?find={REGULATED}"))


def test_a_regulated_case_shows_what_was_earned_and_no_text(
    client: Client, submit: Callable[..., Any]
) -> None:
    submission = submit("Alpha", answers(said={"r0": "Answer: A\nas the text says"}))
    page = text(client, of_case("r0", "closed"))
    assert "The texts of this task are regulated" in page
    assert "as the text says" not in page
    assert ">1</span>" in page
    whole = client.get(of_case("r0", "closed", f"?whole=run-{submission.run.pk}"))
    assert whole.status_code == 404


def test_a_hostile_answer_is_text_with_what_cannot_be_seen_made_visible(
    client: Client, submit: Callable[..., Any]
) -> None:
    hostile = "<img src=x onerror=alert(2)>\u202edesrever\u2066\x07\u200b line one\r\nline two <b>"
    submit("Alpha <script>", answers(said={"t0": hostile}))
    page = text(client, of_case("t0", "talk"))
    assert "<img src=x" not in page
    assert "<script>alert(1)" not in page, "of the item"
    assert "&lt;script&gt;alert(1)" in page
    for shown in ("U+202E", "U+2066", "U+0007", "U+200B"):
        assert f">{shown}</span>" in page
    for raw in "\u202e\u2066\x07\u200b":
        assert raw not in page
    assert "line one\nline two" in page


def test_an_answer_of_a_megabyte_is_shown_in_part_and_kept_as_a_file(
    client: Client, submit: Callable[..., Any]
) -> None:
    long = "because " + "x" * 999_992
    submission = submit("Alpha", answers(said={"t0": long}))
    page = text(client, of_case("t0", "talk"))
    assert len(page) < 60_000
    assert "The whole answer, 1,000,000 characters" in page
    whole = client.get(of_case("t0", "talk", f"?whole=run-{submission.run.pk}"))
    assert whole.content.decode() == long
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert whole.headers["Content-Disposition"] == 'attachment; filename="t0.txt"'


@pytest.mark.parametrize("kind", ["hidden", "withdrawn"])
def test_answers_of_a_run_that_was_taken_off_are_shown_nowhere_not_even_in_the_past(
    client: Client, submit: Callable[..., Any], deep: Any, kind: str
) -> None:
    submit("Alpha", answers())
    gone = submit("Gone", answers(said={"t0": "the words of Gone"}))
    published = ScoreEvent.objects.get(run=gone.run, kind="published").at
    ScoreEvent.objects.create(run=gone.run, kind=kind, reason="asked")
    derive(deep)
    past = published.isoformat().replace("+00:00", "Z")
    for query in ["", f"?as_of={past}"]:
        page = text(client, of_case("t0", "talk", query))
        assert "the words of Gone" not in page, query
    assert client.get(of_case("t0", "talk", f"?as_of={past}&whole=run-{gone.run.pk}")).status_code == 404


def test_an_anonymous_run_s_words_are_kept_back(client: Client, submit: Callable[..., Any]) -> None:
    submit("Alpha", answers())
    shy = submit("Shy one", answers(said={"t0": "I am the Shy one"}), visibility="anonymous")
    page = text(client, of_case("t0", "talk"))
    assert "Shy one" not in page
    assert "Alpha" in page
    assert client.get(of_case("t0", "talk", f"?whole=run-{shy.run.pk}")).status_code == 404


def test_the_way_leads_to_the_next_public_case_and_back_to_the_board_as_it_was_filtered(
    client: Client, submit: Callable[..., Any]
) -> None:
    submit("Alpha", answers())
    page = text(client, of_case("set/c1", query="?split=public"))
    assert 'rel="prev" href="/boards/deep/tasks/choice/cases/set/c0/?split=public"' in page
    assert 'rel="next" href="/boards/deep/tasks/choice/cases/set/c3/?split=public"' in page, "c2 is private"
    assert 'href="/boards/deep/?split=public"' in page


def test_pages_cost_as_many_queries_for_many_systems_as_for_two(
    client: Client, submit: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        submit(f"System {n}", answers(wrong=(f"set/c{n}",)))
    addresses = {
        of_case("set/c0"): 12,
        of_task(): 12,
        reverse("leaderboard:significance", args=["deep"]): 6,
    }
    for address, most in addresses.items():
        text(client, address)
        with django_assert_max_num_queries(most):
            text(client, address)


def test_a_task_shows_order_difficulty_and_what_separates(client: Client, submit: Callable[..., Any]) -> None:
    public = [item["id"] for item in items() if item["task"] == "choice" and item["split"] == "public"]
    for n in range(5):
        submit(f"System {n}", answers(wrong=public[:n]))
    page = text(client, of_task())
    assert "8 public items, 5 systems" in page
    assert "Items that separate systems most" in page
    assert "Choose one letter." in page
    assert "CC0-1.0" in page
    formula = re.search(r'href="/methods/#([\w-]+)"><code>accuracy</code>', page)
    assert formula is not None
    assert f'id="{formula[1]}"' in text(client, "/methods/")
    assert "8 public" in page
    hardest = text(client, of_task(query="?order=hardest"))
    listed = hardest[hardest.index('id="cases"') :]
    assert listed.index(">set/c0<") < listed.index(">set/c10<")


def test_a_task_nobody_has_and_a_date_nobody_can_read_say_so(client: Client, deep: Any) -> None:
    assert client.get(of_task("nowhere")).status_code == 404
    assert client.get(of_case("c0", "nowhere")).status_code == 404
    unreadable = client.get(of_task(query="?as_of=yesterday"))
    assert unreadable.status_code == 400
    assert "as_of cannot be read" in unreadable.content.decode()
    assert "No system has a score here yet." in text(client, of_task())
    assert "No published answer yet" in text(client, of_case("set/c0"))


def test_a_case_score_is_the_byte_of_its_place(client: Client, submit: Callable[..., Any], deep: Any) -> None:
    submission = submit("Alpha", answers(wrong=("set/c3",)))
    score = Score.objects.get(run=submission.run, task__slug="choice", split="all")
    assert score.n_items == 12
    assert "1 published answer, 0 right" in text(client, of_case("set/c3"))
    assert "1 published answer, 1 right" in text(client, of_case("set/c4"))
    assert Answer.objects.filter(run=submission.run).count() == 17
