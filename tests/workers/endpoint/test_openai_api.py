"""The endpoint backend against a real server: what is sent, and what is made of replies of every shape."""

from __future__ import annotations

import base64
import json
import logging
from threading import Event
from typing import Any

import pytest

from evaluation.domain.asking import Decoding, Request, Turn
from tests.workers.endpoint.asking import JPEG, KEY, PNG, ask, code_of, one, request, spec_of
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    answers,
    completion,
    echoes,
    http,
    raw,
    sends,
)
from workers.backends import openai_api


def test_a_request_is_sent_as_the_format_has_it(server: FaultyServer) -> None:
    turns = (
        Turn("system", "Be brief."),
        Turn("user", "Which?"),
        Turn("assistant", "B"),
        Turn("user", "Sure?"),
    )
    decoding = Decoding(max_new_tokens=7, temperature=0.5, top_p=0.9, top_k=4, seed=3, stop=("\n",))
    one(server, Request("1", turns, decoding), extra={"reasoning_effort": "low"})
    [heard] = server.posts
    assert heard.path == "/v1/chat/completions"
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.json == {
        "model": "tiny",
        "messages": [{"role": turn.role, "content": turn.text} for turn in turns],
        "max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "top_k": 4, "seed": 3, "stop": ["\n"],
        "reasoning_effort": "low",
    }  # fmt: skip


def test_what_cuts_nothing_off_is_not_sent(server: FaultyServer) -> None:
    one(server)
    assert server.posts[0].json.keys() == {"model", "messages", "max_tokens", "temperature", "seed"}


def test_images_go_before_the_text_as_parts(server: FaultyServer) -> None:
    one(server, Request("1", (Turn("user", "What is seen?", (PNG, JPEG)),)))
    png, jpeg, text = server.posts[0].json["messages"][0]["content"]
    assert png["image_url"]["url"] == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert jpeg["image_url"]["url"] == "data:image/jpeg;base64," + base64.b64encode(JPEG).decode()
    assert text == {"type": "text", "text": "What is seen?"}


def test_a_base_model_completes_plain_text(server: FaultyServer) -> None:
    server.otherwise = sends({"choices": [{"text": " B", "finish_reason": "stop"}]})
    endpoint = openai_api.serve(spec_of(server, completion=True), logging.info)
    server.heard.clear()
    [reply] = endpoint.replies(
        [Request("1", (Turn("system", "Quiz."), Turn("user", "Q: Which?\nA:")))], Event()
    )
    endpoint.close()
    assert reply.text == " B"
    assert server.posts[0].path == "/v1/completions"
    assert server.posts[0].json["prompt"] == "Quiz.\n\nQ: Which?\nA:"
    assert not endpoint.about().is_chat


def test_a_reply_has_its_text_its_end_its_tokens_and_its_time(server: FaultyServer) -> None:
    reply = one(server)
    assert (reply.text, reply.finish, reply.tokens_in, reply.tokens_out) == ("fine", "stop", 10, 5)
    assert reply.failure is None and reply.latency_ms is not None and reply.latency_ms > 0


def test_each_request_gets_its_own_reply(server: FaultyServer) -> None:
    server.otherwise = echoes()
    came = ask(server, [request(str(n), f"text {n}") for n in range(200)], concurrency=32)
    assert {key: reply.text for key, reply in came.items()} == {str(n): f"text {n}" for n in range(200)}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("stop", "stop"), ("length", "length"), ("max_tokens", "length"), ("content_filter", "content_filter"),
     ("SAFETY", "content_filter"), ("eos", "stop"), ("end_turn", "stop"), (None, "stop")],
)  # fmt: skip
def test_reasons_to_end_are_understood(server: FaultyServer, reason: str | None, finish: str) -> None:
    server.otherwise = answers("B", reason)
    assert one(server).finish == finish


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "B", "reasoning_content": "First I think."}, "B"),
        ({"content": None, "reasoning_content": "All of it was thinking."}, ""),
        ({"content": ""}, ""),
        ({"content": None, "refusal": "I cannot say."}, "I cannot say."),
        ({"content": [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "B"}, {"type": "text", "text": "!"}]},
         "B!"),
        ({"content": "a\0b"}, "a\ufffdb"),
        ({"content": "half \ud83d"}, "half \ufffd"),
        ({"content": "ü 心 😀"}, "ü 心 😀"),
    ],
)  # fmt: skip
def test_only_what_was_said_aloud_is_the_text(
    server: FaultyServer, message: dict[str, Any], text: str
) -> None:
    server.otherwise = sends({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    reply = one(server)
    assert reply.failure is None and reply.text == text
    reply.text.encode()


def test_bytes_that_are_not_utf_8_do_not_cost_the_answer(server: FaultyServer) -> None:
    body = json.dumps(completion("a?b"), ensure_ascii=False).encode().replace(b"?", b"\xff")
    server.otherwise = raw(http(body))
    assert one(server).text == "a\ufffdb"


@pytest.mark.parametrize(
    "usage", [None, {}, "many", {"prompt_tokens": -1, "completion_tokens": 2**40}, {"prompt_tokens": True}]
)
def test_a_use_that_cannot_be_true_is_not_recorded(server: FaultyServer, usage: Any) -> None:
    server.otherwise = sends(completion("B") | {"usage": usage})
    reply = one(server)
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("B", None, None)


WRONG_SHAPES: dict[str, bytes] = {
    "broken JSON": b'{"choices": [{"message": {"content": "B"',
    "no JSON": b"<html>Bad gateway</html>",
    "nothing": b"",
    "a list": b"[]",
    "a number": b"7",
    "no choices": b"{}",
    "empty choices": b'{"choices": []}',
    "null choices": b'{"choices": null}',
    "a choice that is text": b'{"choices": ["B"]}',
    "no message": b'{"choices": [{}]}',
    "content without an end": b'{"choices": [{"message": {"content": null}}]}',
    "a number for content": b'{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}]}',
    "an error for an end": b'{"choices": [{"message": {"content": "B"}, "finish_reason": "error"}]}',
    "very deep": b"[" * 200_000,
    "only blanks": b" " * 1000,
}


@pytest.mark.parametrize("kind", WRONG_SHAPES)
def test_a_reply_of_the_wrong_shape_is_asked_for_again_and_then_a_failure(
    server: FaultyServer, kind: str
) -> None:
    server.otherwise = raw(http(WRONG_SHAPES[kind]))
    reply = one(server, attempts=2)
    assert code_of(reply) == "wrong_shape"
    assert reply.failure is not None and reply.failure.passing
    assert len(server.posts) == 2


@pytest.mark.parametrize("length", ["5", "0", "100000"])
def test_a_wrong_length_costs_one_try_and_mixes_nothing_up(server: FaultyServer, length: str) -> None:
    lie = raw(http(json.dumps(completion("a lie")).encode(), headers={"Content-Length": length}), close=True)
    server.script.extend([lie, lie])
    server.otherwise = echoes()
    came = ask(server, [request(str(n), f"text {n}") for n in range(6)], concurrency=1)
    assert {key: reply.text for key, reply in came.items()} == {str(n): f"text {n}" for n in range(6)}
