"""Vote counts as bytes: the same votes give the same bytes, whatever was added and removed on the way."""

from __future__ import annotations

import json
import struct

import numpy as np

from leaderboard.domain.moments import Integers
from leaderboard.domain.ranking.clusters import ClusterCounts, Names
from leaderboard.domain.ranking.votes import VoteCounts

_HEADER = struct.Struct("<4sIQQ")  # mark, length of the names, cells of raters, cells of items
_MARK = b"VC01"
_ANEW = "count the votes anew"


def to_bytes(counts: VoteCounts) -> bytes:
    """Header, names as JSON, then int64 little-endian: counts of pairs, then keys and counts of clusters.

    Names are sorted and those without votes left out. Votes that found both unacceptable follow in the same
    form, where there are any.
    """
    cells = counts.cells
    shown = cells.sum(axis=(1, 2)) + cells.sum(axis=(0, 2))
    systems = sorted(name for name, votes in zip(counts.systems, shown, strict=True) if votes)
    place = counts.codes_among(systems)
    raters, rater_cells = _canonical(counts.by_rater, place)
    items, item_cells = _canonical(counts.by_item, place)
    names = json.dumps(
        {
            "systems": systems,
            "raters": raters if counts.has_raters and counts.n_votes else None,
            "items": items if counts.has_items and counts.n_votes else None,
        },
        separators=(",", ":"),
    ).encode()
    head = _HEADER.pack(_MARK, len(names), len(rater_cells[0]), len(item_cells[0]))
    tables = (counts.cells_of(systems), *rater_cells, *item_cells)
    stored = head + names + b"".join(table.astype("<i8").tobytes() for table in tables)
    return stored if counts.both_bad is None else stored + to_bytes(counts.both_bad)


def from_bytes(stored: bytes) -> VoteCounts:
    """The counts stored by `to_bytes`; ValueError if these bytes are not, or do not add up."""
    if len(stored) < _HEADER.size or not stored.startswith(_MARK):
        raise ValueError(f"these are not stored vote counts: {_ANEW}")
    _, length, n_rater, n_item = _HEADER.unpack_from(stored)
    try:
        names = json.loads(stored[_HEADER.size : _HEADER.size + length])
    except ValueError:
        raise ValueError(f"the names in the stored vote counts cannot be read: {_ANEW}") from None
    size, at = len(names["systems"]), _HEADER.size + length
    sizes = (3 * size * size, n_rater, n_rater, n_item, n_item)
    end = at + 8 * sum(sizes)
    if len(stored) < end or (len(stored) > end and not stored[end:].startswith(_MARK)):
        raise ValueError(f"the stored vote counts are cut short or too long: {_ANEW}")
    numbers = np.frombuffer(stored[:end], "<i8", offset=at).astype(np.int64)
    cells, *tables = np.split(numbers, np.cumsum(sizes)[:-1])
    counts = _restored(names, cells.reshape(size, size, 3), tables)
    counts.both_bad = from_bytes(stored[end:]) if len(stored) > end else None
    return counts


def _restored(names: dict[str, list[str] | None], cells: Integers, tables: list[Integers]) -> VoteCounts:
    counts = VoteCounts()
    counts._systems, counts._cells = Names(names["systems"] or ()), cells
    counts.n_votes = int(cells.sum())
    counts.has_raters, counts.has_items = names["raters"] is not None, names["items"] is not None
    counts.by_rater = ClusterCounts(names["raters"] or (), *tables[:2])
    counts.by_item = ClusterCounts(names["items"] or (), *tables[2:])
    for recorded, by in ((counts.has_raters, tables[1]), (counts.has_items, tables[3])):
        if (cells < 0).any() or (by < 0).any() or int(by.sum()) != (counts.n_votes if recorded else 0):
            raise ValueError(f"the stored vote counts do not add up to whole votes: {_ANEW}")
    return counts


def _canonical(clusters: ClusterCounts, systems: Integers) -> tuple[list[str], tuple[Integers, Integers]]:
    """Names of the clusters that hold votes, sorted, and their counts."""
    names = sorted(clusters.voting())
    return names, clusters.recoded(names, systems)
