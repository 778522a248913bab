"""What passes is tried again, what does not is said at once, and nothing is tried for ever."""

from __future__ import annotations

import logging
from email.utils import format_datetime
from threading import Event
from typing import Any

import psutil
import pytest
from django.utils import timezone

from evaluation.domain.asking import Reply
from tests.workers.endpoint.asking import ask, code_of, one, request, spec_of
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    Heard,
    answers,
    http,
    pours,
    raw,
    sends,
    waits_for,
)
from workers.backends import openai_api
from workers.backends.endpoint import limits as endpoint_limits
from workers.backends.openai_api import EndpointBackend
from workers.backends.protocol import ServingError


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_errors_that_pass_are_tried_again(server: FaultyServer, status: int) -> None:
    server.script.extend([sends({"error": {"message": "busy"}}, status)] * 2)
    assert one(server).text == "fine"
    assert len(server.posts) == 3


@pytest.mark.parametrize(
    "fault",
    [
        raw(b"", close=True),
        raw(http(b'{"choices"', headers={"Content-Length": "500"}), close=True),
        raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho\r\n", close=True),
        sends({"choices": []}),
        sends({"error": {"message": "upstream failed", "code": 502}}),
    ],
    ids=["hung up", "half a body", "half a part", "no choices", "an error inside a 200"],
)  # fmt: skip
def test_faults_that_pass_are_tried_again(server: FaultyServer, fault: Any) -> None:
    server.script.append(fault)
    assert one(server).text == "fine"


def test_a_reply_that_takes_too_long_is_a_failure_that_may_pass(server: FaultyServer) -> None:
    server.otherwise = waits_for()
    reply = one(server, timeout=1, attempts=1)
    assert code_of(reply) == "timeout"
    assert reply.failure is not None and reply.failure.passing


def test_tries_end(server: FaultyServer) -> None:
    server.otherwise = sends({"error": "down"}, 500)
    reply = one(server, attempts=4)
    assert code_of(reply) == "endpoint_failed"
    assert reply.failure is not None and "down" in reply.failure.message
    assert len(server.posts) == 4


@pytest.mark.parametrize(
    ("fault", "code"),
    [(sends({}, 500), "unreachable"), (sends({"choices": []}), "unreachable"), (waits_for(), "timeout")],
    ids=["errors", "no choices", "silence"],
)
def test_an_endpoint_that_went_away_does_not_keep_its_worker(
    server: FaultyServer, fault: Any, code: str
) -> None:
    server.script.extend([answers("before")] * 3)
    server.otherwise = fault
    endpoint, came = openai_api.serve(spec_of(server, timeout=1, attempts=3, concurrency=5), logging.info), []
    with pytest.raises(ServingError) as ended:
        for reply in endpoint.replies([request(str(n)) for n in range(500)], Event()):
            came.append(reply)
    assert ended.value.code == code
    assert [reply.text for reply in came[:3]] == ["before"] * 3
    assert len(server.posts) < 50
    server.otherwise = answers("back")
    assert [reply.text for reply in endpoint.replies([request()], Event())] == ["back"]
    endpoint.close()


def test_other_requests_are_answered_while_one_fails(server: FaultyServer) -> None:
    async def behave(heard: Heard, writer: Any) -> None:
        bad = "poison" in heard.json["messages"][0]["content"]
        await (sends({}, 500) if bad else answers("fine"))(heard, writer)

    server.otherwise = behave
    came = ask(server, [request("bad", "poison"), *(request(str(n)) for n in range(20))], attempts=2)
    assert code_of(came.pop("bad")) == "endpoint_failed"
    assert all(reply.text == "fine" for reply in came.values()) and len(came) == 20


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("2", 2), ("0", 0), ("1.5", 1.5), ("9999999", 120), ("-3", None), ("soon", None), ("", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("9" * 400, 120), ("Wed, 21 Oct 99999999 07:28:00 GMT", None)],
)  # fmt: skip
def test_retry_after_is_read_and_capped(header: str, seconds: float | None) -> None:
    assert endpoint_limits.retry_after_seconds(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = timezone.now() + timezone.timedelta(seconds=60)
    found = endpoint_limits.retry_after_seconds(format_datetime(later, usegmt=True))
    assert found is not None and 50 < found <= 60


def test_an_endpoint_that_asks_for_peace_is_left_alone_so_long_by_all(server: FaultyServer) -> None:
    waited: list[float] = []

    class Listening(endpoint_limits.Pace):
        def hold(self, seconds: float) -> None:
            waited.append(seconds)
            super().hold(seconds)

    endpoint = EndpointBackend(spec_of(server), ["127.0.0.1"])
    endpoint.client._requests = Listening(None)
    server.script.append(sends({}, 429, {"Retry-After": "1"}))
    before = timezone.now()
    [reply] = endpoint.replies([request()], Event())
    endpoint.close()
    assert reply.text == "fine"
    assert waited == [1]
    assert (timezone.now() - before).total_seconds() >= 1


def test_backoff_doubles_is_jittered_in_full_and_bounded() -> None:
    bounds: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        bounds.append((low, high))
        return high

    for attempt in (1, 2, 3, 4, 50):
        endpoint_limits.backoff_seconds(attempt, draw)
    assert bounds == [(0, 1), (0, 2), (0, 4), (0, 8), (0, endpoint_limits.MOST_BACKOFF_SECONDS)]


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, {"error": {"message": "This model's maximum context length is 4096 tokens.",
                         "code": "context_length_exceeded"}}, "too_long"),
        (400, {"object": "error", "message": "'max_tokens' or 'max_completion_tokens' is too large: 100000. This "
               "model's maximum context length is 4096 tokens and your request has 12 input tokens"}, "too_long"),
        (400, {"error": {"message": "the request exceeds the available context size"}}, "too_long"),
        (413, {"error": "Payload Too Large"}, "too_long"),
        (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Too many input tokens"},
         "too_long"),
        (403, {"error": {"message": "Not for you"}}, "forbidden"),
        (400, {"error": {"message": "Invalid image"}}, "bad_request"),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}, "bad_request"),
        (501, {}, "bad_request"),
    ],
)  # fmt: skip
def test_refusals_that_do_not_pass_are_not_tried_again(
    server: FaultyServer, status: int, said: Any, code: str
) -> None:
    server.otherwise = sends(said, status)
    reply = one(server)
    assert code_of(reply) == code
    assert reply.failure is not None and not reply.failure.passing
    assert len(server.posts) == 1


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (401, {"error": {"message": "Incorrect API key provided"}}, "key_refused"),
        (402, {"error": {"message": "Payment required"}}, "no_credit"),
        (429, {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota"}}, "no_credit"),
        (404, {"error": {"message": "The model `tiny` does not exist", "code": "model_not_found"}}, "model_unknown"),
        (404, {"detail": "Not Found"}, "model_unknown"),
        (403, {"error": {"message": "Project has no access to model tiny", "code": "model_not_found"}}, "model_unknown"),
    ],
)  # fmt: skip
def test_what_no_other_request_would_survive_ends_the_model(
    server: FaultyServer, status: int, said: Any, code: str
) -> None:
    server.otherwise = sends(said, status)
    with pytest.raises(ServingError) as ended:
        ask(server, [request(str(n)) for n in range(50)], concurrency=2)
    assert ended.value.code == code
    assert len(server.posts) <= 4, "the other requests are not sent any more"


def test_what_is_under_way_when_the_model_ends_is_not_lost(server: FaultyServer) -> None:
    async def behave(heard: Heard, writer: Any) -> None:
        first = heard.json["messages"][0]["content"] == "text 0"
        await (answers("kept") if first else sends({}, 401))(heard, writer)

    server.otherwise = behave
    endpoint = openai_api.serve(spec_of(server, concurrency=2), logging.info)
    came: list[Reply] = []
    with pytest.raises(ServingError):
        came.extend(_noted(endpoint, came))
    endpoint.close()
    assert [reply.text for reply in came] == ["kept"]


def _noted(endpoint: EndpointBackend, came: list[Reply]) -> list[Reply]:
    for reply in endpoint.replies([request(str(n), f"text {n}") for n in range(10)], Event()):
        came.append(reply)
    return []


def test_a_prompt_that_a_filter_stops_is_answered_by_the_filter(server: FaultyServer) -> None:
    server.otherwise = sends({"error": {"message": "filtered", "code": "content_filter"}}, 400)
    reply = one(server)
    assert (reply.finish, reply.text, reply.failure) == ("content_filter", "", None)


@pytest.mark.parametrize("name", ["redirect", "compressed", "too large"])
def test_what_the_network_refuses_is_a_failure_in_words(server: FaultyServer, name: str) -> None:
    server.otherwise = {
        "redirect": raw(http(b"", 302, {"Location": "http://169.254.169.254/latest/meta-data/"})),
        "compressed": raw(http(b"", headers={"Content-Encoding": "gzip"})),
        "too large": raw(b"HTTP/1.1 200 X\r\nContent-Length: 10000000000\r\n\r\n"),
    }[name]
    code = {"redirect": "redirected", "compressed": "compressed_reply", "too large": "too_large"}[name]
    assert code_of(one(server)) == code
    assert len(server.posts) == 1


def test_endless_bodies_for_every_request_take_no_memory(server: FaultyServer) -> None:
    head, part = (
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"10000\r\n" + b" " * 65536 + b"\r\n",
    )
    server.otherwise = pours(head, part, 10_000_000_000)
    process = psutil.Process()
    before = process.memory_info().rss
    came = ask(server, [request(str(n)) for n in range(100)], concurrency=32)
    assert {code_of(reply) for reply in came.values()} == {"too_large"}
    assert process.memory_info().rss - before < 100_000_000
