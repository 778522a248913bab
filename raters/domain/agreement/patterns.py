"""Items with the same counts of answers are interchangeable: a histogram of count patterns sums them up.

200,000 items of 5 ratings on 5 categories have at most 126 patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.domain.estimates import Floats
from raters.domain.agreement.scales import Integers

_EXACT = 2**53  # whole numbers a float64 holds exactly
_DENSE = 1 << 24  # cells counted in an array rather than by sorting


@dataclass(frozen=True, eq=False)
class Patterns:
    """How many items were rated how.

    counts   (P, V) how many raters chose each category
    items    (P,) how many items have these counts
    of_item  (N,) the row of `counts` of each item code; -1 for a code without ratings
    """

    counts: Integers
    items: Integers
    of_item: Integers


def count_patterns(items: Integers, codes: Integers, n_categories: int) -> Patterns:
    """The patterns of ratings `codes` (n,), 0 … V - 1, of the items (n,), codes 0 or above, few unused."""
    per_item = np.bincount(items)
    base = int(per_item.max(initial=0)) + 1
    keys = _item_keys(items, codes, n_categories, base, len(per_item))
    names, first, of_item, times = _unique(keys)
    counts = _read_counts(names, first, items, codes, n_categories, base)
    empty = counts.sum(axis=1) == 0
    if empty.any():  # codes never used have the pattern of no ratings
        new_row = np.where(empty, -1, np.cumsum(~empty) - 1)
        return Patterns(counts[~empty], times[~empty], new_row[of_item])
    return Patterns(counts, times, of_item)


def pattern_histogram(items: Integers, codes: Integers, n_categories: int) -> tuple[Integers, Integers]:
    """(P, V) counts and (P,) items as in `Patterns`, without the items' own rows: the fastest way."""
    per_item = np.bincount(items)
    base = int(per_item.max(initial=0)) + 1
    if base**n_categories >= _EXACT:
        found = count_patterns(items, codes, n_categories)
        return found.counts, found.items
    names, times = np.unique(_packed(items, codes, n_categories, base), return_counts=True)
    counts = _unpacked(names, n_categories, base)
    used = counts.any(axis=1)
    return counts[used], times[used].astype(np.int64, copy=False)


def _packed(items: Integers, codes: Integers, n_categories: int, base: int) -> Floats:
    """(N,) the counts of each item as the digits of one number."""
    digit = float(base) ** np.arange(n_categories)
    keys: Floats = np.bincount(items, weights=digit[codes]).astype(np.float64, copy=False)
    return keys


def _unpacked(keys: Floats, n_categories: int, base: int) -> Integers:
    digit = base ** np.arange(n_categories, dtype=np.int64)
    counts: Integers = keys.astype(np.int64)[:, None] // digit % base
    return counts


def _item_keys(items: Integers, codes: Integers, n_categories: int, base: int, n_items: int) -> Integers:
    """(N,) a number per item that is the same for items of the same counts and for no others.

    Categories are packed into one number as far as it holds them exactly, numbered anew, and so on.
    """
    step = 1
    while base ** (step + 1) < _EXACT and step < n_categories:
        step += 1
    keys = np.zeros(n_items, dtype=np.int64)
    for start in range(0, n_categories, step):
        here = (codes >= start) & (codes < start + step)
        digit = float(base) ** np.arange(step)
        part = np.bincount(items[here], weights=digit[codes[here] - start], minlength=n_items)
        if not start:
            keys = part.astype(np.int64)
            continue
        _, left = np.unique(keys, return_inverse=True)
        kinds, right = np.unique(part, return_inverse=True)
        keys = left.astype(np.int64) * len(kinds) + right
    return keys


def _unique(keys: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    names, first, inverse, times = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    return names, first.astype(np.int64), inverse.astype(np.int64), times.astype(np.int64)


def _read_counts(
    names: Integers, first: Integers, items: Integers, codes: Integers, n_categories: int, base: int
) -> Integers:
    """(P, V) counts of the first item of each pattern."""
    if base**n_categories < _EXACT:
        return _unpacked(names.astype(np.float64), n_categories, base)
    row = np.full(int(items.max(initial=-1)) + 1, -1, dtype=np.int64)
    row[first] = np.arange(len(first))
    here = row[items] >= 0
    cells = row[items[here]] * n_categories + codes[here]
    return np.bincount(cells, minlength=len(first) * n_categories).reshape(len(first), n_categories)


def tally(keys: Integers, n_keys: int) -> tuple[Integers, Integers]:
    """The distinct keys among 0 … n_keys - 1, ascending, and how often each occurs."""
    if n_keys <= _DENSE:
        times = np.bincount(keys, minlength=n_keys)
        present = np.flatnonzero(times)
        return present, times[present]
    present, times = np.unique(keys, return_counts=True)
    return present, times.astype(np.int64)


def has_duplicates(keys: Integers, n_keys: int) -> bool:
    """Whether one of the keys 0 … n_keys - 1 occurs twice."""
    if n_keys <= 8 * _DENSE:
        seen = np.zeros(n_keys, dtype=bool)
        seen[keys] = True
        return int(np.count_nonzero(seen)) < len(keys)
    return len(np.unique(keys)) < len(keys)
