"""Each request has an id that its lines carry and its answer tells, from the upload to the worker."""

from __future__ import annotations

import asyncio
import io
import re
from typing import Any

import pytest
from celery import current_app, signals
from django.core.files.base import File
from django.test import Client

from evaluation.services import submissions
from telemetry import jobs, tallies, trail
from telemetry.visits import Visited
from workers import tasks

MADE = re.compile(r"[0-9a-f]{16}")
GIVEN = "edge-0123456789"


@pytest.mark.django_db
def test_an_answer_tells_the_id_that_its_access_line_has(client: Client, lab: Any, lines: Any) -> None:
    client.force_login(lab)
    answer = client.get("/submissions/", {"page": "1"})
    (line,) = lines.all("consilium.access")
    assert MADE.fullmatch(answer.headers["X-Request-ID"])
    assert line["request"] == answer.headers["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "evaluation:submissions", 200)
    assert line["person"] == lab.pk
    assert line["bytes"] == len(answer.content)
    assert line["ms"] >= 0
    assert "page" not in line["message"], "what was asked for is nobody's business"


@pytest.mark.django_db
def test_whoever_is_not_signed_in_has_no_number_and_an_unknown_path_no_name(
    client: Client, lines: Any
) -> None:
    client.get("/no/such/page/of-mrs-apfelbaum/")
    (line,) = lines.all("consilium.access")
    assert "person" not in line
    assert (line["route"], line["status"]) == ("(none)", 404)
    assert "apfelbaum" not in lines.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trusted", "given", "taken"),
    [(True, GIVEN, True), (False, GIVEN, False), (True, "short", False), (True, "a b\tc{}" * 3, False)],
)
def test_an_id_is_taken_only_from_a_trusted_proxy_and_only_if_it_is_one(
    trusted: bool, given: str, taken: bool, client: Client, settings: Any
) -> None:
    settings.TRUST_PROXY = trusted
    answer = client.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is taken


def played(application: Any, **scope: Any) -> list[Any]:
    """The messages with which an ASGI application answers."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    whole = {"type": "http", "method": "GET", "path": "/", "headers": [], **scope}
    asyncio.run(application(whole, receive, send))
    return sent


def test_a_server_that_speaks_asgi_does_the_same_and_counts_the_bytes(lines: Any) -> None:
    async def pages(scope: Any, receive: Any, send: Any) -> None:
        assert MADE.fullmatch(trail.request_id())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b"12345", "more_body": True})
        await send({"type": "http.response.body", "body": b"67"})

    start, *_ = played(Visited(pages, {"/live/": "live"}), path="/live/")
    (line,) = lines.all("consilium.access")
    assert dict(start["headers"])[b"x-request-id"].decode() == line["request"]
    assert (line["route"], line["bytes"]) == ("live", 7)
    assert trail.request_id() == "", "it ends with the request"


def test_a_request_that_fails_or_is_left_is_logged_as_such(lines: Any) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    async def left(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    with pytest.raises(RuntimeError):
        played(Visited(broken, {}))
    played(Visited(left, {}))
    assert [line["status"] for line in lines.all("consilium.access")] == [500, 499]


def test_strange_methods_are_counted_as_one() -> None:
    async def refused(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 405, "headers": []})

    tallies.take()
    for number in range(5):
        played(Visited(refused, {}), method=f"STRANGE{number}")
    counted = [named for named in tallies.take() if named[0] == "requests"]
    assert counted == [tallies.key("requests", method="other", route="(none)", status=405)]


def test_a_message_carries_the_id_of_the_request_that_sent_it() -> None:
    seen: list[Any] = []

    def look(headers: Any = None, **_: Any) -> None:
        seen.append(headers.get(jobs.HEADER))

    signals.before_task_publish.connect(look)
    try:
        with current_app.connection_for_write("memory://") as memory, trail.following(request="from-the-web"):
            current_app.send_task("workers.sweep", connection=memory)
        with current_app.connection_for_write("memory://") as memory:
            current_app.send_task("workers.sweep", connection=memory)
    finally:
        signals.before_task_publish.disconnect(look)
    assert seen == ["from-the-web", None]


@pytest.mark.django_db(transaction=True)
def test_the_lines_of_the_work_carry_the_id_of_the_upload(
    lines: Any, lab: Any, tiny: Any, answers_to: Any
) -> None:
    with trail.following(request="the-upload"):
        submission, _ = submissions.submit(lab, tiny, "Mine", "", "p.jsonl", File(io.BytesIO(answers_to())))
    tasks.serve_queue()
    work = [line for line in lines.all("workers") if "items from" in line["message"]]
    assert len(work) == 3, "taken in, and scored task by task"
    assert {line["request"] for line in work} == {"the-upload"}
    assert {line["run"] for line in work} == {submission.run.pk}
    assert all(line["worker"] and line["submission"] == str(submission.pk) for line in work)
    told = [line["message"] for line in lines.all("evaluation.services.submissions")]
    assert told == [f"submission {submission.pk} was accepted, its run is {submission.run.pk}"]


@pytest.mark.django_db(transaction=True)
def test_a_file_sent_again_after_a_refusal_is_followed_by_its_last_request(
    lab: Any, tiny: Any, answers_to: Any
) -> None:
    for request in ("first", "second"):
        with trail.following(request=request):
            submission, _ = submissions.submit(lab, tiny, "Mine", "", "p.jsonl", File(io.BytesIO(b"{}\n")))
    submission.refresh_from_db()
    assert submission.request_id == "second"


def test_an_upload_can_be_followed_through_the_logs_of_a_real_site(site: Any, eventually: Any) -> None:
    sample = site.manage("shell", "-v0", "-c", (
        "from evaluation.selectors import benchmarks;"
        "print(benchmarks.current_version('sample').benchmark_id)"
    ))  # fmt: skip
    assert sample
    with site.client() as program:
        example = program.get("/benchmarks/sample/example.jsonl").content
        taken = program.post(
            "/api/v1/submissions/",
            data={"benchmark": "sample", "system": "Followed"},
            files={"file": example},
        )
        assert taken.status_code == 201, taken.text
        request, pk = taken.headers["X-Request-ID"], taken.json()["id"]
        eventually(lambda: program.get(f"/api/v1/submissions/{pk}/").json()["state"] == "scored", 60)
    web = (site.state / "logs" / "web.log").read_text(encoding="utf-8")
    worker = (site.state / "logs" / "worker.log").read_text(encoding="utf-8")
    assert f"request={request}" in web
    ours = [line for line in worker.splitlines() if f"request={request}" in line]
    assert ours, "the worker's lines name the request"
    assert all(f"submission={pk}" in line and "run=" in line and "task=" in line for line in ours)
    assert any(f"nudge={request}" in line for line in worker.splitlines()), "the message brought it"
