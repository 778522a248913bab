"""A board's query string, read into a slice and written from one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import QueryDict

from leaderboard.selectors.boards import FACETS, SPLITS, Slice


def slice_from(query: QueryDict) -> Slice:
    """Filters, split and sort of a URL. What is not on the board, it ignores: an old link still opens."""
    split = query.get("split", "all")
    chosen = tuple((facet, tuple(sorted(filter(None, query.getlist(facet))))) for facet in FACETS)
    return Slice(
        split=split if split in SPLITS else "all",
        chosen=tuple((facet, values) for facet, values in chosen if values),
        sort=query.get("sort", "rank")[:130],
    )


def query_of(wanted: Slice) -> str:
    """The query string of a slice, with "?", naming only what is not the default; "" for the whole board."""
    pairs = [(facet, value) for facet, values in wanted.chosen for value in values]
    pairs += [("split", wanted.split)] if wanted.split != Slice.split else []
    pairs += [("sort", wanted.sort)] if wanted.sort != Slice.sort else []
    return f"?{urlencode(pairs)}" if pairs else ""
