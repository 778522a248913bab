"""What the API sends is the page's file, the same bytes for ever, and not sent again while unchanged."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File
from django.test import Client
from django.utils import timezone

from evaluation.services import submissions
from leaderboard.models import ScoreEvent
from workers import tasks

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "tex"])
def test_the_page_and_the_api_give_the_same_file(client: Client, ranked: list[Any], ending: str) -> None:
    query = "?language=es&sort=-average"
    page, api = client.get(f"/boards/tiny.{ending}{query}"), client.get(f"{API}/boards/tiny.{ending}{query}")
    assert page.content == api.content
    assert page.headers["Content-Disposition"] == api.headers["Content-Disposition"]
    assert f"tiny-revision-4.{ending}" in page.headers["Content-Disposition"]


def test_the_file_has_the_rows_of_the_api(client: Client, ranked: list[Any]) -> None:
    by_api = client.get(f"{API}/boards/tiny/").json()
    by_file = client.get("/boards/tiny.json").json()
    assert by_file == {name: by_api[name] for name in by_file}


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "tex"])
def test_a_slice_of_the_past_is_the_same_bytes_whatever_comes_later(
    client: Client, ranked: list[Any], lab: Any, tiny: Any, answers_to: Callable[..., bytes], ending: str
) -> None:
    address = f"/boards/tiny.{ending}?as_of={timezone.now().isoformat().replace('+00:00', 'Z')}"
    before = client.get(address).content
    file = File(io.BytesIO(answers_to(wrong=("c1",))), name="p.jsonl")
    submissions.submit(lab, tiny, "Delta", "", "p.jsonl", file)
    tasks.serve_queue()
    assert client.get(address).content == before
    assert client.get(f"/boards/tiny.{ending}").content != before


def test_the_page_named_in_a_file_shows_the_board_as_the_file_has_it(
    client: Client, ranked: list[Any], tiny: Any
) -> None:
    said = client.get("/boards/tiny.json?language=es").json()
    ScoreEvent.objects.create(run=ranked[0].run, kind="published", scoring=2, at=timezone.now())
    assert "as_of=" in said["page"] and "language=es" in said["page"]
    again = client.get(said["page"].replace("/boards/tiny/", "/boards/tiny.json")).json()
    assert again["rows"] == said["rows"]


def test_an_unchanged_answer_is_not_sent_again(client: Client, ranked: list[Any]) -> None:
    for path in [
        f"{API}/boards/",
        f"{API}/boards/tiny/",
        "/boards/tiny.csv",
        f"{API}/systems/",
        "/boards/tiny/badge.svg?row=alpha",
    ]:
        first = client.get(path)
        tag = first.headers["ETag"]
        assert not tag.startswith("W/")
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
    changed = client.get("/boards/tiny.csv?sort=system").headers["ETag"]
    assert changed != client.get("/boards/tiny.csv?sort=-system").headers["ETag"]


def test_pages_of_other_sites_may_read_boards_and_nothing_else(client: Client, ranked: list[Any]) -> None:
    for path in [
        f"{API}/boards/",
        f"{API}/boards/tiny/?limit=0",
        "/boards/tiny.json",
        f"{API}/systems/alpha/",
    ]:
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*", path
        assert "Access-Control-Allow-Credentials" not in client.get(path).headers
    asked = client.options(f"{API}/boards/tiny/", headers={"Access-Control-Request-Headers": "if-none-match"})
    assert asked.status_code == 204
    assert "If-None-Match" in asked.headers["Access-Control-Allow-Headers"]
    for path in ["/", f"{API}/benchmarks/", f"{API}/submissions/"]:
        assert "Access-Control-Allow-Origin" not in client.get(path).headers, path
