"""A board's query string, read into a slice."""

from __future__ import annotations

from django.http import QueryDict

from leaderboard.selectors.boards import FACETS, SPLITS, Slice


def slice_from(query: QueryDict) -> Slice:
    """Filters, split and sort of a URL. What it does not know it ignores: an old link still opens."""
    split = query.get("split", "all")
    chosen = tuple((facet, tuple(sorted(filter(None, query.getlist(facet))))) for facet in FACETS)
    return Slice(
        split=split if split in SPLITS else "all",
        chosen=tuple((facet, values) for facet, values in chosen if values),
        sort=query.get("sort", "rank")[:130],
    )
