"""How PostgreSQL fares, as it says itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

_STATE = """
SELECT pg_database_size(current_database()),
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       current_setting('max_connections')::int,
       (SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL),
       (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'),
       (SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()),
       current_setting('server_version')
"""
# rows ever inserted, which the database counts by itself: counting millions at each scrape costs seconds
_INSERTED = "SELECT relname, n_tup_ins FROM pg_stat_user_tables WHERE relname = ANY(%s)"
COUNTED = {"evaluation_answer": "answers", "raters_ratingrevision": "ratings"}


@dataclass(frozen=True)
class Database:
    """`size` in bytes; `oldest`: seconds the longest transaction is open; `locked`: who waits for a lock."""

    size: int
    connections: int
    most_connections: int
    oldest: float
    locked: int
    deadlocks: int
    version: str


def state() -> Database:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        size, connections, most, oldest, locked, deadlocks, version = cursor.fetchone()
    return Database(size, connections, most, float(oldest), locked, deadlocks or 0, version.split()[0])


def inserted() -> dict[str, int]:
    """Answers and ratings ever written, edits of ratings included."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERTED, [list(COUNTED)])
        return {COUNTED[table]: rows for table, rows in cursor.fetchall()}
