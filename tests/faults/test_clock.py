"""The clock is set, forward and back, by hours and days: leases, order and counted time hold all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.beside import stopped, worker_beside
from tests.faults.conftest import gated
from tests.faults.hard_site import Clock
from tests.faults.model_run import (
    ITEMS,
    SLUG,
    Endpoint,
    Ledger,
    Watched,
    ask_for,
    ended_whole,
    said_what_the_endpoint_says,
)
from tests.faults.small_study import Hand, open_study

Wait = Callable[..., None]
HOUR, DAY = 3600, 86400
HALF, CANARIES = 320, 3


@pytest.fixture(scope="module")
def moved(hard_site: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The site, with the gated benchmark, at the true time again when all is done."""
    if hard_site.clock is None:
        pytest.skip("there is no C compiler (cc), with which the clock of a test is made")
    hard_site.manage("load_benchmark", str(gated(tmp_path_factory.mktemp("gated"))))
    yield hard_site
    hard_site.clock.move(0)


@pytest.fixture(scope="module")
def hands(moved: Any) -> Iterator[httpx.Client]:
    with moved.client() as client:
        yield client


def begun(hands: httpx.Client, endpoint: Endpoint, eventually: Wait, system: str) -> str:
    endpoint.open(HALF)
    submission = ask_for(hands, system, backend="openai_api", model="gated", base_url=endpoint.url)
    eventually(lambda: len(endpoint.asked()) > HALF, 240, lambda: hands.get(here(submission)).text)
    return submission


def here(submission: str) -> str:
    return f"/api/v1/submissions/{submission}/"


def test_a_run_lives_through_a_clock_that_is_set_and_events_keep_their_order(
    moved: Any, hands: httpx.Client, endpoint: Endpoint, eventually: Wait, record_figure: Callable[..., None]
) -> None:
    """Three days forward in the middle of one run, back again in the middle of the next."""
    assert moved.clock is not None
    ledger = Ledger(moved)
    first = begun(hands, endpoint, eventually, "Three days on")
    with Watched(hands, first) as run:
        moved.clock.move(3 * DAY)
        endpoint.open()
        ended_whole(moved, run, eventually, "Three days on", recomputes=False)
    said_what_the_endpoint_says(moved, first)

    asked = len(endpoint.asked())
    endpoint.open(asked + HALF)
    second = ask_for(hands, "And back", backend="openai_api", model="gated", base_url=endpoint.url)
    with Watched(hands, second) as run:
        eventually(lambda: len(endpoint.asked()) > asked + HALF, 240, lambda: str(run.last))
        moved.clock.move(0)
        endpoint.open()
        ended_whole(moved, run, eventually, "And back", recomputes=False)
    said_what_the_endpoint_says(moved, second)
    shown = [row["system"] for row in hands.get(f"/api/v1/boards/{SLUG}/").json()["rows"]]
    assert {"Three days on", "And back"} <= set(shown)
    (order,) = ledger.rows(
        "SELECT array_agg(at ORDER BY id) = array_agg(at ORDER BY at, id) FROM leaderboard_scoreevent"
    )
    assert order == (True,), "events stand in the order in which they came"
    record_figure(
        "clock set by three days, forward and back, in mid-run", "2 runs whole", "2 runs whole", True
    )


def test_a_lease_given_before_the_clock_was_set_back_is_not_held_for_ever(
    moved: Any, hands: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    """The worker that holds it stops, as one on another machine would that is gone."""
    moved.clock.move(5 * HOUR)
    try:
        submission = begun(hands, endpoint, eventually, "Held in the future")
        with Watched(hands, submission) as run, stopped(moved, "endpoints"):
            moved.clock.move(0)
            with worker_beside(moved, "other", "io"):
                endpoint.open()
                ended_whole(moved, run, eventually, "Held in the future", recomputes=False)
        said_what_the_endpoint_says(moved, submission)
    finally:
        moved.clock.move(0)


@pytest.mark.parametrize("off", [-2 * HOUR, 30], ids=["behind", "ahead"])
def test_a_worker_whose_clock_is_wrong_keeps_its_leases_and_takes_its_part(
    moved: Any, hands: httpx.Client, endpoint: Endpoint, eventually: Wait, tmp_path: Path, off: int
) -> None:
    other = Clock(tmp_path, "other")
    other.move(off)
    ledger = Ledger(moved)
    with worker_beside(moved, "wrong", "io", **other.surroundings):
        endpoint.open(CANARIES)
        system = f"By a clock {off} s off"
        submission = ask_for(hands, system, backend="openai_api", model="gated", base_url=endpoint.url)
        with Watched(hands, submission) as run:
            eventually(lambda: both(ledger.holders(submission)), 120, lambda: str(run.last))
            wait = ledger.rows("SELECT now()")[0][0] + timedelta(seconds=9)  # two leases, by nobody renewed
            eventually(lambda: ledger.rows("SELECT now()")[0][0] > wait, 60)
            assert both(ledger.holders(submission)), "each holds still what it held"
            endpoint.open()
            ended_whole(moved, run, eventually, system, recomputes=False)
    said_what_the_endpoint_says(moved, submission)
    asked = endpoint.asked()[CANARIES:]
    assert len(asked) == len(set(asked)) == ITEMS, "nobody asks what another one asks"


def both(holders: set[str]) -> bool:
    return len(holders) > 1 and any(name.startswith("wrong@") for name in holders)


def test_ratings_stay_in_their_order_and_no_time_is_below_nothing(moved: Any) -> None:
    """A rater's window stays open while the server's clock goes two days on, one back, and home."""
    (token, *_) = open_study(moved, "clock-study", raters=2, items=6, each=2)
    with Hand(moved.address, token, "clock-study") as hand:
        for step in (2 * DAY, -DAY, 0):
            screen = hand.next()
            moved.clock.move(step)
            assert hand.alive(screen, seconds=9).json()["lease_until"] > hand.database_time(Ledger(moved))
            assert hand.rate(screen).status_code == 200
    moved.clock.move(0)
    assert "2 chains with 3 ratings are whole." in moved.manage("verify_ratings", "clock-study")
    kept = Ledger(moved).rows(KEPT, "clock-study")
    assert [link for link, _ in kept] == [1, 2, 3]
    assert all(0 <= seconds <= 60 for _, seconds in kept)


KEPT = """
SELECT revision.link, revision.seconds FROM raters_ratingrevision revision
JOIN raters_membership member ON member.id = revision.membership_id
JOIN raters_study study ON study.id = member.study_id WHERE study.slug = %s ORDER BY revision.id
"""
