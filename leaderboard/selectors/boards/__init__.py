"""A board for any slice: the page, the API and the files all read this, so they cannot disagree."""

from __future__ import annotations

from leaderboard.domain.planning import Separation
from leaderboard.domain.table import Cell, Column, Head, Listing, Pairs, Row, Slice, Table
from leaderboard.selectors import joint_boards, study_boards
from leaderboard.selectors.boards import benchmarks, reported

SPLITS = benchmarks.SPLITS

__all__ = [
    "SPLITS",
    "Cell",
    "Column",
    "Head",
    "Listing",
    "Pairs",
    "Row",
    "Separation",
    "Slice",
    "Table",
    "listed",
    "pairs",
    "separation",
    "table",
]

# one for each kind of board, asked in this order; each answers None for a slug that is none of its own
KINDS = (benchmarks, reported, study_boards, joint_boards)


def listed() -> list[Listing]:
    """Every public board of every kind, by title."""
    found: dict[str, Listing] = {}
    for kind in KINDS:
        for listing in kind.listed():
            found.setdefault(listing.head.slug, listing)  # printed results may stand on a benchmark's board
    return sorted(found.values(), key=lambda listing: listing.head.title.casefold())


def table(slug: str, wanted: Slice) -> Table | None:
    """A board over a slice; None where there is no such board.

    Filter values and sort keys that this board does not have are ignored; `Table.slice` is what was used.
    """
    return next((found for kind in KINDS if (found := kind.table(slug, wanted)) is not None), None)


def pairs(slug: str, wanted: Slice) -> Pairs | None:
    """Every pair of ranked rows of exactly that slice; None where there is no board or nothing to compare."""
    return next((found for kind in KINDS if (found := kind.pairs(slug, wanted)) is not None), None)


def separation(slug: str, wanted: Slice, one: str, other: str) -> Separation | None:
    """About how much more would tell two rows apart; None where they are not ranked together."""
    return next(
        (found for kind in (benchmarks, reported) if (found := kind.separation(slug, wanted, one, other))),
        None,
    )
