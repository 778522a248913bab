"""System pages and receipts: everything public about a system, and nothing that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.models import Miss, Receipt, Submission
from evaluation.services import receipts
from leaderboard.domain.public_manifest import public
from leaderboard.models import Flag, ReportedRow, ReportedTable, ScoreEvent
from leaderboard.services.boards import derive
from tests.leaderboard.published_runs import answers, load, submitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def deep(db: None, tmp_path: Path) -> Any:
    return load(tmp_path / "deep")


@pytest.fixture
def submit(lab: Any, deep: Any) -> Callable[..., Any]:
    return submitter(lab, deep)


def system(name: str, query: str = "") -> str:
    return reverse("leaderboard:system", args=[name]) + query


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_system_page_says_where_it_stands_and_what_was_run(
    client: Client, submit: Callable[..., Any]
) -> None:
    first = submit("Alpha / one", answers())
    submit("Alpha / one", answers(wrong=("set/c0", "set/c1")), mode="cot")
    submit("Beta", answers())
    Miss.objects.create(run=first.run, position=3, code="timed_out", message="m", at=timezone.now())
    receipt = receipts.issue(first.run)
    page = text(client, system("alpha / one"))
    assert "Alpha / one" in page
    assert page.count('<article class="card stack" id="run-') == 2
    assert "run here" in page
    assert "timed out: 1" in page
    assert reverse("leaderboard:receipt", args=[receipt.sha256]) in page
    assert "17 in 3 tasks" in page
    assert "Beta" not in page


def test_any_spelling_leads_to_the_one_page(client: Client, submit: Callable[..., Any]) -> None:
    submit("Alpha", answers())
    answer = client.get("/systems/ＡＬＰＨＡ/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/systems/alpha/"
    assert client.get("/systems/nobody/").status_code == 404
    assert client.get("/systems/%20/").status_code == 404
    assert client.get("/systems/a%00b/").status_code == 404


def test_a_run_that_took_the_place_of_another_leaves_it_on_the_page(
    client: Client, submit: Callable[..., Any]
) -> None:
    old = submit("Alpha", answers(wrong=("set/c0",)))
    new = submit("Alpha", answers())
    page = text(client, system("alpha"))
    assert page.count("on the board</span>") == 1
    assert page.count("not the current one</span>") == 1
    assert page.index(f'id="run-{new.run.pk}"') < page.index(f'id="run-{old.run.pk}"')


@pytest.mark.parametrize(
    "changes",
    [
        {"visibility": Submission.Visibility.PRIVATE},
        {"visibility": Submission.Visibility.ANONYMOUS},
        {"relation": Submission.Relation.NOT_ASKED},
    ],
)
def test_what_is_not_public_under_its_name_has_no_page_and_no_receipt(
    client: Client, submit: Callable[..., Any], changes: dict[str, Any]
) -> None:
    submission = submit("Alpha", answers(), **changes)
    receipt = receipts.issue(submission.run)
    assert client.get(system("alpha")).status_code == 404
    assert client.get(reverse("leaderboard:receipt", args=[receipt.sha256])).status_code == 404
    assert client.get(reverse("leaderboard:receipt_json", args=[receipt.sha256])).status_code == 404


@pytest.mark.parametrize("kind", ["hidden", "withdrawn", "anonymised"])
def test_what_is_taken_back_takes_its_pages_along_also_those_of_the_past(
    client: Client, submit: Callable[..., Any], deep: Any, kind: str
) -> None:
    submission = submit("Alpha", answers())
    receipt = receipts.issue(submission.run)
    address = reverse("leaderboard:receipt", args=[receipt.sha256])
    assert client.get(address).status_code == 200
    before = ScoreEvent.objects.get(run=submission.run).at.isoformat().replace("+00:00", "Z")
    ScoreEvent.objects.create(run=submission.run, kind=kind, reason="asked")
    derive(deep)
    for query in ["", f"?as_of={before}"]:
        answer = client.get(system("alpha", query))
        assert answer.status_code == 404 or f"run-{submission.run.pk}" not in answer.content.decode(), query
    assert client.get(address).status_code == 404


def test_a_reported_system_has_a_page_that_says_it_was_not_run_here(
    client: Client, submit: Callable[..., Any]
) -> None:
    submit("Alpha", answers())
    table = ReportedTable.objects.create(
        board="deep", mode="zero-shot", title="As printed", sha256="0" * 64,
        columns=[{"key": "choice", "name": "Choice", "metric": "accuracy", "facets": {}}],
    )  # fmt: skip
    ReportedRow.objects.create(
        table=table, order=1, system="Told <b>", name_key="told <b>", attributes={"licence": "MIT"},
        scores={"choice": {"value": 0.5}},
    )  # fmt: skip
    page = text(client, system("told <b>"))
    assert "Told &lt;b&gt;" in page
    assert "reported, not run here" in page
    assert "Not run here" in page


def test_a_resolved_doubt_stands_with_the_run_and_an_open_one_without_its_words(
    client: Client, submit: Callable[..., Any], rival: Any, eve: Any, root_admin: Any
) -> None:
    submission = submit("Alpha", answers())
    Flag.objects.create(
        run=submission.run, author=rival, reason="<i>too good</i>", resolved_at=timezone.now(),
        resolver=root_admin, resolution="scored again, the same",
    )  # fmt: skip
    Flag.objects.create(run=submission.run, author=eve, reason="words of an open doubt")
    page = text(client, system("alpha"))
    assert "&lt;i&gt;too good&lt;/i&gt;" in page
    assert "scored again, the same" in page
    assert "a doubt is being looked at" in page
    assert "words of an open doubt" not in page
    assert "rival" not in page
    assert "eve" not in page.lower().replace("every", "").replace("never", "").replace("level", "")


def test_many_runs_cost_as_many_queries_as_one(
    client: Client, submit: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    for n in range(4):
        receipts.issue(submit("Alpha", answers(wrong=(f"set/c{n}",)), mode=f"m{n}").run)
    text(client, system("alpha"))
    with django_assert_max_num_queries(26):
        text(client, system("alpha"))


def test_a_receipt_of_a_run_on_a_board_is_there_to_be_checked(
    client: Client, submit: Callable[..., Any]
) -> None:
    submission = submit("Alpha", answers())
    receipt = receipts.issue(submission.run)
    address = reverse("leaderboard:receipt", args=[receipt.sha256])
    page = text(client, address)
    assert f"python manage.py recompute {receipt.sha256}" in page
    assert submission.sha256 in page
    told = json.loads(client.get(reverse("leaderboard:receipt_json", args=[receipt.sha256])).content)
    assert told["sha256"] == receipt.sha256
    assert told["manifest"]["answers"] == receipt.manifest["answers"]
    assert told["command"].endswith(receipt.sha256)
    for wrong in ["0" * 64, "x", receipt.sha256[:12], receipt.sha256.upper()]:
        assert client.get(f"/receipts/{wrong}/").status_code == 404


def test_a_public_receipt_tells_no_exact_figure_of_private_items(
    client: Client, submit: Callable[..., Any], settings: Any
) -> None:
    submission = submit("Alpha", answers(wrong=("set/c2", "set/c1")))
    receipt = receipts.issue(submission.run)
    exact = {
        (score.task.slug, score.split): score.value for score in submission.run.scores.select_related("task")
    }
    told = json.loads(client.get(reverse("leaderboard:receipt_json", args=[receipt.sha256])).content)
    for score in told["manifest"]["scores"]:
        value = exact[score["task"], score["split"]]
        if score["split"] == "public" or score["task"] == "closed":
            assert score["value"] == value
        else:
            assert score["value"] is None or score["value"] != value or value in (0.0, 1.0)
    # a receipt from before figures were sealed is rounded when it is shown
    plain = {**receipt.manifest, "scores": [
        {"task": "choice", "split": "private", "metric": "accuracy", "value": 0.75, "low": 0.30, "high": 0.95,
         "n_items": 4, "n_unparsed": 0, "status": "ok"}
    ]}  # fmt: skip
    shown = public(plain, frozenset({"choice"}))
    assert shown.manifest["scores"][0]["value"] == 0.8
    assert "digits of scores over private items" in shown.masked


def test_a_public_receipt_names_no_machine_no_folder_and_no_endpoint() -> None:
    manifest = {
        "system": "Alpha",
        "scores": [],
        "source": {
            "model": {
                "backend": "openai_api", "model": "/srv/secret/models/alpha-7b", "revision": "abc",
                "host": "gpu7.internal:8000", "options": {"dtype": "bfloat16", "price_in": 3, "extra_path": "/x"},
                "whole_sha256": "f" * 64,
                "companions": {"patient": {"model": "C:\\models\\patient", "base_url": "http://10.0.0.7:1/v1"}},
            },
            "engines": [
                {"backend": "openai_api", "model": "organisation/model", "device": "gpu7.internal:8000",
                 "weights": {"/srv/secret/model.safetensors": "0"}, "versions": {"server": "1"}},
                {"backend": "transformers", "model": "x", "device": "NVIDIA H200", "weights": {}},
            ],
        },
    }  # fmt: skip
    shown = public(manifest, frozenset())
    written = json.dumps(shown.manifest)
    for secret in ["/srv", "gpu7", "10.0.0.7", "base_url", "price_in", "C:", "/x"]:
        assert secret not in written, secret
    for kept in ["alpha-7b", "organisation/model", "NVIDIA H200", "bfloat16", "model.safetensors", "f" * 64]:
        assert kept in written, kept
    assert len(shown.masked) == 4


def test_a_receipt_of_an_earlier_scoring_says_so(client: Client, submit: Callable[..., Any]) -> None:
    submission = submit("Alpha", answers())
    receipt = receipts.issue(submission.run)
    ScoreEvent.objects.create(run=submission.run, kind="published", scoring=2)
    page = text(client, reverse("leaderboard:receipt", args=[receipt.sha256]))
    assert "This is scoring 1; the board shows scoring 2." in page
    assert Receipt.objects.count() == 1
