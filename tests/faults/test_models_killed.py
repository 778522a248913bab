"""Kill a part while a model is asked: every item is answered exactly once, and the page tells the truth."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.faults.model_run import (
    ITEMS,
    Endpoint,
    Ledger,
    Watched,
    ask_for,
    dead_but_shown_alive,
    ended_whole,
    is_started_again,
    kill_group,
    said_what_the_endpoint_says,
    second_worker,
)

Wait = Callable[..., None]
# With so many questions let through, two processes with two chunks of 128 each have ended one of them.
IN_THE_MIDDLE = 320
CANARIES = 3


@contextlib.contextmanager
def in_the_middle(
    client: httpx.Client, endpoint: Endpoint, eventually: Wait, system: str,
    may_be: frozenset[str] = frozenset(), **wanted: Any,
) -> Iterator[Watched]:  # fmt: skip
    """A run that has answered a part and waits for an endpoint that answers no more for now."""
    endpoint.open(IN_THE_MIDDLE)
    submission = ask_for(client, system, backend="openai_api", model="gated", base_url=endpoint.url, **wanted)
    with Watched(client, submission, may_be) as run:
        eventually(
            lambda: len(endpoint.asked()) > IN_THE_MIDDLE and run.is_in_the_middle(),
            240,
            lambda: str(run.last),
        )
        yield run


def asked_again(site: Any, endpoint: Endpoint, run: Watched) -> Callable[[], set[int]]:
    """Which cases are asked from now on although their answer is kept already."""
    kept, before = set(Ledger(site).answered(run.submission)), len(endpoint.asked())
    return lambda: kept & set(endpoint.asked()[before:])


@pytest.mark.parametrize("part", ["endpoints", "worker", "redis", "postgres", "web"])
def test_a_part_killed_while_an_endpoint_is_asked_costs_no_answer(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait, part: str
) -> None:
    with in_the_middle(client, endpoint, eventually, f"Asked without {part}") as run:
        before, again = site.pid(part), asked_again(site, endpoint, run)

        site.kill(part)
        eventually(lambda: is_started_again(site, part, before), 60)
        endpoint.open()

        ended_whole(site, run, eventually, f"Asked without {part}")
        said_what_the_endpoint_says(site, run.submission)
        assert again() == set(), "what was kept is not asked again"
    eventually(lambda: dead_but_shown_alive(site) == set(), 60, lambda: str(dead_but_shown_alive(site)))


def test_an_endpoint_that_is_killed_and_comes_back_is_asked_the_rest(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    with in_the_middle(client, endpoint, eventually, "Asked twice") as run:
        again = asked_again(site, endpoint, run)

        endpoint.kill()
        endpoint.open()
        seen = len(run.said)
        eventually(lambda: len(run.said) > seen + 5, 60)
        assert run.state == "running"
        endpoint.start()

        ended_whole(site, run, eventually, "Asked twice")
        said_what_the_endpoint_says(site, run.submission)
        assert again() == set()


def test_an_endpoint_that_stays_away_ends_the_run_in_words_and_retry_asks_the_rest(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    once = {"options": {"attempts": 1}}
    middle = in_the_middle(client, endpoint, eventually, "Asked in vain", frozenset({"failed"}), **once)
    with middle as run:
        again = asked_again(site, endpoint, run)

        endpoint.kill()
        eventually(lambda: run.state == "failed", 120, lambda: str(run.last))
        assert "cannot be reached" in run.last["failure"] or "ended before" in run.last["failure"]
        assert "Retry" in run.last["failure"]
        kept = run.last["answered"]
        eventually(lambda: Ledger(site).holders(run.submission) == set(), 60)
        endpoint.open()
        endpoint.start()
        eventually(endpoint.answers, 60)
        assert client.post(f"/api/v1/submissions/{run.submission}/retry/").status_code == 200

        ended_whole(site, run, eventually, "Asked in vain")
        said_what_the_endpoint_says(site, run.submission)
        assert kept > 0 and again() == set()


def test_two_workers_on_one_run_answer_every_item_once(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    ledger, second = Ledger(site), second_worker(site, "io")
    try:
        endpoint.open(CANARIES)
        submission = ask_for(
            client, "Asked by two", backend="openai_api", model="gated", base_url=endpoint.url
        )
        with Watched(client, submission) as run:
            eventually(lambda: are_two(ledger.holders(submission)), 120, lambda: str(run.last))
            endpoint.open()
            ended_whole(site, run, eventually, "Asked by two")
    finally:
        kill_group(second)
    said_what_the_endpoint_says(site, submission)
    asked = endpoint.asked()[CANARIES:]
    assert len(asked) == len(set(asked)) == ITEMS, "nobody asks what another one asks"


def are_two(holders: set[str]) -> bool:
    return len(holders) > 1 and any(name.startswith("second@") for name in holders)


def test_what_is_answered_is_scored_while_the_rest_is_asked(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    with in_the_middle(client, endpoint, eventually, "Scored meanwhile") as run:
        eventually(lambda: run.last["progress"]["done"] > 0, 60, lambda: str(run.last))
        assert run.state == "running"
        endpoint.open()

        ended_whole(site, run, eventually, "Scored meanwhile")


def test_a_cancelled_run_stops_within_seconds_and_retry_asks_only_the_rest(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    with in_the_middle(client, endpoint, eventually, "Asked and stopped", frozenset({"cancelled"})) as run:
        ledger = Ledger(site)

        assert client.post(f"/api/v1/submissions/{run.submission}/cancel/").json()["state"] == "cancelled"
        eventually(lambda: ledger.holders(run.submission) == set(), 30)
        eventually(lambda: run.state == "cancelled", 30)
        asked = len(endpoint.asked())
        again = asked_again(site, endpoint, run)
        endpoint.open()
        assert client.post(f"/api/v1/submissions/{run.submission}/retry/").status_code == 200

        ended_whole(site, run, eventually, "Asked and stopped")
        said_what_the_endpoint_says(site, run.submission)
        assert again() == set()
        rest = endpoint.asked()[asked:]
        assert len(rest) == len(set(rest)), "nobody asks beside the one who holds the chunk"


def test_a_run_cancelled_and_tried_again_at_once_is_not_answered_twice(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    """Whoever still asks for the cancelled run has lost its chunks, also to itself."""
    with in_the_middle(client, endpoint, eventually, "Asked in haste", frozenset({"cancelled"})) as run:
        for _ in range(3):
            assert client.post(f"/api/v1/submissions/{run.submission}/cancel/").status_code == 200
            assert client.post(f"/api/v1/submissions/{run.submission}/retry/").status_code == 200
        endpoint.open()

        ended_whole(site, run, eventually, "Asked in haste")
        said_what_the_endpoint_says(site, run.submission)


def test_the_same_message_thirty_times_changes_nothing(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    with in_the_middle(client, endpoint, eventually, "Asked loudly") as run:
        again = asked_again(site, endpoint, run)
        site.manage("shell", "-v0", "-c", THIRTY_TIMES)
        endpoint.open()

        ended_whole(site, run, eventually, "Asked loudly")
        said_what_the_endpoint_says(site, run.submission)
        assert again() == set()


THIRTY_TIMES = """
from workers.tasks import serve_models, serve_queue
for _ in range(30):
    for queue in ("io", "cpu"):
        serve_models.apply_async(queue=queue)
    serve_queue.delay()
"""


def test_a_pre_flight_killed_in_the_middle_is_flown_again(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    endpoint.open(1)  # of its three items
    submission = ask_for(
        client, "Looked at twice", backend="openai_api", model="gated", base_url=endpoint.url
    )
    with Watched(client, submission) as run:
        eventually(lambda: len(endpoint.asked()) == CANARIES and run.last["stage"] == "canary", 120)
        assert run.state == "checking"

        site.kill("endpoints")
        endpoint.open()

        ended_whole(site, run, eventually, "Looked at twice")
        said_what_the_endpoint_says(site, submission)
        (tries,) = Ledger(site).rows(
            "SELECT attempts FROM evaluation_recipe WHERE submission_id = %s", submission
        )
        assert tries == (2,)
