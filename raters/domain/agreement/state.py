"""Agreement kept up to date: one insert, revision or deletion changes a few whole numbers.

The state holds what every coefficient and its two-way interval follow from, and its size does not grow with
the number of items: how many items have each count pattern, and how many ratings each rater gave to items of
each pattern in each category. All of them are integers: no edit leaves rounding behind, and a state that went
through any edits equals, byte for byte, the one counted from the ratings that are left.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from raters.domain.agreement.histogram import Histogram
from raters.domain.agreement.patterns import count_patterns, tally
from raters.domain.agreement.ratings import Names, Ratings, coded_ratings
from raters.domain.agreement.scales import Integers

ItemRatings = Mapping[int, int]  # of one item: rater → category code

_HEADER = struct.Struct("<4sIQQ")  # mark, categories, patterns, holdings
_MARK = b"AG01"


@dataclass(frozen=True, eq=False)
class PatternTable:
    """A state as arrays; only what is there, in no particular order.

    counts (P, V), items (P,)   the patterns and how many items have them
    raters (R,)                 ids, ascending
    rater, pattern, category, held (K,)
                                rater `raters[rater]` gave `category` to `held` items of row `pattern`
    """

    counts: Integers
    items: Integers
    raters: Integers
    rater: Integers
    pattern: Integers
    category: Integers
    held: Integers


class AgreementState:
    """Sufficient statistics of ratings on V declared categories, for one rubric axis and set of raters.

    Raters are known by whole numbers. The items' own ratings stay where they are kept: an edit is told what
    the item was rated before it.
    """

    def __init__(self, n_categories: int) -> None:
        if n_categories < 1:
            raise ValueError(f"a state needs the number of declared categories, not {n_categories}")
        self.n_categories = n_categories
        self._items = Histogram(n_categories)  # counts of each category
        self._holdings = Histogram(3)  # rater, row of the pattern in `_items`, category

    @classmethod
    def from_ratings(
        cls, items: Names, raters: Names, categories: Integers, n_categories: int
    ) -> AgreementState:
        """The state of ratings given as three arrays (n,), `categories` as codes 0 … V - 1.

        ValueError for other codes, rater ids that are not whole numbers, or an item rated twice by a rater.
        """
        return cls.counted(coded_ratings(items, raters, categories, n_categories))

    @classmethod
    def counted(cls, ratings: Ratings) -> AgreementState:
        """The state of checked ratings; raters with a name that is no number are known by their code."""
        state = cls(ratings.n_categories)
        if not len(ratings):
            return state
        size, names = ratings.n_categories, ratings.rater_names
        found = count_patterns(ratings.items, ratings.categories, size)
        patterns = len(found.counts)
        keys = (ratings.raters * patterns + found.of_item[ratings.items]) * size + ratings.categories
        present, held = tally(keys, len(names) * patterns * size)
        rater, pattern, category = present // (patterns * size), present // size % patterns, present % size
        ids = names.astype(np.int64) if names.dtype.kind in "iu" else np.arange(len(names))
        state._items = Histogram(size, found.counts, found.items)
        state._holdings = Histogram(3, np.stack([ids[rater], pattern, category], axis=1), held)
        return state

    def insert(self, item: ItemRatings, rater: int, category: int) -> None:
        """`rater` chose `category` for an item that had the ratings `item` (none, for a new one)."""
        if rater in item:
            raise ValueError(f"rater {rater} has rated this item already: revise the rating instead")
        self.replace(item, {**item, rater: category})

    def revise(self, item: ItemRatings, rater: int, category: int) -> None:
        """`rater` chose `category` instead of what the ratings `item` have."""
        if rater not in item:
            raise ValueError(f"rater {rater} has not rated this item: insert the rating instead")
        self.replace(item, {**item, rater: category})

    def delete(self, item: ItemRatings, rater: int) -> None:
        """`rater` withdrew the rating in `item`."""
        if rater not in item:
            raise ValueError(f"rater {rater} has not rated this item: there is nothing to delete")
        self.replace(item, {name: code for name, code in item.items() if name != rater})

    def replace(self, before: ItemRatings, after: ItemRatings) -> None:
        """An item that had the ratings `before` now has `after`; O(V + their number).

        ValueError, and no change, where a category is not declared or the state holds no item rated so.
        """
        old, new = self._pattern(before), self._pattern(after)
        self._refuse_unknown(old, before)
        for pattern, ratings, change in ((old, before, -1), (new, after, 1)):
            if not ratings:
                continue
            row = self._items.add(pattern, change)
            for rater, category in ratings.items():
                self._holdings.add((rater, row, category), change)

    def merge(self, other: AgreementState) -> AgreementState:
        """The state of both together, whose ratings are of different items."""
        if other.n_categories != self.n_categories:
            raise ValueError(
                f"states on {self.n_categories} and {other.n_categories} categories do not add up: "
                "they come from different scales"
            )
        merged = AgreementState(self.n_categories)
        for state in (self, other):
            patterns, times = state._items.rows()
            rows = np.array([merged._items.add(tuple(key), 0) for key in patterns.tolist()], dtype=np.int64)
            merged._items.add_many(rows, times)
            keys, held = state._holdings.rows()
            for (rater, pattern, category), count in zip(keys.tolist(), held.tolist(), strict=True):
                merged._holdings.add((rater, int(rows[pattern]), category), count)
        return merged

    def table(self) -> PatternTable:
        """The state as arrays, for reading coefficients."""
        counts, items = self._items.rows()
        keys, held = self._holdings.rows()
        there, kept = items > 0, held > 0
        row = np.cumsum(there) - 1
        keys = keys[kept]
        raters, rater = np.unique(keys[:, 0], return_inverse=True)
        return PatternTable(
            counts[there],
            items[there],
            raters,
            rater.astype(np.int64, copy=False),
            row[keys[:, 1]],
            keys[:, 2].copy(),
            held[kept],
        )

    def to_bytes(self) -> bytes:
        """Little-endian: header, int64 counts and items by pattern, then rater, pattern, category, held.

        Patterns and holdings are in ascending order: equal states have equal bytes.
        """
        found = self.table()
        order = np.lexsort(found.counts.T[::-1])
        place = np.argsort(order)
        holdings = np.stack(
            [found.raters[found.rater], place[found.pattern], found.category, found.held], axis=1
        )
        holdings = holdings[np.lexsort(holdings.T[2::-1])]
        head = _HEADER.pack(_MARK, self.n_categories, len(order), len(holdings))
        arrays = (found.counts[order], found.items[order], holdings)
        return head + b"".join(array.astype("<i8").tobytes() for array in arrays)

    @classmethod
    def from_bytes(cls, stored: bytes) -> AgreementState:
        """The state stored by `to_bytes`; ValueError if these bytes are not."""
        if len(stored) < _HEADER.size or not stored.startswith(_MARK):
            raise ValueError("this is not a stored agreement state: count the ratings anew")
        _, size, patterns, holdings = _HEADER.unpack_from(stored)
        if len(stored) != _HEADER.size + 8 * (patterns * (size + 1) + 4 * holdings):
            raise ValueError("the stored agreement state is cut short or too long: count the ratings anew")
        numbers = np.frombuffer(stored, "<i8", offset=_HEADER.size).astype(np.int64)
        counts, items, held = np.split(numbers, [patterns * size, patterns * (size + 1)])
        state = cls(size)
        state._items = Histogram(size, counts.reshape(patterns, size), items)
        table = held.reshape(holdings, 4)
        state._holdings = Histogram(3, table[:, :3], table[:, 3])
        return state

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AgreementState) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def _pattern(self, ratings: ItemRatings) -> tuple[int, ...]:
        counts = [0] * self.n_categories
        for category in ratings.values():
            if not 0 <= category < self.n_categories:
                raise ValueError(f"category code {category} is not among 0 … {self.n_categories - 1}")
            counts[category] += 1
        return tuple(counts)

    def _refuse_unknown(self, pattern: tuple[int, ...], ratings: ItemRatings) -> None:
        row = self._items.row(pattern)
        known = not ratings or self._items.times(pattern) > 0
        if not known or any(self._holdings.times((r, row, c)) <= 0 for r, c in ratings.items()):
            raise ValueError(f"no item with the ratings {dict(ratings)} is in this state: count it anew")
