"""The rows of a running site, read and set in its own database: what a page says is held against them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from consilium.embedded.addresses import database_url

Row = dict[str, Any]


class Rows:
    """SQL on the database of a site; every statement is a transaction of its own."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self._connection = connection

    def all(self, statement: str, *values: Any) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Row:
        (row,) = self.all(statement, *values)
        return row

    def change(self, statement: str, *values: Any) -> int:
        """How many rows were changed."""
        return self._connection.execute(statement, values).rowcount

    def revisions(self, assignment: str) -> list[Row]:
        """What was submitted of a screen, oldest first."""
        return self.all(
            "SELECT number, payload, reason, sha, previous_sha FROM raters_ratingrevision"
            " WHERE assignment_id = %s ORDER BY number",
            assignment,
        )

    def draft(self, assignment: str) -> Row | None:
        found = self.all("SELECT payload, revision FROM raters_draft WHERE assignment_id = %s", assignment)
        return found[0] if found else None

    def screen(self, assignment: str) -> Row:
        return self.one(
            "SELECT state, kind, skip_reason, rubric_id FROM raters_assignment WHERE id = %s", assignment
        )

    def admit(self, rater: str, study: str) -> None:
        """The rater has consented, trained and qualified: the next screen is a live one."""
        self.change(
            "UPDATE raters_membership member SET state = 'qualified', consent_version = study.consent_version,"
            " consented_at = now(), qualified_at = now() FROM raters_study study, accounts_user person"
            " WHERE study.id = member.study_id AND person.id = member.rater_id"
            " AND study.slug = %s AND person.username = %s",
            study, rater,
        )  # fmt: skip

    def waiting(self, rater: str, study: str) -> list[str]:
        """The live screens of a rater that nobody has opened, in their order."""
        found = self.all(
            "SELECT screen.id FROM raters_assignment screen"
            " JOIN raters_membership member ON member.id = screen.membership_id"
            " JOIN raters_study study ON study.id = screen.study_id"
            " JOIN accounts_user person ON person.id = member.rater_id"
            " WHERE person.username = %s AND study.slug = %s AND screen.state IN ('planned', 'open')"
            " AND screen.first_opened_at IS NULL AND screen.kind <> 'training' ORDER BY screen.place",
            rater, study,
        )  # fmt: skip
        return [str(row["id"]) for row in found]


@contextmanager
def rows_of(site: Any) -> Iterator[Rows]:
    with psycopg.connect(database_url(site.state), autocommit=True, row_factory=dict_row) as connection:
        yield Rows(connection)
