"""Counts under keys of whole numbers: a dictionary to write to, arrays to read from."""

from __future__ import annotations

import numpy as np

from raters.domain.agreement.scales import Integers

Key = tuple[int, ...]


class Histogram:
    """How often each key, a row of `width` integers, was counted. A row keeps its place once it has one.

    The dictionary is built at the first write, so that a histogram counted from arrays is cheap to read.
    """

    def __init__(self, width: int, keys: Integers | None = None, times: Integers | None = None) -> None:
        self._keys = np.zeros((0, width), dtype=np.int64) if keys is None else keys
        self._times = np.zeros(0, dtype=np.int64) if times is None else times.copy()
        self._size = len(self._times)
        self._place: dict[Key, int] | None = None

    def add(self, key: Key, times: int) -> int:
        """Counts `key` `times` more often; returns its row."""
        place = self._index()
        row = place.get(key)
        if row is None:
            row = place[key] = self._size
            self._grow()
            self._keys[row] = key
        self._times[row] += times
        return row

    def add_many(self, rows: Integers, times: Integers) -> None:
        """Counts the keys of distinct `rows` (n,) `times` (n,) more often."""
        self._times[rows] += times

    def row(self, key: Key) -> int:
        """The row of `key`, or -1."""
        return self._index().get(key, -1)

    def times(self, key: Key) -> int:
        row = self.row(key)
        return 0 if row < 0 else int(self._times[row])

    def rows(self) -> tuple[Integers, Integers]:
        """Keys (n, width) and times (n,), those counted down to 0 included."""
        return self._keys[: self._size], self._times[: self._size]

    def _index(self) -> dict[Key, int]:
        if self._place is None:
            keys = self._keys[: self._size].tolist()
            self._place = {tuple(key): row for row, key in enumerate(keys)}
        return self._place

    def _grow(self) -> None:
        self._size += 1
        if self._size <= len(self._times):
            return
        room = max(16, len(self._times))
        self._keys = np.concatenate([self._keys, np.zeros((room, self._keys.shape[1]), dtype=np.int64)])
        self._times = np.concatenate([self._times, np.zeros(room, dtype=np.int64)])
