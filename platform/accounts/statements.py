"""Statements somebody waits for, planned by the database once a connection instead of at every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from telemetry import slow_queries

Row = tuple[Any, ...]

# Django gives the driver none, and then it prepares nothing, not even what asks for it. Django's own cursors
# put values into the text and are not prepared whatever this is.
PREPARE_THRESHOLD = 5


def first_row(sql: str, values: Mapping[str, Any]) -> Row | None:
    """Run a prepared statement in the present transaction; its first row, None where it gives none."""
    connection.ensure_connection()
    driver = cast(Any, connection.connection)
    if driver.prepare_threshold is None:
        driver.prepare_threshold = PREPARE_THRESHOLD
    with slow_queries.timed(sql), connection.wrap_database_errors, psycopg.Cursor(driver) as cursor:
        cursor.execute(cast(Any, sql), values, prepare=settings.PREPARE_STATEMENTS)
        # not `description`, which says what every column is
        return cursor.fetchone() if cursor.pgresult and cursor.pgresult.nfields else None


def first_row_read(sql: str, values: Mapping[str, Any]) -> Row | None:
    """The same for a statement that only reads, and is the first of a request: it also tells whether the
    connection outlived the time since the last one, and is asked again over a new one where it did not.
    Otherwise Django asks that by a statement of its own."""
    database: Any = connection
    if database.connection is None or database.health_check_done or database.in_atomic_block:
        return first_row(sql, values)
    try:
        row = first_row(sql, values)
    except (OperationalError, InterfaceError):
        database.close()
        return first_row(sql, values)
    database.health_check_done = True
    return row
