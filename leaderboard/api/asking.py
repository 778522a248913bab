"""What a request asks for, read once for all addresses: the slice, and which stretch of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import Http404, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from leaderboard.domain.table import Slice, Table
from leaderboard.forms import UnreadableDateError, slice_from
from leaderboard.selectors import boards

Listed = TypeVar("Listed")

SLICE = [
    OpenApiParameter("split", enum=list(boards.SPLITS), description="which items count; all unless said"),
    OpenApiParameter("mode", description="a prompt mode; all unless said"),
    OpenApiParameter("group", description="a group of raters; groups are never pooled"),
    OpenApiParameter(
        "chosen",
        OpenApiTypes.OBJECT,
        description="a facet=value pair for every filter, repeated for several values, such as "
        "language=es&language=en; the facets of a board are in its answer. What it does not have is ignored.",
    ),
    OpenApiParameter("columns", many=True, description="columns shown; they change no average"),
    OpenApiParameter(
        "weight", many=True, description="COLUMN:NUMBER, its weight in the average; 1 unless said"
    ),
    OpenApiParameter("q", description="only systems whose name has this"),
    OpenApiParameter(
        "sort",
        description="rank, system, average, unparsed, place or a column's key; - before it turns it round",
    ),
    OpenApiParameter("compare", many=True, description="keys of rows, noted in the address"),
    OpenApiParameter(
        "as_of",
        description="the board as it stood then: a day (its end) or a time, ISO 8601, UTC; 400 if it cannot "
        "be read or has not come",
    ),
]


@dataclass(frozen=True)
class Stretch:
    """`limit` entries from `offset` on."""

    limit: int
    offset: int


def stretch_parameters(usual: int, most: int) -> list[OpenApiParameter]:
    return [
        OpenApiParameter("limit", OpenApiTypes.INT, description=f"1 to {most}; {usual} unless said"),
        OpenApiParameter("offset", OpenApiTypes.INT, description="how many to leave out first"),
    ]


def stretch_of(query: QueryDict, usual: int, most: int) -> Stretch:
    """ValidationError, naming the field and what to write, for anything but whole numbers in their bounds."""
    limit = _whole(query, "limit", usual, 1, most)
    return Stretch(limit, _whole(query, "offset", 0, 0, 10_000_000))


def slice_of(request: Request) -> Slice:
    """ValidationError for an unreadable as_of, with what to write instead."""
    query = request.query_params.copy()
    for name in ("limit", "offset", "row"):
        query.pop(name, None)
    try:
        return slice_from(query)
    except UnreadableDateError as fault:
        raise ValidationError({"as_of": [str(fault)]}) from None


def table_of(request: Request, slug: str) -> Table:
    found = boards.table(slug, slice_of(request))
    if found is None:
        raise no_board(slug)
    return found


def no_board(slug: str) -> Http404:
    return Http404(f"There is no board {slug}. GET /api/v1/boards/ lists those there are.")


def paged(
    request: Request, every: Sequence[Listed], wanted: Stretch, told: Callable[[Listed], dict[str, Any]]
) -> dict[str, Any]:
    """The stretch under `results`, with the number of all and the addresses of the stretches beside it."""
    count = len(every)
    some = every[wanted.offset : wanted.offset + wanted.limit]
    following, before = wanted.offset + wanted.limit, wanted.offset - wanted.limit
    return {
        "count": count,
        "next": _address(request, wanted.limit, following) if following < count else None,
        "previous": _address(request, wanted.limit, max(before, 0)) if wanted.offset else None,
        "results": [told(each) for each in some],
    }


def _address(request: Request, limit: int, offset: int) -> str:
    query = request.query_params.copy()
    query["limit"], query["offset"] = str(limit), str(offset)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def _whole(query: QueryDict, name: str, usual: int, least: int, most: int) -> int:
    said = query.get(name)
    if said is None:
        return usual
    if not (said.isascii() and said.isdigit() and len(said) < 9 and least <= int(said) <= most):
        raise ValidationError({name: [f"Write a whole number from {least} to {most}, or leave it out."]})
    return int(said)
