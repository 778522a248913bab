"""Leases, by the one clock that everybody shares: the database's.

Workers run on several machines whose clocks differ and are set, so none of them says when a lease ends. The
database's clock may be set, too: forward, and leases end at once, and what was in hand is done once more, for
whoever lost a lease keeps nothing; back, and leases would last for as long as the step, so the sweep shortens
them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from evaluation.models import Chunk, Keeping, Recipe
from telemetry import tallies


def now() -> datetime:
    """The database's time at this very moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)
    return moment


def length() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def count_claim(chunk: Chunk) -> None:
    """Count a chunk that is about to be claimed, where it was somebody's or was tried before."""
    if chunk.state == Chunk.State.LEASED and chunk.worker:  # one that was put off is leased to nobody
        tallies.count("leases_lost", kind=chunk.kind)
    if chunk.attempts:
        tallies.count("chunks_retried", kind=chunk.kind)


def over(field: str = "lease_until") -> Q:
    """Rows whose lease has ended."""
    return Q(**{f"{field}__lt": Now()})


def shorten(longest_keeping: timedelta) -> None:
    """Leases that end later than any given now: the clock was set back since. Whoever lives renews them."""
    late = {"lease_until__gt": Now() + length()}
    Chunk.objects.filter(state=Chunk.State.LEASED, **late).update(lease_until=Now() + length())
    Recipe.objects.filter(**late).update(lease_until=Now() + length())
    Keeping.objects.filter(next_at__gt=Now() + longest_keeping).update(next_at=Now() + longest_keeping)
