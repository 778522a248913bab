"""Ratings as arrays of codes, checked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from raters.domain.agreement.patterns import has_duplicates
from raters.domain.agreement.scales import Category, Integers, Scale

Names = Sequence[int] | Sequence[str] | npt.NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Ratings:
    """Who gave which category to what.

    items        (n,) codes 0 or above
    raters       (n,) codes 0 … R - 1; `rater_names` (R,) says whose
    categories   (n,) codes 0 … V - 1
    """

    items: Integers
    raters: Integers
    categories: Integers
    rater_names: npt.NDArray[np.generic]
    n_categories: int

    def __len__(self) -> int:
        return len(self.items)


def coded_ratings(items: Names, raters: Names, categories: Integers, n_categories: int) -> Ratings:
    """Ratings from names of items and raters (n,) and category codes (n,).

    ValueError unless the three are of one length, codes are 0 … V - 1, and no rater rated an item twice.
    """
    codes = np.asarray(categories)
    if codes.size and codes.dtype.kind not in "iu":
        raise ValueError("category codes are whole numbers: take them from the scale's `codes`")
    item_codes = numbered(np.asarray(items), "item")
    names, rater_codes = _raters(np.asarray(raters))
    if not len(item_codes) == len(rater_codes) == len(codes):
        raise ValueError(
            f"{len(item_codes)} items, {len(rater_codes)} raters and {len(codes)} categories: "
            "each rating needs one of each"
        )
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) < n_categories:
        raise ValueError(
            f"category codes run from 0 to {n_categories - 1}: take them from the scale's `codes`"
        )
    _refuse_repeats(item_codes, rater_codes, len(names))
    return Ratings(item_codes, rater_codes, codes.astype(np.int64, copy=False), names, n_categories)


def labelled_ratings(
    items: Names, raters: Names, values: Sequence[Category] | npt.NDArray[np.generic], scale: Scale
) -> Ratings:
    """Ratings from the scale's own categories; ValueError as for `coded_ratings` and undeclared ones."""
    return coded_ratings(items, raters, scale.codes(values), scale.size)


def numbered(names: npt.NDArray[np.generic], what: str) -> Integers:
    """(n,) codes 0 or above, the same for the same name, of arrays of integers or text.

    Whole numbers that are codes already are kept. ValueError for anything else than a flat array of these.
    """
    if names.ndim != 1 or (names.size and names.dtype.kind not in "iuUO"):
        raise ValueError(f"{what}s are given as one flat array of whole numbers or names")
    if not names.size:
        return np.zeros(0, dtype=np.int64)
    if names.dtype.kind in "iu" and int(names.min()) >= 0 and int(names.max()) < 4 * len(names) + 64:
        return names.astype(np.int64, copy=False)
    codes: Integers = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return codes


def _raters(names: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.generic], Integers]:
    codes = numbered(names, "rater")
    if names.size and names.dtype.kind in "iu":
        top = int(codes.max()) + 1
        used = np.flatnonzero(np.bincount(codes, minlength=top))
        place = np.zeros(top, dtype=np.int64)
        place[used] = np.arange(len(used))
        first = np.zeros(top, dtype=names.dtype)
        first[codes] = names
        return first[used], place[codes]
    distinct, inverse = np.unique(names, return_inverse=True)
    return distinct, inverse.astype(np.int64)


def _refuse_repeats(items: Integers, raters: Integers, n_raters: int) -> None:
    if not len(items):
        return
    keys = items * n_raters + raters
    if has_duplicates(keys, (int(items.max()) + 1) * n_raters):
        raise ValueError("a rater rated an item twice: keep the last of the two ratings")
