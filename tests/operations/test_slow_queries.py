"""Slow statements: seen wherever they come from, told by their shape, and counted."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction
from psycopg import sql

from accounts.statements import first_row
from evaluation.models import Run
from telemetry import ledger, slow_queries, tallies, trail
from telemetry.models import SlowQuery, Tally

pytestmark = pytest.mark.django_db
PATIENT = "Mrs Apfelbaum"


@pytest.fixture(autouse=True)
def _nothing_noted_before() -> None:
    slow_queries.take()
    tallies.take()


@pytest.mark.parametrize(
    ("statement", "shape"),
    [
        ("SELECT 'Mrs Apfelbaum', E'it\\'s', 12, -3.5e2, x1", "SELECT ?, ?, ?, ?, x1"),
        ("SELECT $$Mrs Apfelbaum$$, $tag$ it's $tag$", "SELECT ?, ?"),
        ("SELECT 1 -- Mrs Apfelbaum\n  FROM\t a /* Mrs\nApfelbaum */ WHERE b = 'it''s'", "SELECT ? FROM a WHERE b = ?"),
        ("DELETE FROM a WHERE id IN (%s, %s,%s) AND n IN (1, 2)", "DELETE FROM a WHERE id IN (…) AND n IN (…)"),
        ('SELECT "a"."b", "a"."c", "a"."d" AS "x", "a"."e" FROM "a"', 'SELECT … FROM "a"'),
        ('UPDATE "t1" SET "c2" = %s WHERE "t1"."id" = $1', 'UPDATE "t1" SET "c2" = %s WHERE "t1"."id" = $1'),
        (sql.SQL("SELECT {} FROM {}").format(sql.Literal("Mrs Apfelbaum"), sql.Identifier("a")), 'SELECT ? FROM "a"'),
        (b"SELECT 'Mrs Apfelbaum'", "SELECT ?"),
    ],
)  # fmt: skip
def test_a_shape_has_no_values(statement: Any, shape: str) -> None:
    assert slow_queries.shape_of(statement) == shape


def test_a_shape_has_an_end() -> None:
    assert len(slow_queries.shape_of("SELECT " + "x + " * 10_000)) == slow_queries.LONGEST_SHAPE


def test_a_slow_statement_is_told_with_where_it_came_from(lines: Any, settings: Any) -> None:
    settings.SLOW_QUERY_MS = 20
    with trail.following(request="abc", route="evaluation:queue"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.03), %s", [PATIENT])
        cursor.execute("SELECT %s", ["quick"])
    (line,) = lines.all("telemetry.slow_queries")
    assert line["statement"] == "SELECT pg_sleep(?), %s"
    assert (line["request"], line["route"]) == ("abc", "evaluation:queue")
    assert line["ms"] >= 30
    assert PATIENT not in lines.text


def test_statements_given_to_the_driver_itself_and_those_of_models_are_seen_too(
    lines: Any, settings: Any
) -> None:
    settings.SLOW_QUERY_MS = 0
    first_row("SELECT count(*) FROM evaluation_run WHERE id > %(id)s::bigint", {"id": 77})
    list(Run.objects.filter(failure=PATIENT))
    told = [line["statement"] for line in lines.all("telemetry.slow_queries")]
    assert "SELECT count(*) FROM evaluation_run WHERE id > %(id)s::bigint" in told
    assert any(each.startswith("SELECT … FROM") and "evaluation_run" in each for each in told)


def test_one_that_fails_is_timed_as_well(lines: Any, settings: Any) -> None:
    settings.SLOW_QUERY_MS = 20
    with pytest.raises(Exception, match="division"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN PERFORM pg_sleep(0.03); PERFORM 1 / 0; END $$")
    assert lines.all("telemetry.slow_queries")


@pytest.mark.django_db(transaction=True)
def test_connections_of_other_threads_are_watched(settings: Any) -> None:
    settings.SLOW_QUERY_MS = 20

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.03) AS of_a_thread")
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert any("of_a_thread" in noted.shape for noted in slow_queries.take().values())


def test_they_are_added_up_in_the_ledger_over_processes_and_time(settings: Any) -> None:
    settings.SLOW_QUERY_MS = 10_000
    process = ledger.Ledger("web")
    for seconds in (0.3, 0.9):
        with trail.following(job="workers.sweep", request="last"):
            slow_queries.note("SELECT 1", seconds)
            slow_queries.note("SELECT 2", seconds)
        process.write()
    found = SlowQuery.objects.get(shape="SELECT ?")
    assert (found.count, found.where, found.request) == (4, "workers.sweep", "last")
    assert found.seconds == pytest.approx(2.4)
    assert found.worst == pytest.approx(0.9)
    counted = Tally.objects.get(name="slow_queries")
    assert counted.labels == '{"where": "workers.sweep"}'
    assert counted.value == 4
