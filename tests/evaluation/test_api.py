"""What programs rely on: /api/v1/."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import services as accounts
from evaluation.models import Answer, Run, Submission, System
from workers import tasks

pytestmark = pytest.mark.django_db

Answers = Callable[..., bytes]
PROBLEM_KEYS = {"line", "key", "code", "message"}


@pytest.fixture
def api(lab: Any) -> Client:
    return Client(headers={"authorization": f"Token {accounts.create_token(lab, 'tests')}"})


def post(client: Client, content: bytes, **fields: str) -> Any:
    data = {"benchmark": "tiny", "system": "Model M", **fields}
    return client.post("/api/v1/submissions/", data | {"file": SimpleUploadedFile("answers.jsonl", content)})


def test_a_right_file_is_taken_queued_scored_and_on_the_board(
    api: Client, tiny: Any, answers_to: Answers
) -> None:
    received = post(api, answers_to(wrong=("v0",)))
    assert received.status_code == 201
    assert set(received.json()) == {"id", "state", "url"}
    assert received.json()["state"] == "queued"
    address = f"/api/v1/submissions/{received.json()['id']}/"
    waiting = api.get(address).json()
    assert (waiting["position"], waiting["progress"]["done"], waiting["progress"]["total"]) == (1, 0, 8)

    tasks.serve_queue()

    scored = api.get(address).json()
    assert scored["state"] == "scored"
    verdict = next(score for score in scored["scores"] if score["task"] == "verdict")
    assert (verdict["value"], verdict["step"]) == (0.7, 0.1)  # 2 of 3, and all three private
    assert {"task", "metric", "value", "low", "high", "n", "unparsed"} <= set(verdict)
    board = api.get("/api/v1/boards/tiny/").json()
    row = board["rows"][0]
    assert row["system"] == "Model M"
    assert row["average"] == pytest.approx((1 + 0.7) / 2, abs=0.06)
    assert (row["rank_low"], row["rank_high"]) == (1, 1)
    assert "Model M" in api.get("/api/v1/boards/tiny.csv").content.decode()


def test_a_wrong_file_is_refused_by_line_key_and_remedy_and_leaves_nothing(
    api: Client, tiny: Any, answers_to: Answers
) -> None:
    lines = answers_to().splitlines()
    lines[0] = json.dumps({"id": "nobody", "output": "A"}).encode()
    refused = post(api, b"\n".join(lines))

    assert refused.status_code == 400
    verdict = refused.json()
    assert set(verdict) == {"problems", "counts"}
    assert all(set(problem) == PROBLEM_KEYS for problem in verdict["problems"])
    assert verdict["counts"] == {"unknown_id": 1, "missing_items": 1}
    unknown = verdict["problems"][0]
    assert (unknown["line"], unknown["key"]) == (1, "nobody")
    assert not Run.objects.exists()
    assert not Answer.objects.exists()
    assert not System.objects.exists()
    kept = Submission.objects.get()
    assert kept.findings["counts"] == verdict["counts"]
    assert len(kept.sha256) == 64
    assert not kept.file


def test_the_same_file_twice_is_the_same_submission(api: Client, tiny: Any, answers_to: Answers) -> None:
    first, second = post(api, answers_to()), post(api, answers_to())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert Run.objects.count() == 1


def test_the_same_file_for_another_mode_is_another_submission(
    api: Client, tiny: Any, answers_to: Answers
) -> None:
    first, second = post(api, answers_to()), post(api, answers_to(), mode="5-shot")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_gzip_is_welcome_and_the_kept_file_is_what_was_sent(
    api: Client, tiny: Any, answers_to: Answers
) -> None:
    packed = gzip.compress(answers_to())
    received = post(api, packed)
    assert received.status_code == 201
    file = api.get(f"/api/v1/submissions/{received.json()['id']}/file/")
    assert b"".join(file.streaming_content) == packed


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"benchmark": "nowhere"}, "unknown_benchmark"),
        ({"system": " "}, "required"),
        ({"system": "x" * 121}, "max_length"),
    ],
)
def test_wrong_fields_are_named_like_any_other_problem(
    api: Client, tiny: Any, answers_to: Answers, fields: dict[str, str], code: str
) -> None:
    refused = post(api, answers_to(), **fields)
    assert refused.status_code == 400
    assert refused.json()["counts"] == {code: 1}
    assert refused.json()["problems"][0]["key"] in fields


def test_without_a_file_the_problem_says_so(api: Client, tiny: Any) -> None:
    refused = api.post("/api/v1/submissions/", {"benchmark": "tiny", "system": "M"})
    assert refused.status_code == 400
    assert refused.json()["problems"][0]["key"] == "file"


def test_a_name_that_belongs_to_somebody_else_cannot_be_taken(
    api: Client, rival: Any, tiny: Any, answers_to: Answers
) -> None:
    System.objects.create(name="model m", name_key="model m", owner=rival)
    refused = post(api, answers_to())
    assert refused.status_code == 400
    assert refused.json()["counts"] == {"name_taken": 1}


def test_who_may_not_submit_is_told(tiny: Any, eve: Any, answers_to: Answers) -> None:
    client = Client(headers={"authorization": f"Token {accounts.create_token(eve, 'tests')}"})
    refused = post(client, answers_to())
    assert refused.status_code == 400
    assert refused.json()["counts"] == {"not_a_submitter": 1}


def test_failed_and_cancelled_runs_cost_no_quota(
    api: Client, tiny: Any, answers_to: Answers, settings: Any
) -> None:
    settings.SUBMISSIONS_PER_DAY = 1
    first = post(api, answers_to()).json()
    assert post(api, answers_to(wrong=("c0",))).json()["counts"] == {"quota_spent": 1}
    assert api.post(f"/api/v1/submissions/{first['id']}/cancel/").json()["state"] == "cancelled"
    assert post(api, answers_to(wrong=("c0",))).status_code == 201


def test_a_retry_beyond_the_quota_says_so(api: Client, tiny: Any, answers_to: Answers, settings: Any) -> None:
    first = post(api, answers_to()).json()
    api.post(f"/api/v1/submissions/{first['id']}/cancel/")
    post(api, answers_to(wrong=("c0",)))
    settings.SUBMISSIONS_PER_DAY = 1
    refused = api.post(f"/api/v1/submissions/{first['id']}/retry/")
    assert refused.status_code == 400
    assert refused.json()["counts"] == {"quota_spent": 1}


def test_cancel_and_retry_say_when_there_is_nothing_to_do(
    api: Client, tiny: Any, answers_to: Answers
) -> None:
    address = f"/api/v1/submissions/{post(api, answers_to()).json()['id']}/"
    assert api.post(address + "retry/").status_code == 409
    assert api.post(address + "cancel/").json()["state"] == "cancelled"
    assert api.post(address + "cancel/").status_code == 409
    assert api.post(address + "retry/").json()["state"] == "queued"


def test_an_unknown_or_revoked_token_is_refused(api: Client, lab: Any, tiny: Any) -> None:
    assert api.get("/api/v1/submissions/").status_code == 200
    lab.api_tokens.all().delete()
    refused = api.get("/api/v1/submissions/")
    assert refused.status_code == 401
    assert "revoked" in refused.json()["detail"]


@pytest.mark.parametrize("header", ["Token", "Token a b", "Token \xff", "Token " + "x" * 5000])
def test_a_malformed_token_is_no_server_error(tiny: Any, header: str) -> None:
    assert Client(headers={"authorization": header}).get("/api/v1/submissions/").status_code == 401


def test_items_are_given_without_private_references(client: Client, tiny: Any) -> None:
    everything = b"".join(client.get("/api/v1/benchmarks/tiny/items.jsonl").streaming_content)
    lines = [json.loads(line) for line in everything.splitlines()]
    assert [line["id"] for line in lines] == ["c0", "c1", "c2", "c3", "c4", "v0", "v1", "v2"]
    assert not any("gold" in line or "reference" in line for line in lines)

    public = b"".join(client.get("/api/v1/benchmarks/tiny/items.jsonl?references=1").streaming_content)
    with_references = [json.loads(line) for line in public.splitlines()]
    assert [line["id"] for line in with_references] == ["c1", "c3"]
    assert with_references[0]["reference"] == {"letters": ["B"]}
    private = client.get("/api/v1/benchmarks/tiny/items.jsonl?references=1&split=private")
    assert b"".join(private.streaming_content) == b""
    assert client.get("/api/v1/benchmarks/tiny/items.jsonl?split=secret").status_code == 400


def test_a_stranger_sees_scores_but_not_the_verdict_nor_what_is_unfinished(
    api: Client, rival: Any, tiny: Any, answers_to: Answers
) -> None:
    address = f"/api/v1/submissions/{post(api, answers_to()).json()['id']}/"
    stranger = Client(headers={"authorization": f"Token {accounts.create_token(rival, 'tests')}"})
    for client in (stranger, Client()):
        assert client.get(address).status_code == 404
    assert stranger.post(address + "cancel/").status_code == 404
    tasks.serve_queue()
    assert stranger.get(address).json()["problems"] == []
    assert stranger.get(address + "file/").status_code == 404
    assert stranger.post(address + "retry/").status_code == 404


def test_the_schema_describes_every_path(client: Client) -> None:
    schema = client.get("/api/v1/schema/", headers={"accept": "application/json"}).json()
    assert {"/api/v1/benchmarks/", "/api/v1/submissions/", "/api/v1/boards/{slug}/"} <= set(schema["paths"])


def test_the_command_prints_a_token_that_works(lab: Any, capsys: Any) -> None:
    from django.core.management import call_command

    call_command("create_token", "lab")
    token = capsys.readouterr().out.strip()
    assert Client(headers={"authorization": f"Token {token}"}).get("/api/v1/submissions/").status_code == 200
    assert not lab.api_tokens.filter(digest__contains=token).exists()
