"""The scale a rubric declares: which answers there are, and how far apart two of them lie.

The declared categories decide, never the ones that happen to have been used: a weight that came from the
used ones would change with the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats

Integers = npt.NDArray[np.int64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
WeightName = Literal["identity", "linear", "quadratic", "ordinal", "radical", "ratio", "bipolar"]
Category = str | float

# for a kappa that takes weights; alpha takes the metric of the level itself
WEIGHTS_OF_LEVEL: dict[Level, WeightName] = {
    "nominal": "identity",
    "ordinal": "ordinal",
    "interval": "quadratic",
    "ratio": "ratio",
}


@dataclass(frozen=True)
class Scale:
    """Level of measurement and declared categories, in their order, used or not.

    `categories` None stands for real numbers, on interval and ratio scales only. The categories of interval
    and ratio scales are the numbers themselves. ValueError where the two do not go together.
    """

    level: Level
    categories: tuple[Category, ...] | None

    def __post_init__(self) -> None:
        if self.level not in get_args(Level):
            raise ValueError(f'no level "{self.level}": declare one of {", ".join(get_args(Level))}')
        if self.categories is None:
            if not self.is_metric:
                raise ValueError(f"a {self.level} scale needs its categories declared, the unused ones too")
            return
        if not self.categories or len(set(self.categories)) < len(self.categories):
            raise ValueError(f"declare each category once, and at least one: got {list(self.categories)}")
        if self.is_metric:
            self._check_numbers()

    def _check_numbers(self) -> None:
        for value in self.categories or ():
            if isinstance(value, str) or not isfinite(value):
                raise ValueError(f'the categories of a {self.level} scale are numbers, "{value}" is not one')
            if self.level == "ratio" and value < 0:
                raise ValueError(
                    f"a ratio scale starts at zero: {value} is below it; declare an interval scale"
                )

    @property
    def is_metric(self) -> bool:
        """Whether differences of values mean something: interval and ratio."""
        return self.level in ("interval", "ratio")

    @property
    def size(self) -> int:
        """Number of declared categories V; ValueError for real numbers, which have none."""
        if self.categories is None:
            raise ValueError("real-valued ratings have no categories: only Krippendorff's alpha applies")
        return len(self.categories)

    @property
    def positions(self) -> Floats:
        """(V,) the numbers themselves on interval and ratio scales, else the ranks 1 … V."""
        if self.is_metric and self.categories is not None:
            return np.array([float(value) for value in self.categories])
        return np.arange(1.0, self.size + 1)

    def codes(self, values: Sequence[Category] | npt.NDArray[np.generic]) -> Integers:
        """(n,) places 0 … V - 1 of the values among the categories; ValueError for an undeclared one."""
        declared = [*(self.categories or ())]
        given = values if isinstance(values, np.ndarray) else np.asarray(values)
        numeric = not any(isinstance(value, str) for value in declared)
        if given.size and numeric and given.dtype.kind in "iuf":
            return self._numeric_codes(given.astype(np.float64), np.array(declared, dtype=np.float64))
        place = {value: code for code, value in enumerate(declared)}
        unknown = {value for value in values if value not in place}
        if unknown:
            raise _undeclared(sorted(map(str, unknown))[:5], declared)
        return np.array([place[value] for value in values], dtype=np.int64)

    def _numeric_codes(self, given: Floats, declared: Floats) -> Integers:
        order = np.argsort(declared)
        found = order[np.searchsorted(declared[order], given).clip(max=len(declared) - 1)]
        wrong = declared[found] != given
        if wrong.any():
            raise _undeclared(np.unique(given[wrong])[:5].tolist(), declared.tolist())
        codes: Integers = found.astype(np.int64, copy=False)
        return codes


def _undeclared(values: Sequence[object], declared: Sequence[object]) -> ValueError:
    return ValueError(
        f"ratings {list(values)} are not among the declared categories {list(declared)}: "
        "declare them, or leave missing ratings out"
    )


def distances(scale: Scale) -> Floats:
    """(V, V) squared distances of Krippendorff's metrics (2011), for the levels where they are fixed.

    nominal [c ≠ k]; interval (x - y)²; ratio ((x - y)/(x + y))², 0 if both are 0. ValueError for ordinal:
    its distances follow from the marginals of each sample.
    """
    if scale.level == "ordinal":
        raise ValueError("ordinal distances depend on the marginals: they are computed with the coefficient")
    if scale.level == "nominal":
        return 1.0 - np.eye(scale.size)
    x = scale.positions
    return square_distance(scale.level, x[:, None], x[None, :])


def square_distance(level: Level, x: Floats, y: Floats) -> Floats:
    """Squared distances of two arrays of numbers, broadcast, on an interval or ratio scale."""
    gap = x - y
    if level == "ratio":
        total = x + y
        gap = np.divide(gap, total, out=np.zeros(np.broadcast(x, y).shape), where=total != 0)
    squared: Floats = gap * gap
    return squared


def agreement_weights(scale: Scale, name: WeightName | None = None) -> Floats:
    """(V, V) weights, 1 on the diagonal and 0 for the two categories furthest apart (Gwet 2014, ch. 3).

    Default: those of the scale's level (`WEIGHTS_OF_LEVEL`). ValueError for other than identity weights on
    a nominal scale and for ratio weights on other than a ratio scale.
    """
    name = WEIGHTS_OF_LEVEL[scale.level] if name is None else name
    if name not in get_args(WeightName):
        raise ValueError(f'no weights "{name}": choose one of {", ".join(get_args(WeightName))}')
    if scale.level == "nominal" and name != "identity":
        raise ValueError(f'"{name}" weights need an order, and these categories are declared without one')
    if name == "ratio" and scale.level != "ratio":
        raise ValueError(f"ratio weights need a ratio scale, this one is declared {scale.level}")
    if name == "identity" or scale.size == 1:
        return np.eye(scale.size)
    loss = _losses(scale, name)
    weights: Floats = 1.0 - loss / loss.max()
    return weights


def _losses(scale: Scale, name: WeightName) -> Floats:
    """(V, V) losses up to a constant factor."""
    rank = np.arange(scale.size)
    apart = np.abs(rank[:, None] - rank).astype(np.float64)
    if name == "ordinal":  # pairs among the categories from one to the other: C(apart + 1, 2)
        pairs: Floats = apart * (apart + 1) / 2
        return pairs
    x = scale.positions
    gap = np.abs(x[:, None] - x)
    if name == "bipolar":
        total = x[:, None] + x
        room = (total - 2 * x.min()) * (2 * x.max() - total)
        bipolar: Floats = np.divide(gap * gap, room, out=np.zeros_like(gap), where=room > 0)
        return bipolar
    if name == "ratio":
        return square_distance("ratio", x[:, None], x[None, :])
    power: Floats = gap ** {"linear": 1.0, "quadratic": 2.0, "radical": 0.5}[name]
    return power
