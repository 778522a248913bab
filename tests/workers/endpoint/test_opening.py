"""Opening an endpoint and looking at it first; its key is seen by nobody else."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import pytest

from evaluation.domain.asking import ModelSpec, Reply
from tests.workers.endpoint.asking import KEY, request, spec_of
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    answers,
    http,
    raw,
    sends,
)
from workers.backends import openai_api
from workers.backends.protocol import ServingError, backend


def test_the_backend_is_found_by_its_name(server: FaultyServer) -> None:
    endpoint = backend("openai_api").serve(spec_of(server), logging.info)
    endpoint.close()
    assert endpoint.parallel == 2


def test_the_receipt_says_what_the_endpoint_calls_itself(server: FaultyServer) -> None:
    server.script.extend(
        [answers("a"), answers("b", system_fingerprint="fp_2"), answers("c", model="x" * 900)]
    )
    endpoint = openai_api.serve(spec_of(server, concurrency=1), logging.info)
    list(endpoint.replies([request(str(n)) for n in range(3)], Event()))
    endpoint.close()
    about = endpoint.about()
    assert about.model == "tiny" and about.device == f"127.0.0.1:{server.port}" and about.window == 2048
    assert about.versions["system_fingerprint"] == "fp_1, fp_2"
    assert about.versions["model"].startswith("tiny-2026, xxx") and len(about.versions["model"]) < 400


def states(findings: Sequence[Any]) -> Mapping[str, str]:
    return {finding.name: finding.state for finding in findings}


def test_a_look_finds_all_in_order(server: FaultyServer) -> None:
    found = openai_api.inspect(spec_of(server))
    assert states(found) == {"address": "ok", "connection": "ok", "model": "ok", "window": "ok"}
    assert server.posts == []


def test_a_look_warns_of_a_model_that_is_not_listed(server: FaultyServer) -> None:
    server.models = sends({"data": [{"id": "large"}, {"id": 7}, "odd", None]})
    found = openai_api.inspect(spec_of(server))
    assert states(found) == {"address": "ok", "connection": "ok", "model": "warning", "window": "warning"}
    assert "large" in found[2].text


@pytest.mark.parametrize(
    "models",
    [sends({}, 404), sends({}, 403), raw(http(b"no list")), sends([1]), sends({"data": 7}), raw(http(b""))],
)
def test_a_look_does_without_a_list(server: FaultyServer, models: Any) -> None:
    server.models = models
    assert states(openai_api.inspect(spec_of(server))) == {
        "address": "ok",
        "connection": "ok",
        "model": "warning",
    }


@pytest.mark.parametrize(
    ("models", "name", "says"),
    [
        (sends({"error": "bad key"}, 401), "key", "does not accept the key"),
        (sends({}, 500), "connection", "error 500"),
        (raw(http(b"", 302, {"Location": "http://169.254.169.254/"})), "connection", "final address"),
        (raw(b"", close=True), "connection", "ended before"),
        (raw(b"HTTP/1.1 200 X\r\nContent-Length: 10000000000\r\n\r\n"), "connection", "larger"),
    ],
)
def test_a_look_says_why_an_endpoint_will_not_do(
    server: FaultyServer, models: Any, name: str, says: str
) -> None:
    server.models = models
    found = openai_api.inspect(spec_of(server))
    assert found[-1].name == name and found[-1].state == "failed" and says in found[-1].text
    with pytest.raises(ServingError, match=says):
        openai_api.serve(spec_of(server), logging.info)


def test_a_look_refuses_an_address_inside_without_asking_it(server: FaultyServer, settings: Any) -> None:
    settings.ENDPOINT_ALLOWED_HOSTS = []
    [finding] = openai_api.inspect(spec_of(server))
    assert finding.name == "address" and finding.state == "failed" and "https" in finding.text
    inside = ModelSpec("openai_api", "tiny", base_url=f"https://localhost:{server.port}")
    found = openai_api.inspect(inside)
    assert found[-1].state == "failed" and "ENDPOINT_ALLOWED_HOSTS" in found[-1].text
    with pytest.raises(ServingError) as refused:
        openai_api.serve(inside, logging.info)
    assert refused.value.code == "address_refused"
    assert server.connections == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"concurrency": 0}, "concurrency"), ({"concurrency": "many"}, "concurrency"), ({"cost_limt": 1}, "cost_limt"),
        ({"cost_limit": 1}, "price_in"), ({"extra": {"stream": True}}, "stream"), ({"timeout": -1}, "timeout"),
        ({"window": True}, "window"),
    ],
)  # fmt: skip
def test_an_option_that_means_nothing_is_refused_by_its_name(
    server: FaultyServer, options: Any, says: str
) -> None:
    [finding] = openai_api.inspect(spec_of(server, **options))
    assert finding.name == "options" and finding.state == "failed" and says in finding.text
    assert server.connections == 0


def test_the_key_is_nowhere_but_in_its_header(
    server: FaultyServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    server.models = sends({"data": [{"id": f"other {KEY}"}]})
    echo = {"error": {"message": f"No: {KEY}", "code": f"bad {KEY}"}}
    server.script.extend([
        answers(f"your key is {KEY}"), sends(echo, 403), raw(http(f"<p>{KEY}</p>".encode(), 400)),
        raw(http(b"", 302, {"Location": f"https://x.example/{KEY}"})),
    ])  # fmt: skip
    server.otherwise = sends(echo, 401)
    told: list[str] = []
    findings = openai_api.inspect(spec_of(server))
    endpoint = openai_api.serve(spec_of(server, concurrency=1), told.append)
    came: list[Reply] = []
    try:
        for reply in endpoint.replies([request(str(n)) for n in range(9)], Event()):
            came.append(reply)
    except ServingError:
        told.append(traceback.format_exc())
    endpoint.close()
    assert len(came) == 4 and came[0].text == "your key is [key]"
    assert all(heard.headers["authorization"] == f"Bearer {KEY}" for heard in server.heard)
    seen = [*told, str(findings), str(came), str(endpoint.about()), repr(endpoint), repr(endpoint.client)]
    seen += [repr(endpoint.client.network), repr(endpoint.client.spec), caplog.text, *capsys.readouterr()]
    assert not [text for text in seen if KEY in text]
    assert not [heard for heard in server.heard if KEY in heard.path or KEY.encode() in heard.body]


def test_a_word_for_a_key_does_not_cut_words_out_of_answers(server: FaultyServer) -> None:
    server.otherwise = answers("EMPTY is what it is")
    spec = ModelSpec("openai_api", "tiny", base_url=server.url, key="EMPTY")
    endpoint = openai_api.serve(spec, logging.info)
    [reply] = endpoint.replies([request()], Event())
    endpoint.close()
    assert reply.text == "EMPTY is what it is"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "sk-ü", "x\r\nX-Evil: 1"])
def test_a_key_that_no_header_may_carry_is_refused_without_showing_it(server: FaultyServer, key: str) -> None:
    spec = ModelSpec("openai_api", "tiny", base_url=server.url, key=key)
    with pytest.raises(ServingError, match="copy it again") as refused:
        openai_api.serve(spec, logging.info)
    assert key not in str(refused.value)
    assert server.connections == 0


def test_without_a_key_there_is_no_header(server: FaultyServer) -> None:
    endpoint = openai_api.serve(ModelSpec("openai_api", "tiny", base_url=server.url), logging.info)
    endpoint.close()
    assert "authorization" not in server.heard[0].headers
