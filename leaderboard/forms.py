"""A board's query string, read into a slice and written from one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, now
from django.utils.translation import gettext as _

from leaderboard.domain.table import Slice

# every other name in a query is a facet
NAMES = ("split", "mode", "group", "columns", "weight", "q", "sort", "compare", "as_of", "format", "page")
MOST_NAMES, MOST_VALUES, LONGEST = 20, 200, 400
HEAVIEST = 1e6
DAY = timedelta(days=1)
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)  # no board is older, and no time zone leads out of the calendar


class UnreadableDateError(ValueError):
    """`as_of` names no moment of the past; the text says what to write."""


def slice_from(query: QueryDict) -> Slice:
    """What a URL asks for. What no board has, boards ignore: an old link still opens.

    UnreadableDateError where `as_of` cannot be read or has not come: silence would show another board.
    """
    return Slice(
        split=_one(query, "split", Slice.split),
        mode=_one(query, "mode", Slice.mode),
        group=_one(query, "group", Slice.group),
        chosen=tuple(_chosen(query)),
        columns=tuple(dict.fromkeys(_all(query, "columns"))),
        weights=tuple(sorted(dict(_weights(query)).items())),
        only=_one(query, "q", Slice.only).strip(),
        sort=_one(query, "sort", Slice.sort),
        compare=tuple(dict.fromkeys(_all(query, "compare"))),
        as_of=_moment(query.get("as_of", "")),
    )


def query_of(wanted: Slice) -> str:
    """The query string of a slice, with "?", naming only what is not the default; "" for the whole board."""
    pairs = [(facet, value) for facet, values in wanted.chosen for value in values]
    pairs += [("split", wanted.split)] if wanted.split != Slice.split else []
    pairs += [(name, value) for name, value in (("mode", wanted.mode), ("group", wanted.group)) if value]
    pairs += [("columns", key) for key in wanted.columns]
    pairs += [("weight", f"{key}:{weight:.12g}") for key, weight in wanted.weights]
    pairs += [("q", wanted.only)] if wanted.only else []
    pairs += [("sort", wanted.sort)] if wanted.sort != Slice.sort else []
    pairs += [("compare", key) for key in wanted.compare]
    pairs += [("as_of", written(wanted.as_of))] if wanted.as_of else []
    return f"?{urlencode(pairs)}" if pairs else ""


def written(moment: datetime) -> str:
    """A moment as `as_of` reads it back, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def of_now(wanted: Slice) -> Slice:
    """The same slice of the present board."""
    return replace(wanted, as_of=None)


def _one(query: QueryDict, name: str, default: str) -> str:
    return query.get(name, default)[:LONGEST] or default


def _all(query: QueryDict, name: str) -> list[str]:
    return [value[:LONGEST] for value in query.getlist(name)[:MOST_VALUES] if value]


def _chosen(query: QueryDict) -> Iterator[tuple[str, tuple[str, ...]]]:
    facets = sorted(name for name in query if name not in NAMES)[:MOST_NAMES]
    for facet in facets:
        if values := tuple(sorted(set(_all(query, facet)))):
            yield facet[:LONGEST], values


def _weights(query: QueryDict) -> Iterator[tuple[str, float]]:
    for text in _all(query, "weight"):
        key, _colon, number = text.rpartition(":")
        try:
            weight = float(number)
        except ValueError:
            continue
        if key and isfinite(weight) and 0 < weight <= HEAVIEST:
            yield key, weight


def _moment(text: str) -> datetime | None:
    """A day means its end, so that what happened on it counts."""
    if not text:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day + DAY, datetime.min.time(), UTC) if day else parse_datetime(text)
    except (ValueError, OverflowError):
        day = moment = None
    if moment is None:
        raise UnreadableDateError(
            _("as_of cannot be read: write a day, as in 2026-05-01, or a time, as in 2026-05-01T12:00:00Z.")
        )
    moment = moment.replace(tzinfo=UTC) if is_naive(moment) else moment
    if moment > now():
        raise UnreadableDateError(
            _("That day is not over yet: name an earlier one, or a time of today in UTC.")
            if day
            else _("as_of lies in the future: name a moment that has passed, in UTC.")
        )
    return max(moment, EARLIEST).astimezone(UTC)
