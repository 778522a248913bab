"""The benchmark's items by key, and which of them a file has answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from operator import eq

import numpy as np
import numpy.typing as npt

from evaluation.domain.predictions.blocks import Block, Lines
from evaluation.domain.predictions.fields import NO_ID
from evaluation.domain.predictions.verdict import Problem, shown

Positions = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.int64]

ABSENT = -1
UNKNOWN_KEPT = 1000
WIDTH_MAX = 64  # characters of a key, for the keys to be kept side by side


class ItemIndex:
    """Item key → position 0 … n − 1, for millions of keys.

    A dictionary's scattered memory accesses cost more for each key than decoding its row. Here a block of
    keys is looked up at once in an open-addressed table of their hashes, and what is found is compared
    with the key itself, so that equal hashes of different keys do no harm. The table takes 16 to 24 bytes
    a key beside the keys, and is built on first need: keys in the index's own order do without it.

    ValueError for a key that occurs twice. `hashed` is the hash to use, the language's own unless said.
    """

    def __init__(self, keys: Iterable[str], *, hashed: Callable[[str], int] = hash) -> None:
        self.keys = list(keys)
        self._hashed = hashed
        if len(np.unique(self._hashes)) < len(self.keys) and len(set(self.keys)) < len(self.keys):
            raise ValueError("an item key occurs twice")

    @classmethod
    def of(cls, known: Mapping[str, int] | ItemIndex) -> ItemIndex:
        """The index of a mapping whose values are 0 … n − 1, in any order; ValueError where they are not."""
        if isinstance(known, ItemIndex):
            return known
        index = cls.__new__(cls)
        index.keys, index._hashed = _by_position(known), hash
        return index

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: str) -> bool:
        return bool(self.positions([key])[0] != ABSENT)

    def positions(self, keys: list[str], expected: int = 0) -> Positions:
        """(len(keys),) position of each key or ABSENT; at once where they begin at `expected`, in order."""
        if self.keys[expected : expected + len(keys)] == keys:
            return np.arange(expected, expected + len(keys), dtype=np.int32)
        if not self.keys:
            return np.full(len(keys), ABSENT, np.int32)
        hashes = np.fromiter(map(self._hashed, keys), np.int64, len(keys))
        found = self._probe(hashes)
        # An absent key is compared with the last one, which it is not; others share a hash with another key.
        for i in np.flatnonzero(~self._same(found, keys) & (found != ABSENT)):
            found[i] = self._search(keys[i], int(hashes[i]))
        return found

    def _same(self, found: Positions, keys: list[str]) -> npt.NDArray[np.bool_]:
        """(len(keys),) whether the key at each position found is the one looked for."""
        # Arrays drop U+0000 at the end of a text; the objects themselves are scattered, hence slow, to read.
        if self._texts is not None and "\0" not in "".join(keys):
            try:
                same: npt.NDArray[np.bool_] = self._texts[found] == np.array(keys, self._texts.dtype)
                return same
            except UnicodeEncodeError:
                pass
        met = map(self.keys.__getitem__, found.tolist())
        return np.fromiter(map(eq, met, keys), np.bool_, len(keys))

    @cached_property
    def _texts(self) -> npt.NDArray[np.bytes_] | None:
        """The keys side by side, one byte wider than the longest so that no longer text equals any."""
        width = max(map(len, self.keys))
        if width > WIDTH_MAX or not all(map(str.isascii, self.keys)):
            return None
        return np.array(self.keys, f"S{width + 1}")

    @cached_property
    def _hashes(self) -> Hashes:
        return np.fromiter(map(self._hashed, self.keys), np.int64, len(self.keys))

    @cached_property
    def _table(self) -> Positions:
        """Slot → position, at most half full; a key's slot is the first free one from its hash on."""
        table = np.full(1 << (2 * len(self.keys)).bit_length(), ABSENT, np.int32)
        left = np.arange(len(self.keys), dtype=np.int32)
        slots = self._hashes & (len(table) - 1)
        while len(left):
            free = table[slots] == ABSENT
            table[slots[free]] = left[free]  # of several that want one slot, one gets it
            lost = table[slots] != left
            left, slots = left[lost], (slots[lost] + 1) & (len(table) - 1)
        return table

    def _probe(self, hashes: Hashes) -> Positions:
        """(len(hashes),) position of the first key with each hash, or ABSENT."""
        slots = hashes & (len(self._table) - 1)
        found: Positions = self._table[slots]
        going = np.flatnonzero((found != ABSENT) & (self._hashes[found] != hashes))
        while len(going):
            slots[going] = (slots[going] + 1) & (len(self._table) - 1)
            found[going] = self._table[slots[going]]
            going = going[(found[going] != ABSENT) & (self._hashes[found[going]] != hashes[going])]
        return found

    def _search(self, key: str, hashed: int) -> int:
        """The position of one key, every key on its way compared."""
        slot = hashed & (len(self._table) - 1)
        while (position := int(self._table[slot])) != ABSENT:
            if self.keys[position] == key:
                return position
            slot = (slot + 1) & (len(self._table) - 1)
        return ABSENT


def _by_position(known: Mapping[str, int]) -> list[str]:
    keys = list(known)
    positions = np.fromiter(known.values(), np.int64, len(keys))
    in_order = np.arange(len(keys))
    if (positions == in_order).all():
        return keys
    order = np.argsort(positions)
    if (positions[order] != in_order).any():
        raise ValueError("the positions of the known items are not 0 … n − 1, each once")
    return [keys[i] for i in order]


class Answered:
    """Which items have been answered so far, and on which line first."""

    def __init__(self, index: ItemIndex) -> None:
        self.index = index
        self.unknown = 0
        self.unknown_keys: list[str] = []  # the first of them
        self._lines: Lines = np.zeros(len(index), np.uint32)  # 0 until answered
        self._expected = 0

    def take(self, block: Block) -> tuple[Positions, list[Problem]]:
        """The position of every row whose id could be read, and what is wrong with these ids."""
        positions = self.index.positions(block.ids, self._expected)
        if len(positions):
            self._expected = int(positions[-1]) + 1
        if self._all_new(positions, block.lines):
            return positions, []
        rows = zip(block.ids, positions.tolist(), block.lines.tolist(), strict=True)
        return positions, [problem for row in rows if (problem := self._one(*row))]

    def missing(self) -> tuple[int, Iterator[str]]:
        """How many items no row answers, and their keys in the index's order."""
        absent = np.flatnonzero(self._lines == 0)
        return len(absent), (self.index.keys[i] for i in absent)

    def _all_new(self, positions: Positions, lines: Lines) -> bool:
        """Marks the positions if none is absent, taken or repeated; else leaves everything as it was."""
        if (positions == ABSENT).any() or self._lines[positions].any():
            return False
        self._lines[positions] = lines  # of rows for one item, one is kept
        if (self._lines[positions] == lines).all():
            return True
        self._lines[positions] = 0
        return False

    def _one(self, key: str, position: int, line: int) -> Problem | None:
        if position == ABSENT:
            return self._no_item(key, line)
        first = int(self._lines[position])
        if not first:
            self._lines[position] = line
            return None
        message = f"the item was answered before, on line {first}: keep one row for each item"
        return Problem(line, shown(key), "repeated_id", message)

    def _no_item(self, key: str, line: int) -> Problem:
        if not key:
            return Problem(line, None, *NO_ID)
        self.unknown += 1
        if len(self.unknown_keys) < UNKNOWN_KEPT:
            self.unknown_keys.append(key)
        trimmed = key.strip()
        advice = "copy the ids from the template"
        if trimmed != key and trimmed in self.index:
            advice = f'there is "{shown(trimmed)}" without the blanks around it'
        return Problem(line, shown(key), "unknown_id", f'no item has the id "{shown(key)}": {advice}')
