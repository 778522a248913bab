"""Programs read boards: every answer is as the schema says, and rows, pairs, tasks and systems agree."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema
import pytest
from django.core.files.base import File
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from evaluation.services import receipts, submissions
from leaderboard.models import ScoreEvent
from leaderboard.services.boards import derive
from workers import tasks

pytestmark = pytest.mark.django_db

API = "/api/v1"


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return found


def strict(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema, in which an object has no property but those that are named."""
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {name: strict(value) for name, value in node.items() if name != "nullable"}
    if found.get("type") == "object" and "properties" in found:
        found.setdefault("additionalProperties", False)
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") else found


def shape_of(path: str, status: int = 200) -> dict[str, Any]:
    answer = schema()["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
    return {**strict(answer), "components": strict(schema()["components"])}


def holds(content: Any, path: str, status: int = 200) -> None:
    jsonschema.validate(content, shape_of(path, status), format_checker=jsonschema.FormatChecker())


def test_every_answer_is_as_the_schema_says(client: Client, ranked: list[Any]) -> None:
    receipt = receipts.issue(ranked[0].run)
    for path, template in {
        "boards/": "boards/",
        "boards/tiny/": "boards/{slug}/",
        "boards/tiny/?language=es&weight=verdict:2&sort=-average&q=a": "boards/{slug}/",
        "boards/tiny.json": "boards/{slug}.{ending}",
        "boards/tiny/tasks/": "boards/{slug}/tasks/",
        "boards/tiny/pairs/": "boards/{slug}/pairs/",
        "systems/": "systems/",
        "systems/alpha/": "systems/{key}/",
        f"receipts/{receipt.sha256}/": "receipts/{sha256}/",
    }.items():
        answer = client.get(f"{API}/{path}")
        assert answer.status_code == 200, (path, answer.content)
        holds(answer.json(), f"{API}/{template}")
    for path, template, status in [
        ("boards/tiny/?limit=0", "boards/{slug}/", 400),
        ("boards/tiny/?as_of=yesterday", "boards/{slug}/", 400),
        ("boards/nowhere/", "boards/{slug}/", 404),
        ("systems/nobody/", "systems/{key}/", 404),
        ("receipts/0/", "receipts/{sha256}/", 404),
    ]:
        answer = client.get(f"{API}/{path}")
        assert answer.status_code == status, path
        holds(answer.json(), f"{API}/{template}", status)


def test_the_schema_itself_would_notice_an_answer_that_is_not_as_it_says() -> None:
    with pytest.raises(jsonschema.ValidationError):
        holds({"count": 0, "next": None, "previous": None, "results": [], "more": 1}, f"{API}/boards/")
    with pytest.raises(jsonschema.ValidationError):
        holds({"count": None, "next": None, "previous": None, "results": []}, f"{API}/boards/")


def test_rows_come_in_stretches_that_make_the_whole(client: Client, ranked: list[Any]) -> None:
    whole = client.get(f"{API}/boards/tiny/").json()
    assert (whole["count"], whole["next"], whole["previous"]) == (4, None, None)
    address, rows = f"{API}/boards/tiny/?limit=3&language=es&language=en", []
    while address:
        stretch = client.get(address).json()
        assert len(stretch["rows"]) <= 3
        rows += stretch["rows"]
        address = stretch["next"]
    assert [row["key"] for row in rows] == [row["key"] for row in whole["rows"]]
    assert client.get(stretch["previous"]).json()["rows"] == rows[:3]
    assert client.get(f"{API}/boards/tiny/?offset=99").json()["rows"] == []


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ("limit=0", "limit", "from 1 to 1000"),
        ("limit=1001", "limit", "from 1 to 1000"),
        ("limit=ten", "limit", "whole number"),
        ("limit=", "limit", "whole number"),
        ("limit=²", "limit", "whole number"),
        ("offset=-1", "offset", "from 0"),
        ("offset=99999999999", "offset", "whole number"),
        ("as_of=yesterday", "as_of", "2026-05-01"),
        ("as_of=2999-01-01", "as_of", "earlier"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write(
    client: Client, ranked: list[Any], query: str, field: str, remedy: str
) -> None:
    answer = client.get(f"{API}/boards/tiny/?{query}")
    assert answer.status_code == 400
    [text] = answer.json()[field]
    assert remedy in text


def test_every_address_of_a_board_refuses_an_unreadable_date(client: Client, ranked: list[Any]) -> None:
    for path in ["boards/tiny/tasks/", "boards/tiny/pairs/", "boards/tiny.csv", "boards/tiny.tex"]:
        assert "as_of" in client.get(f"{API}/{path}?as_of=x").json()
    assert b"2026-05-01" in client.get("/boards/tiny.csv?as_of=x").content
    assert client.get("/boards/tiny.csv?as_of=x").status_code == 400
    assert client.get("/boards/nowhere.csv").status_code == 404


def test_pairs_are_each_told_once_and_agree_with_the_ranks(client: Client, ranked: list[Any]) -> None:
    found = client.get(f"{API}/boards/tiny/pairs/").json()
    keys = {row["key"] for row in client.get(f"{API}/boards/tiny/").json()["rows"] if row["rank_low"]}
    assert set(found["systems"]) == keys
    told = [frozenset((pair["first"], pair["second"])) for pair in found["results"]]
    assert len(told) == len(set(told)) == found["count"] == len(keys) * (len(keys) - 1) // 2
    one = sorted(keys)[0]
    own = client.get(f"{API}/boards/tiny/pairs/?row={one}").json()
    assert {pair["first"] for pair in own["results"]} == {one}
    assert own["count"] == len(keys) - 1
    refused = client.get(f"{API}/boards/tiny/pairs/?row=nobody")
    assert refused.status_code == 400 and "key of a ranked row" in refused.json()["row"][0]


def test_tasks_of_a_slice_say_how_far_systems_have_come(client: Client, ranked: list[Any]) -> None:
    found = client.get(f"{API}/boards/tiny/tasks/?language=es").json()
    [task] = found["results"]
    assert (task["key"], task["systems"]) == ("verdict", 4)
    assert found["count"] == 1


def test_a_system_is_found_on_every_board_under_its_key(client: Client, ranked: list[Any]) -> None:
    found = client.get(f"{API}/systems/?q=GAMMA").json()
    [system] = found["results"]
    assert [place["mode"] for place in system["places"]] == ["", "cot"]
    assert client.get(f"{API}/systems/{system['key']}/").json() == system
    assert client.get(system["places"][0]["url"]).status_code == 200


def test_a_receipt_is_public_only_while_its_run_stands_on_a_board_under_its_name(
    client: Client, ranked: list[Any], tiny: Any
) -> None:
    run = ranked[0].run
    receipt = receipts.issue(run)
    address = f"{API}/receipts/{receipt.sha256}/"
    said = client.get(address)
    assert said.json()["manifest"]["system"] == "Alpha"
    assert said.json()["on_board"] is True
    assert b"nonce" not in said.content
    for hide, show in [("anonymised", "named"), ("hidden", "shown"), ("withdrawn", None)]:
        ScoreEvent.objects.create(run=run, kind=hide)
        derive(tiny)
        assert client.get(address).status_code == 404, hide
        if show:
            ScoreEvent.objects.create(run=run, kind=show)
            derive(tiny)
            assert client.get(address).status_code == 200, show


def test_a_badge_follows_the_filter_and_says_what_is_missing(client: Client, ranked: list[Any]) -> None:
    picture = client.get("/boards/tiny/badge.svg?row=alpha")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert "max-age=300" in picture.headers["Cache-Control"]
    assert "of 4" in picture.content.decode()
    spanish = client.get("/boards/tiny/badge.svg?row=alpha&language=es").content
    assert spanish != picture.content
    for query, status, said in [
        ("", 404, "add ?row="),
        ("?row=nobody", 404, "not on this board"),
        ("?row=alpha&as_of=x", 400, "as_of cannot be read"),
    ]:
        answer = client.get(f"/boards/tiny/badge.svg{query}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "image/svg+xml")
        assert said in answer.content.decode()
    assert client.get("/boards/nowhere/badge.svg?row=a").status_code == 404


def test_a_row_whose_name_is_kept_back_is_nowhere_named(client: Client, ranked: list[Any], tiny: Any) -> None:
    ScoreEvent.objects.create(run=ranked[0].run, kind="anonymised")
    derive(tiny)
    pages = [
        client.get(path).content
        for path in [
            "/boards/tiny.csv",
            "/boards/tiny.json",
            "/boards/tiny.tex",
            f"{API}/boards/tiny/",
            f"{API}/systems/",
            f"{API}/boards/tiny/pairs/",
        ]
    ]
    assert not [page for page in pages if b"Alpha" in page or str(ranked[0].pk).encode() in page]
    assert client.get(f"{API}/systems/alpha/").status_code == 404


def test_the_past_before_the_first_score_is_an_empty_board(
    client: Client, lab: Any, tiny: Any, answers_to: Callable[..., bytes]
) -> None:
    before = timezone.now().isoformat().replace("+00:00", "Z")
    submissions.submit(lab, tiny, "Alpha", "", "p.jsonl", File(io.BytesIO(answers_to()), name="p.jsonl"))
    tasks.serve_queue()
    found = client.get(f"{API}/boards/tiny/?as_of={before}").json()
    assert (found["rows"], found["count"]) == ([], 0)
    assert json.loads(client.get(f"/boards/tiny.json?as_of={before}").content)["rows"] == []
    assert client.get(f"{API}/boards/tiny/").json()["count"] == 1
