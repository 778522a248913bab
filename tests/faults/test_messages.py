"""Messages that come twice, late, after all is over or in the wrong order, and notices said again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest

from consilium.embedded.addresses import database_url
from tests.faults.beside import goes_on, stopped
from tests.faults.chance import Ear
from tests.faults.model_run import COUNTS, ITEMS, WHOLE, Endpoint, Ledger, Watched, ask_for, ended_whole
from tests.faults.small_study import PUBLISH, Hand, open_study

Wait = Callable[..., None]
# Every task there is, in an order nobody would choose, each of them twice; one has waited for long.
EVERYTHING = """
from celery import current_app
names = ["publish_study", "keep_artefacts", "count_ratings", "take_items_in", "sweep", "serve_queue"]
for name in [*names, *reversed(names)]:
    current_app.send_task(f"workers.{name}")
for queue in ("io", "cpu", "io"):
    current_app.send_task("workers.serve_models", queue=queue)
current_app.send_task("workers.sweep", expires=-60)
"""
FACTS = """
SELECT (SELECT count(*) FROM evaluation_answer), (SELECT count(*) FROM evaluation_score),
       (SELECT count(*) FROM evaluation_receipt), (SELECT count(*) FROM evaluation_artefact),
       (SELECT count(*) FROM leaderboard_scoreevent), (SELECT count(*) FROM leaderboard_studyresults),
       (SELECT sum(revision) FROM leaderboard_board), (SELECT count(*) FROM raters_observation),
       (SELECT count(*) FROM raters_ratingrevision), (SELECT sum(n_ratings) FROM raters_agreementtally)
"""


@pytest.fixture
def database(site: Any) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url(site.state), autocommit=True) as connection:
        yield connection


def test_messages_of_a_run_that_is_over_change_nothing(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    submission = ask_for(client, "Told after", backend="openai_api", model="gated", base_url=endpoint.url)
    ledger = Ledger(site)
    with Watched(client, submission) as run:
        ended_whole(site, run, eventually, "Told after", recomputes=False)
    eventually(lambda: kept_three(ledger, submission), 60)
    asked, facts = len(endpoint.asked()), ledger.rows(FACTS)

    for _ in range(2):
        site.manage("shell", "-v0", "-c", EVERYTHING)
    eventually(lambda: nothing_waits(site), 60)

    assert ledger.rows(FACTS) == facts
    assert ledger.rows(COUNTS, submission) == [WHOLE]
    assert len(endpoint.asked()) == asked == ITEMS + 3


def kept_three(ledger: Ledger, submission: str) -> bool:
    kept = "SELECT count(*) FROM evaluation_artefact artefact JOIN evaluation_run run ON run.id = artefact.run_id"
    return ledger.rows(f"{kept} WHERE run.submission_id = %s", submission) == [(3,)]


def nothing_waits(site: Any) -> bool:
    import redis

    from consilium.embedded.addresses import redis_url

    with redis.Redis.from_url(redis_url(site.state)) as broker:
        return not sum(int(broker.llen(queue)) for queue in ("celery", "io", "cpu", "gpu"))


def test_messages_that_come_before_there_is_anything_to_do_and_then_all_at_once(
    site: Any, client: httpx.Client, endpoint: Endpoint, eventually: Wait
) -> None:
    """The workers stand still while messages of a study and of a run pile up: the last come first."""
    (token, *_) = open_study(site, "out-of-order", raters=2, items=4, each=2)
    with stopped(site, "endpoints"), stopped(site, "worker"):
        submission = ask_for(
            client, "All at once", backend="openai_api", model="gated", base_url=endpoint.url
        )
        with Hand(site.address, token, "out-of-order") as hand:
            while screen := hand.next():
                assert hand.rate(screen).status_code == 200
        site.manage("shell", "-v0", "-c", PUBLISH.format(slug="out-of-order"))
        for _ in range(2):
            site.manage("shell", "-v0", "-c", EVERYTHING)
        goes_on(site, "worker")
        goes_on(site, "endpoints")
    with Watched(client, submission) as run:
        ended_whole(site, run, eventually, "All at once", recomputes=False)
    ledger = Ledger(site)
    eventually(lambda: ledger.rows(OF_STUDY, "out-of-order") == [(True, 4, 0, 1)], 60,
               lambda: str(ledger.rows(OF_STUDY, "out-of-order")))  # fmt: skip
    assert len(endpoint.asked()) == ITEMS + 3


OF_STUDY = """
SELECT study.published, tally.n_ratings,
       (SELECT count(*) FROM raters_ratingrevision revision JOIN raters_membership member
        ON member.id = revision.membership_id WHERE member.study_id = study.id AND NOT revision.counted),
       (SELECT count(*) FROM leaderboard_studyresults results WHERE results.study_id = study.id)
FROM raters_study study JOIN raters_agreementtally tally ON tally.study_id = study.id
WHERE study.slug = %s AND tally.variable = 'label'
"""


def test_notices_said_a_thousand_times_are_one_event_and_strange_ones_none(
    site: Any, database: psycopg.Connection[Any], eventually: Wait
) -> None:
    with Ear(site, "board:notices") as ear, Ear(site, "board:others") as other:
        eventually(lambda: ear.opened == other.opened == 1, 30)
        heard = len(ear.changes)
        for _ in range(10):
            database.execute("SELECT pg_notify('consilium', 'board:notices') FROM generate_series(1, 100)")
        for strange in ("", "board:", ":" * 50, "board:notices\n\nevent: forged", "x" * 7000, "\u0001\u2028"):
            database.execute("SELECT pg_notify('consilium', %s)", (strange,))
        eventually(lambda: len(ear.changes) > heard, 30)
        quiet = threading.Event()
        quiet.wait(2)
        assert len(ear.changes) - heard <= 6, "at most two a second"
        assert other.changes == []
        assert httpx.get(f"{site.address}/healthz", timeout=30).text == "ok"
