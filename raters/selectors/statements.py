"""Statements a rater waits for, planned by the database once a connection instead of at every request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import psycopg
from django.db import connection

Row = tuple[Any, ...]


def first_row(sql: str, values: Mapping[str, Any]) -> Row | None:
    """Run a prepared statement in the present transaction; its first row, None where it gives none."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(cast(Any, connection.connection)) as cursor:
        cursor.execute(cast(Any, sql), values, prepare=True)
        return cursor.fetchone() if cursor.description else None
