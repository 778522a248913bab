"""Endpoints differ: fields that are not taken, and log-likelihoods that can be had or not."""

from __future__ import annotations

import logging
from threading import Event
from typing import Any

import pytest

from evaluation.domain.asking import Request, Turn
from tests.workers.endpoint.asking import code_of, one, request, spec_of
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    Heard,
    answers,
    sends,
)
from workers.backends import openai_api
from workers.backends.protocol import ServingError


@pytest.mark.parametrize(
    ("said", "status", "without"),
    [
        ({"error": {"message": "Unrecognized request argument supplied: top_k", "param": None}}, 400, "top_k"),
        ({"error": {"message": "Unsupported parameter", "param": "seed"}}, 400, "seed"),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "top_k"], "msg": "Extra inputs are not permitted"}]},
         422, "top_k"),
        ({"error": {"message": "Unsupported value: 'temperature' does not support 0 with this model."}}, 400,
         "temperature"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_taken_is_left_out_remembered_and_recorded(
    server: FaultyServer, said: Any, status: int, without: str
) -> None:
    async def behave(heard: Heard, writer: Any) -> None:
        await (sends(said, status) if without in heard.json else answers("fine"))(heard, writer)

    server.otherwise = behave
    endpoint = openai_api.serve(spec_of(server, concurrency=1), logging.info)
    came = list(endpoint.replies([request(str(n), top_k=5) for n in range(5)], Event()))
    endpoint.close()
    assert [reply.text for reply in came] == ["fine"] * 5
    assert len(server.posts) == 6, "only the first is asked twice"
    assert endpoint.about().versions["fields_left_out"] == without


def test_the_newer_name_of_the_length_is_found(server: FaultyServer) -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."

    async def behave(heard: Heard, writer: Any) -> None:
        old = "max_tokens" in heard.json
        said = sends({"error": {"message": message, "param": "max_tokens"}}, 400)
        await (said if old else answers("fine"))(heard, writer)

    server.otherwise = behave
    endpoint = openai_api.serve(spec_of(server), logging.info)
    [reply] = endpoint.replies([request(max_new_tokens=9)], Event())
    endpoint.close()
    assert reply.text == "fine"
    assert server.posts[-1].json["max_completion_tokens"] == 9
    assert endpoint.about().versions["length_field"] == "max_completion_tokens"


def test_without_stops_the_text_is_cut_here(server: FaultyServer) -> None:
    server.script.append(sends({"error": {"message": "Unknown parameter: 'stop'", "param": "stop"}}, 400))
    server.otherwise = answers("B\nbecause\n\nand")
    assert one(server, request(stop=("\n\n", "\n"))).text == "B"


def test_an_endpoint_that_rejects_everything_is_not_asked_for_ever(server: FaultyServer) -> None:
    names = "Unknown parameters: seed, temperature, top_p, top_k, stop, max_tokens, max_completion_tokens"
    server.otherwise = sends({"error": {"message": names}}, 400)
    assert code_of(one(server)) == "bad_request"
    assert len(server.posts) == 3


VOCABULARY_SCORES = {"yes": -0.25, "no": -2.5}


def scoring(generates: int = 1, **wrong: Any) -> Any:
    """Echoes prompts word by word with a score for each, and adds the tokens it generated."""

    async def behave(heard: Heard, writer: Any) -> None:
        prompts = heard.json["prompt"]
        prompts = prompts if isinstance(prompts, list) else [prompts]
        choices = []
        for index, prompt in enumerate(prompts):
            words = prompt.split()
            scores = [None, *(VOCABULARY_SCORES.get(word, -1.0) for word in words[1:]), *([-9.0] * generates)]
            choices.append(
                {
                    "index": index,
                    "text": prompt,
                    "finish_reason": "length",
                    "logprobs": {"token_logprobs": scores},
                }
            )
        said = {
            "choices": choices[::-1],
            "usage": {"prompt_tokens": 50, "completion_tokens": generates * len(prompts)},
        }
        await sends(said | wrong)(heard, writer)

    return behave


@pytest.mark.parametrize("generates", [0, 1])
def test_options_are_scored_by_the_tokens_they_add(server: FaultyServer, generates: int) -> None:
    server.otherwise = scoring(generates)
    asked = Request("1", (Turn("user", "Is it so ?"),), options=(" yes", " no", " no no yes"))
    endpoint = openai_api.serve(spec_of(server, completion=True), logging.info)
    [reply] = endpoint.replies([asked], Event())
    endpoint.close()
    assert endpoint.about().scores_options
    assert reply.finish == "scored" and reply.text == " yes"
    assert reply.option_scores == pytest.approx((-0.25, -2.5, -5.25))
    assert reply.option_tokens == (1, 1, 3)
    assert server.posts[-1].json["prompt"] == [
        "Is it so ?",
        "Is it so ? yes",
        "Is it so ? no",
        "Is it so ? no no yes",
    ]
    assert server.posts[-1].json["echo"] is True


@pytest.mark.parametrize(
    "otherwise",
    [answers("no log-likelihoods"), sends({"error": {"message": "echo is not supported"}}, 400),
     scoring(choices=[]), scoring(usage={"prompt_tokens": 1, "completion_tokens": 2}), scoring(usage=None)],
)  # fmt: skip
def test_an_endpoint_that_cannot_score_is_found_out(server: FaultyServer, otherwise: Any) -> None:
    server.otherwise = otherwise
    endpoint = openai_api.serve(spec_of(server, completion=True, attempts=1), logging.info)
    endpoint.close()
    assert not endpoint.about().scores_options


@pytest.mark.parametrize(("status", "code"), [(404, "model_unknown"), (503, "unreachable")])
def test_an_endpoint_that_fails_while_it_is_tried_is_not_taken_for_one_that_cannot_score(
    server: FaultyServer, status: int, code: str
) -> None:
    server.otherwise = sends({}, status)
    with pytest.raises(ServingError) as ended:
        openai_api.serve(spec_of(server, completion=True), logging.info)
    assert ended.value.code == code


def test_a_chat_endpoint_scores_no_options_and_is_not_asked_to(server: FaultyServer) -> None:
    endpoint = openai_api.serve(spec_of(server), logging.info)
    endpoint.close()
    assert not endpoint.about().scores_options
    assert server.posts == []
