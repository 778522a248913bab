"""What grows with systems, votes and viewers: making a board, ranking, telling everybody."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import live_viewers
from measured import wide_board
from measured.exponents import Growing, cpu_ms
from measured.site import Site
from stats_ranking import drawn
from vote_to_ranking import after, arriving

SYSTEMS = (12, 24, 48, 96)
TASKS = 20
VOTES = (50_000, 100_000, 200_000, 400_000)
RANKED = (25, 50, 100, 200)
VIEWERS = (250, 500, 1_000, 2_000)
ASKED = (2_000, 4_000, 8_000, 16_000)
EVENTS = 10
_STORED = """
SELECT (sum(pg_column_size(moment.moments)) + max(pg_column_size(board.entries))) / 1000.0
FROM leaderboard_board board JOIN leaderboard_taskmoment moment ON moment.board_id = board.id
WHERE board.version_id = %s AND board.split = 'all'
"""


def boards(person: Any) -> Iterator[Growing]:
    """A board of twenty tasks that gets ever more systems: derived, stored, read cold, sliced."""
    from django.db import connection
    from django.db.models import F
    from django.test import Client

    from leaderboard.models import Board
    from leaderboard.services import boards as publishing

    version, reader = wide_board.load(TASKS), Client()
    costs: dict[str, list[float]] = {name: [] for name in ("publish", "bytes", "cold", "slice", "page")}
    weights = iter(range(2, 1_000))

    def read(query: str = "") -> bytes:
        answer = reader.get(f"/boards/{wide_board.SLUG}/{query}", headers={"host": "localhost"})
        assert answer.status_code == 200, answer.content[:300]
        return bytes(answer.content)

    def changed() -> None:
        Board.objects.filter(version=version).update(revision=F("revision") + 1)
        read()

    for there, systems in pairwise((0, *SYSTEMS)):
        wide_board.hand_in(person, version, range(there, systems), SYSTEMS[-1])
        wide_board.publish(version)
        costs["publish"].append(cpu_ms(lambda: publishing.derive(version), 3))
        with connection.cursor() as cursor:
            cursor.execute(_STORED, [version.pk])
            costs["bytes"].append(float(cursor.fetchone()[0]))
        changed()
        costs["cold"].append(cpu_ms(changed, 5))
        costs["slice"].append(cpu_ms(lambda: read(f"?weight=task-1:{next(weights)}"), 5))
        costs["page"].append(len(gzip.compress(read(), 6)) / 1000)
    yield Growing("publish", f"derive a board of {TASKS} tasks", "systems", "ms", SYSTEMS, costs["publish"])
    yield Growing("board_bytes", "… what is stored of it", "systems", "kB", SYSTEMS, costs["bytes"])
    yield Growing("cold", "… its page after a change", "systems", "ms", SYSTEMS, costs["cold"])
    yield Growing("slice", "… weights nobody chose before", "systems", "ms", SYSTEMS, costs["slice"])
    yield Growing("page_bytes", "… the page as it is sent", "systems", "kB", SYSTEMS, costs["page"])


def rankings() -> Iterator[Growing]:
    """From a vote that arrives to the new ranking, with intervals clustered by rater and item."""
    from leaderboard.domain.ranking import VoteCounts

    def ranked(votes: int, systems: int) -> float:
        counts, arrivals = VoteCounts.of_columns(*drawn(votes, systems)), iter(arriving(systems))
        after(counts, next(arrivals))
        return cpu_ms(lambda: after(counts, next(arrivals)), 7)

    by_votes = [ranked(votes, 50) for votes in VOTES]
    yield Growing("vote", "a vote to the ranking of 50 systems", "votes", "ms", VOTES, by_votes)
    by_systems = [ranked(100_000, systems) for systems in RANKED]
    yield Growing("rank", "… of 100,000 votes", "systems", "ms", RANKED, by_systems)


def readers(site: Site) -> Iterator[Growing]:
    """One web process answers ever more requests for a board that it keeps."""
    live_viewers.prepare()
    web, connection = site.web()[0], http.client.HTTPConnection("localhost", site.port)

    def asked(times: int) -> None:
        for _ in range(times):
            connection.request("GET", "/boards/sample/", headers={"Accept-Encoding": "gzip"})
            connection.getresponse().read()

    asked(200)
    spent = []
    for times in ASKED:
        before = live_viewers.cpu(web)
        asked(times)
        spent.append(1000 * (live_viewers.cpu(web) - before))
    connection.close()
    yield Growing("kept", "a board that is kept, answered", "requests", "ms", ASKED, spent)


def viewers(site: Site) -> Iterator[Growing]:
    """One web process tells ever more streams that a board changed."""
    held, told = [], []
    for crowd in VIEWERS:
        kilobytes, milliseconds = live_viewers.costs(site, crowd, EVENTS)
        held.append(kilobytes * crowd * 1024 / 1e6)
        told.append(milliseconds)
    yield Growing("notify", "NOTIFY to all live boards", "viewers", "ms", VIEWERS, told)
    yield Growing("stream_memory", "… memory of the web process", "viewers", "MB", VIEWERS, held)
