"""Ratings are appended, the database keeps them, and a chain that was touched is found."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from raters.domain import chain
from raters.models import Membership, RatingRevision
from raters.selectors import ledger

pytestmark = pytest.mark.django_db

Rater = Callable[..., Any]
SAFE, GRAVE = {"safe": "yes"}, {"safe": "no", "harm": "grave"}


@pytest.fixture
def rated(study: Any, ann: Any, ben: Any, as_rater: Rater) -> Any:
    """Ann rated three screens and revised the first; Ben rated one."""
    ann_rates, ben_rates = as_rater(ann), as_rater(ben)
    screens = []
    while (response := ann_rates.next()).status_code == 200:
        screens.append(response.json()["assignment"])
        ann_rates.submit(screens[-1], SAFE)
    ann_rates.submit(screens[0], GRAVE, reason="Misread.")
    ben_rates.submit(ben_rates.take(), SAFE)
    return study


def verified(*slug: str) -> str:
    said = io.StringIO()
    call_command("verify_ratings", *slug, stdout=said)
    return said.getvalue()


def found(slug: str) -> str:
    """What is said of the broken chains; fails when none is."""
    said = io.StringIO()
    with pytest.raises(CommandError, match="chains are broken"):
        call_command("verify_ratings", slug, stdout=said)
    return said.getvalue()


def tamper(sql: str, values: list[Any] | None = None) -> None:
    """As somebody would who owns the database."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE raters_ratingrevision DISABLE TRIGGER rating_is_kept")
        cursor.execute(sql, values)
        assert cursor.rowcount >= 1, "nothing was tampered with"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE raters_ratingrevision ENABLE TRIGGER rating_is_kept")


def test_whole_chains_are_said_to_be_whole(rated: Any) -> None:
    assert verified() == "2 chains with 5 ratings are whole.\n"
    assert verified(rated.slug) == "2 chains with 5 ratings are whole.\n"
    with pytest.raises(CommandError, match="no study"):
        verified("nowhere")


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE raters_ratingrevision SET payload = \'{"safe": "no"}\'',
        "UPDATE raters_ratingrevision SET reason = 'Better.'",
        "UPDATE raters_ratingrevision SET number = 9, counted = true",
        "UPDATE raters_ratingrevision SET created_at = now()",
        "DELETE FROM raters_ratingrevision",
        "DELETE FROM raters_ratingrevision WHERE number = 2",
    ],
)
def test_the_database_changes_and_deletes_no_rating(rated: Any, change: str) -> None:
    with pytest.raises(Error, match="appended, never changed"), transaction.atomic():
        connection.cursor().execute(change)
    assert "5 ratings are whole" in verified()


def test_nor_does_the_code(rated: Any) -> None:
    one = RatingRevision.objects.first()
    assert one is not None
    one.payload = GRAVE
    for change in (one.save, one.delete, RatingRevision.objects.all().delete):
        with pytest.raises(Error), transaction.atomic():
            change()
    assert "5 ratings are whole" in verified()


def test_that_a_rating_was_counted_may_be_noted(rated: Any) -> None:
    assert RatingRevision.objects.update(counted=True) == 5
    assert "5 ratings are whole" in verified()


SECOND = "WHERE link = 2 AND membership_id = (SELECT id FROM raters_membership WHERE name = 'ann')"
OF_SECOND = f"WHERE id = (SELECT assignment_id FROM raters_ratingrevision {SECOND})"
TAMPERING = {
    "another payload": f"UPDATE raters_ratingrevision SET payload = '{{\"safe\": \"no\"}}' {SECOND}",
    "another reason": f"UPDATE raters_ratingrevision SET reason = 'Told to.' {SECOND}",
    "less time": f"UPDATE raters_ratingrevision SET seconds = seconds + 1 {SECOND}",
    "an earlier day": f"UPDATE raters_ratingrevision SET created_at = created_at - interval '1 day' {SECOND}",
    "another number": f"UPDATE raters_ratingrevision SET number = 7 {SECOND}",
    "another hash": f"UPDATE raters_ratingrevision SET sha = repeat('a', 64) {SECOND}",
    "another predecessor": f"UPDATE raters_ratingrevision SET previous_sha = repeat('a', 64) {SECOND}",
    "a hash that is none": f"UPDATE raters_ratingrevision SET previous_sha = '' {SECOND}",
    "one taken out": f"DELETE FROM raters_ratingrevision {SECOND}",
    "the last cut off": "DELETE FROM raters_ratingrevision WHERE link = 4",
    "all taken out": "DELETE FROM raters_ratingrevision WHERE membership_id = "
    "(SELECT id FROM raters_membership WHERE name = 'ann')",
    "moved to another screen": "UPDATE raters_ratingrevision SET number = 3, assignment_id = (SELECT assignment_id "
    f"FROM raters_ratingrevision WHERE link = 3) {SECOND}",
    "given to another rater": "UPDATE raters_ratingrevision SET link = 2, membership_id = "
    "(SELECT id FROM raters_membership WHERE name = 'ben') WHERE link = 4",
    "the sides turned": f"UPDATE raters_assignment SET \"order\" = '{{1}}' {OF_SECOND}",
    "another answer": f"UPDATE raters_assignment SET answers = '{{1}}' {OF_SECOND}",
    "another item": "UPDATE raters_assignment SET item_id = (SELECT min(item_id) FROM raters_assignment one WHERE "
    f"one.item_id <> raters_assignment.item_id), kind = 'gold' {OF_SECOND}",
    "a shorter chain": "UPDATE raters_membership SET chain_length = chain_length - 1 WHERE name = 'ann'",
    "another head": "UPDATE raters_membership SET chain_head = repeat('b', 64) WHERE name = 'ann'",
    "a chain forgotten": "UPDATE raters_membership SET chain_length = 0, chain_head = '' WHERE name = 'ann'",
}  # fmt: skip


@pytest.mark.parametrize("how", sorted(TAMPERING))
def test_tampering_is_found_and_the_rater_named(rated: Any, how: str) -> None:
    tamper(TAMPERING[how])
    assert "first, ann" in found(rated.slug)


def test_a_rating_slipped_in_is_found(rated: Any) -> None:
    tamper(
        "INSERT INTO raters_ratingrevision (assignment_id, membership_id, number, link, payload, reason, seconds, "
        "created_at, previous_sha, sha, counted) SELECT assignment_id, membership_id, 9, 5, payload, '', 0, now(), "
        f"sha, repeat('c', 64), false FROM raters_ratingrevision {SECOND}"
    )
    assert "link 5" in found(rated.slug)


def test_a_rubric_changed_afterwards_is_found(rated: Any) -> None:
    tamper("UPDATE raters_rubricversion SET content_hash = repeat('d', 64)")
    said = found(rated.slug)
    assert "first, ann, link 1" in said
    assert "first, ben, link 1" in said


def test_a_chain_written_anew_from_one_link_on_is_found_by_its_head(rated: Any) -> None:
    """Whoever recomputes every hash after the change still leaves a head that was kept elsewhere."""
    member, previous = Membership.objects.get(rater__username="ann"), chain.GENESIS
    for row in (
        RatingRevision.objects.filter(membership=member).select_related("assignment__rubric").order_by("link")
    ):
        row.payload = GRAVE if row.link == 2 else row.payload
        sha = chain.record_sha(
            previous, ledger.record_of(row, ledger.digest_of(row.assignment.item_id, row.assignment.answers))
        )
        tamper(
            "UPDATE raters_ratingrevision SET payload = %s::jsonb, previous_sha = %s, sha = %s WHERE id = %s",
            [json.dumps(row.payload), previous, sha, row.pk],
        )
        previous = sha
    assert "its head is not the one kept" in found(rated.slug)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "tables", ["raters_ratingrevision", "raters_membership CASCADE", "raters_study CASCADE"]
)
def test_the_table_of_ratings_is_emptied_by_nobody_who_does_not_say_so(rated: Any, tables: str) -> None:
    kept = RatingRevision.objects.count()
    with connection.cursor() as cursor:
        with pytest.raises(Error, match="never emptied"), transaction.atomic():
            cursor.execute("SET LOCAL consilium.ratings_may_be_truncated = 'no'")
            cursor.execute(f"TRUNCATE {tables}")
        assert RatingRevision.objects.count() == kept > 0
        cursor.execute("SHOW consilium.ratings_may_be_truncated")
        assert cursor.fetchone() == ("yes",), "of tests alone, which clean up"
