"""The benchmark's items by key, and which of them a file has answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from evaluation.domain.predictions.blocks import Block, Lines
from evaluation.domain.predictions.fields import NO_ID
from evaluation.domain.predictions.verdict import Problem, shown

Positions = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]  # (keys, words): each key's bytes, eight to a word, zeros behind them
Hashes = npt.NDArray[np.uint64]

ABSENT = -1
UNKNOWN_KEPT = 1000
WORDS_MAX = 8  # of a key, for the keys to be kept side by side
MULTIPLIER = np.uint64(secrets.randbits(64) | 1)  # another in each process: nobody chooses keys that collide


def mixed(words: Words) -> Hashes:
    """(keys,) hash of each key: multiply and shift, word by word, and once more for the last characters."""
    hashes = np.zeros(len(words), np.uint64)
    for column in words.T:
        hashes ^= column
        hashes *= MULTIPLIER
        hashes ^= hashes >> np.uint64(32)
    hashes *= MULTIPLIER
    return hashes ^ (hashes >> np.uint64(32))


class ItemIndex:
    """Item key → position 0 … n − 1, for millions of keys.

    A dictionary's scattered memory accesses cost more for each key than decoding its row. Here a block of
    keys is looked up at once in an open-addressed table of positions by the keys' hashes, and what is found
    is compared with the key itself, kept beside its neighbours in one array. The table takes 16 to 32 bytes
    a key and is built on first need: keys in the index's own order do without it. Where a key has
    64 bytes or more, a letter beyond ASCII or a zero, a dictionary is taken after all.

    ValueError for a key that occurs twice. `hashed` is the hash to use, `mixed` unless said.
    """

    def __init__(self, keys: Iterable[str], *, hashed: Callable[[Words], Hashes] = mixed) -> None:
        self.keys = list(keys)
        self._hashed = hashed
        if len(set(self.keys)) < len(self.keys):
            raise ValueError("an item key occurs twice")

    @classmethod
    def of(cls, known: Mapping[str, int] | ItemIndex) -> ItemIndex:
        """The index of a mapping whose values are 0 … n − 1, in any order; ValueError where they are not."""
        return known if isinstance(known, ItemIndex) else cls(_by_position(known))

    def __len__(self) -> int:
        return len(self.keys)

    def __contains__(self, key: str) -> bool:
        return bool(self.positions([key])[0] != ABSENT)

    def positions(self, keys: list[str], expected: int = 0) -> Positions:
        """(len(keys),) position of each key or ABSENT; at once where they begin at `expected`, in order."""
        begins = self.keys[expected : expected + 1] == keys[:1]  # mostly enough to know that the rest differs
        if begins and self.keys[expected : expected + len(keys)] == keys:
            return np.arange(expected, expected + len(keys), dtype=np.int32)
        if self._words is None:
            return np.array([self._places.get(key, ABSENT) for key in keys], np.int32)
        width = self._words.shape[1]
        words = _words(keys, width)
        if words is None:  # none of these is an item's: in their place stands what is longer than every key
            words = _words([key if _is_plain(key) else "-" * 8 * width for key in keys], width)
            assert words is not None
        mask = len(self._table) - 1
        slots = (self._hashed(words) & np.uint64(mask)).astype(np.int64)
        found: Positions = self._table.take(slots)
        going, step = self._missed(words, found), 0
        while len(going):
            step += 1
            slots[going] = (slots[going] + step) & mask
            found[going] = self._table[slots[going]]
            going = going[self._missed(words[going], found[going])]
        return found

    def _missed(self, words: Words, found: Positions) -> npt.NDArray[np.int64]:
        """Which of the positions found are another key's: there the search goes on. ABSENT is nobody's."""
        assert self._words is not None
        met = self._words.take(found, axis=0)  # several times as fast as an index of rows
        other = met[:, 0] != words[:, 0]
        for column in range(1, words.shape[1]):
            other |= met[:, column] != words[:, column]
        return np.flatnonzero(other & (found != ABSENT))

    @cached_property
    def _words(self) -> Words | None:
        """The keys side by side, a byte wider than the longest so that no longer text equals any."""
        longest = max(map(len, self.keys), default=0)
        return _words(self.keys, longest // 8 + 1) if self.keys and longest < 8 * WORDS_MAX else None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.keys)}

    @cached_property
    def _table(self) -> Positions:
        """Slot → position, at most a quarter full; a key has its hash's or the first free 1, 3, 6 … on."""
        assert self._words is not None
        table = np.full(1 << (4 * len(self.keys) - 1).bit_length(), ABSENT, np.int32)
        mask = np.uint64(len(table) - 1)
        left = np.arange(len(self.keys), dtype=np.int32)
        slots, step = self._hashed(self._words) & mask, np.uint64(0)
        while len(left):
            step += np.uint64(1)
            free = table[slots] == ABSENT
            table[slots[free]] = left[free]  # of several that want one slot, one gets it
            lost = table[slots] != left
            left, slots = left[lost], (slots[lost] + step) & mask
        return table


def _words(keys: list[str], width: int) -> Words | None:
    """The keys' bytes, cut at `width` words; None where bytes in an array would not tell them apart.

    That is: letters beyond ASCII, and zeros, of which arrays drop those at the end of a text.
    """
    length = len(keys[0]) if keys else 0
    if length < 8 * width and (words := _of_one_length(keys, length, 8 * width)) is not None:
        return words
    try:
        texts = np.array(keys, f"S{8 * width}")
    except UnicodeEncodeError:
        return None
    return None if "\0" in "".join(keys) else texts.view(np.uint64).reshape(len(keys), width)


def _is_plain(key: str) -> bool:
    return key.isascii() and "\0" not in key


def _of_one_length(keys: list[str], length: int, room: int) -> Words | None:
    """The same at half the time for keys of one length, as most benchmarks have; None where they are not."""
    padding = "\0" * (room - length)
    joined = padding.join(keys) + padding
    if len(joined) != room * len(keys) or not joined.isascii():
        return None
    texts = np.frombuffer(joined.encode(), np.uint8).reshape(len(keys), room)
    if np.count_nonzero(texts) != length * len(keys) or texts[:, length:].any():
        return None  # a zero inside a key, or one key too long for another that is too short
    return texts.view(np.uint64)


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
        if (positions == ABSENT).any() or self._lines.take(positions).any():
            return False
        self._lines[positions] = lines  # of rows for one item, one is kept
        if (self._lines.take(positions) == lines).all():
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
