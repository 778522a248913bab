"""In which language a page comes: as the account says, or was chosen in this browser, or the browser asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.languages import asked_for, is_same_for_all

pytestmark = pytest.mark.django_db
BOARDS = {"en": "Boards", "es": "Clasificaciones", "zh-hans": "榜单"}


def spoken(client: Client, accepted: str = "", where: str = "/") -> str:
    response = client.get(where, headers={"Accept-Language": accepted} if accepted else {})
    page = response.content.decode()
    language = response.headers["Content-Language"]
    assert f'<html lang="{language}" dir="ltr">' in page
    assert f">{BOARDS[language]}</a>" in page
    return str(language)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"), ("es", "es"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("zh-CN,zh;q=0.9", "zh-hans"), ("zh", "zh-hans"),
        ("de,fr;q=0.8", "en"), ("de,es;q=0.1", "es"), ("en-GB,es", "en"), ("*", "en"), ("es;q=0", "en"),
        ("ES-ar", "es"), ("x" * 600, "en"), ("es, " * 200, "en"), (";;,,=\x7f", "en"), ("../../etc/passwd", "en"),
    ],
)  # fmt: skip
def test_a_first_visitor_reads_the_language_their_browser_asks_for(accepted: str, language: str) -> None:
    assert asked_for(accepted) == language
    assert spoken(Client(), accepted) == language


def test_a_choice_is_kept_in_the_browser_and_leads_back_to_the_page() -> None:
    client = Client()
    answer = client.post(
        "/account/language/", {"language": "es"}, headers={"Referer": "http://testserver/queue/?page=2"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://testserver/queue/?page=2")
    cookie = answer.cookies["language"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("es", "Lax", True)
    assert spoken(client, "zh-CN") == "es"
    assert spoken(client, "zh-CN", "/queue/") == "es"
    client.post("/account/language/", {"language": "en"})
    assert spoken(client, "zh-CN") == "en"


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_a_choice_leads_nowhere_else(elsewhere: str) -> None:
    headers = {"Referer": elsewhere}
    assert Client().post("/account/language/", {"language": "es"}, headers=headers).headers["Location"] == "/"


@pytest.mark.parametrize("said", ["", "de", "../es", "es\r\nSet-Cookie: a=b", "es" * 500])
def test_a_language_that_is_not_ours_is_refused_and_nothing_is_kept(said: str) -> None:
    answer = Client().post("/account/language/", {"language": said})
    assert answer.status_code == 400
    assert b"en, es, zh-hans" in answer.content
    assert "language" not in answer.cookies


def test_a_cookie_that_holds_nonsense_is_passed_over() -> None:
    client = Client()
    client.cookies["language"] = "tlh"
    assert spoken(client, "es") == "es"


def test_the_choice_of_somebody_signed_in_is_kept_with_the_account(lab: Any) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(lab)
    here.post("/account/language/", {"language": "zh-hans"})
    lab.refresh_from_db()
    assert lab.language == "zh-hans"
    elsewhere.force_login(lab)
    assert spoken(elsewhere, "es") == "zh-hans"
    elsewhere.cookies["language"] = "es"
    assert spoken(elsewhere) == "zh-hans"


def test_who_never_chose_keeps_the_language_of_the_browser_when_signed_in(lab: Any) -> None:
    client = Client()
    client.post("/account/language/", {"language": "es"})
    client.force_login(lab)
    assert spoken(client) == "es"
    lab.refresh_from_db()
    assert lab.language == ""


def test_nobody_elsewhere_can_change_what_an_account_keeps(lab: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lab)
    assert client.post("/account/language/", {"language": "es"}).status_code == 403
    lab.refresh_from_db()
    assert lab.language == ""


def test_a_language_is_chosen_by_a_form_and_never_by_a_link() -> None:
    assert Client().get("/account/language/?language=es").status_code == 405


def test_pages_say_by_what_they_vary() -> None:
    varies = Client().get("/").headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= {each.strip() for each in varies.split(",")}


@pytest.mark.parametrize(
    ("path", "query", "same"),
    [
        ("/", "", False), ("/boards/sample/", "", False), ("/boards/sample/", "as_of=2026-05-01", True),
        ("/boards/sample.csv", "", True), ("/api/v1/boards/sample/", "", True), ("/boards/sample/charts/forest.json", "", False),
        ("/boards/sample/charts/forest.csv", "", True), ("/boards/sample/badge.svg", "", True), ("/changes/feed.atom", "", True),
        ("/receipts/abc.json", "", True), ("/receipts/abc/", "", False), ("/healthz", "", True),
        ("/boards/a/tasks/b/cases/x.json", "", False), ("/boards/a/tasks/b/cases/x.csv/", "", False),
        ("/studies/s/export/ratings.jsonl", "", True), ("/studies/s/honorarium/payroll.csv", "", True),
        ("/submissions/5f0c/log/", "", True), ("/boards/a/charts/forest.json", "as_of=2026-05-01", True),
    ],
)  # fmt: skip
def test_what_is_one_thing_for_all(path: str, query: str, same: bool) -> None:
    assert is_same_for_all(path, query) is same
