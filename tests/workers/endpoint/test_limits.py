"""An endpoint is asked no more often, no more at a time and for no more money than it was said."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from django.utils import timezone

from evaluation.domain.asking import Reply, Turn
from tests.workers.endpoint.asking import PNG, ask, request, spec_of
from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    Heard,
    answers,
    completion,
    echoes,
    http,
    raw,
    sends,
    waits_for,
)
from workers.backends import openai_api
from workers.backends.endpoint.wire import estimated_tokens
from workers.backends.protocol import ServingError


def test_no_more_than_so_many_are_under_way_and_that_many_are_across_chunks(server: FaultyServer) -> None:
    async def behave(heard: Heard, writer: Any) -> None:
        await waits_for(0.02)(heard, writer)
        await echoes()(heard, writer)

    server.otherwise = behave
    endpoint = openai_api.serve(spec_of(server, concurrency=5), logging.info)
    chunks = [
        [request(f"{chunk}-{n}", f"{chunk}-{n}") for n in range(20)] for chunk in range(endpoint.parallel)
    ]
    came: list[Reply] = []
    threads = [
        Thread(target=lambda chunk=chunk: came.extend(endpoint.replies(chunk, Event()))) for chunk in chunks
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    endpoint.close()
    assert server.most_under_way == 5
    assert sorted(reply.key for reply in came) == sorted(each.key for chunk in chunks for each in chunk)
    assert all(reply.text == reply.key for reply in came)


def test_requests_a_minute_are_kept_to(server: FaultyServer) -> None:
    before = timezone.now()
    ask(server, [request(str(n)) for n in range(5)], requests_a_minute=600)  # and one for the list of models
    assert (timezone.now() - before).total_seconds() >= 0.5


def test_tokens_a_minute_are_kept_to_and_what_was_not_used_is_given_back(server: FaultyServer) -> None:
    """Some 60 tokens are set aside for each; 15 are used, as the endpoint says."""
    before = timezone.now()
    ask(server, [request(str(n), max_new_tokens=5) for n in range(5)], tokens_a_minute=6000, concurrency=1)
    assert (timezone.now() - before).total_seconds() >= 4 * 15 / 100


def test_the_cost_limit_stops_before_it_is_exceeded_and_keeps_what_was_answered(server: FaultyServer) -> None:
    """Each reply costs 10 × 1 + 5 × 2 = 20 millionths; the dearest could cost some 80."""
    endpoint = openai_api.serve(
        spec_of(server, price_in=1, price_out=2, cost_limit=0.000_2, concurrency=4), logging.info
    )
    came: list[Reply] = []
    with pytest.raises(ServingError, match="raise the cost limit") as ended:
        for reply in endpoint.replies([request(str(n), max_new_tokens=5) for n in range(100)], Event()):
            came.append(reply)
    endpoint.close()
    assert ended.value.code == "cost_limit"
    assert 5 <= len(came) <= 10
    assert endpoint.cost == pytest.approx(20e-6 * len(came))
    assert endpoint.cost <= 0.000_2


def test_what_was_spent_before_counts(server: FaultyServer) -> None:
    with pytest.raises(ServingError, match="cost limit"):
        ask(server, [request()], price_in=1, price_out=2, cost_limit=1, spent=1)
    assert server.posts == []


def test_without_usage_the_dearest_is_charged(server: FaultyServer) -> None:
    server.otherwise = sends({"choices": completion()["choices"]})
    endpoint = openai_api.serve(spec_of(server, price_out=1), logging.info)
    list(endpoint.replies([request(max_new_tokens=100)], Event()))
    free = endpoint.cost
    endpoint.close()
    limited = openai_api.serve(spec_of(server, price_out=1, cost_limit=1), logging.info)
    list(limited.replies([request(max_new_tokens=100)], Event()))
    limited.close()
    assert free == limited.cost == pytest.approx(100e-6)


def test_a_reply_that_broke_off_is_charged_in_full_and_a_refusal_not_at_all(server: FaultyServer) -> None:
    server.script.extend([raw(http(b"{", headers={"Content-Length": "9"}), close=True), sends({}, 500)])
    endpoint = openai_api.serve(spec_of(server, price_out=1, cost_limit=1), logging.info)
    list(endpoint.replies([request(max_new_tokens=100)], Event()))
    endpoint.close()
    assert endpoint.cost == pytest.approx(105e-6)


def test_stopping_ends_the_replies_while_the_endpoint_is_silent(server: FaultyServer) -> None:
    server.script.append(answers("first"))
    server.otherwise = waits_for()
    endpoint, stop, came = openai_api.serve(spec_of(server), logging.info), Event(), []
    for reply in endpoint.replies([request(str(n)) for n in range(50)], stop):
        came.append(reply)
        stop.set()
    assert [reply.text for reply in came] == ["first"]
    server.otherwise = answers("again")
    assert [reply.text for reply in endpoint.replies([request()], Event())] == ["again"]
    endpoint.close()


def test_closing_twice_and_in_the_middle_is_harmless(server: FaultyServer) -> None:
    server.otherwise = waits_for()
    endpoint = openai_api.serve(spec_of(server), logging.info)
    replies = endpoint.replies([request()], Event())
    thread = Thread(target=lambda: list(_swallowed(replies)), daemon=True)
    thread.start()
    while not server.posts:
        thread.join(0.01)
    endpoint.close()
    endpoint.close()
    thread.join(10)
    assert not thread.is_alive()


def _swallowed(replies: Iterator[Reply]) -> Iterator[Reply]:
    try:
        yield from replies
    except BaseException:
        return


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("a word or two", 4),  # a token a word at least
        ("12345678", 8),  # some tokenizers split every digit
        ("pneumonoultramicroscopicsilicovolcanoconiosis", 11),
        ("患者出现急性胸痛。", 9),
        ("a\n\nb", 4),
        ("<|x|>", 5),
        ("😀", 2),
    ],
)
def test_an_estimate_of_tokens_is_on_the_high_side_and_below_the_bytes(text: str, least: int) -> None:
    """A byte-level tokenizer cannot make more tokens than there are bytes."""
    frame = estimated_tokens([Turn("user", "")], 0)
    found = estimated_tokens([Turn("user", (text + " ") * 100)], 0) - frame
    assert least * 100 <= found <= 110 * len(text.encode()) + 1


def test_an_image_counts_as_it_was_set(server: FaultyServer) -> None:
    endpoint = openai_api.serve(spec_of(server, image_tokens=700), logging.info)
    endpoint.close()
    bare, shown = Turn("user", "What?"), Turn("user", "What?", (PNG, PNG))
    assert endpoint.count_tokens([shown]) - endpoint.count_tokens([bare]) == 1400
