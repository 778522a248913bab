"""Checksums of tables: a row is its text under fixed settings, a table the sum of its rows' hashes."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from consilium.backup.manifest import TableSum

# What a value looks like as text depends on these.
_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Sessions, the cache and what asks for them come and go while an archive is written; they are not facts.
_PASSING = frozenset({"cache", "django_session"})


def table_sums(cursor: Any) -> dict[str, TableSum]:
    """Of every table in the public schema that keeps something, in the transaction of `cursor`."""
    for name, value in _SETTINGS.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    cursor.execute(_TABLES)
    names = [name for (name,) in cursor.fetchall() if name not in _PASSING]
    return {name: _sum(cursor, name) for name in names}


def _sum(cursor: Any, name: str) -> TableSum:
    cursor.execute(
        sql.SQL(
            "SELECT count(*), coalesce(sum(('x' || left(md5(row::text), 15))::bit(60)::bigint::numeric), 0) "
            "FROM {} row"
        ).format(sql.Identifier(name))
    )
    rows, total = cursor.fetchone()
    return TableSum(rows, str(total))


def existing_tables(cursor: Any) -> list[str]:
    cursor.execute(_TABLES)
    return [name for (name,) in cursor.fetchall()]
