"""What a rater is paid: by the study's median time an item, not by the own clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class LedgerLine:
    """What one kind of item earns.

    items        items rated and paid
    minutes      the study's median, to the thousandth of a minute
    per_item     minutes x hourly_rate / 60, to the cent
    amount       items x per_item
    """

    description: str
    items: int
    minutes: Decimal
    hourly_rate: Decimal
    per_item: Decimal
    amount: Decimal


def median_minutes(seconds: Sequence[float]) -> Decimal:
    """The median of counted `seconds` in minutes, to the thousandth. ValueError where none was counted."""
    if not seconds:
        raise ValueError("no item has been timed yet: pay by the rubric's planned minutes until one has")
    if not all(math.isfinite(each) and each >= 0 for each in seconds):
        raise ValueError("times are seconds, 0 or more: one is negative or not a number")
    exact = median(Decimal(repr(float(each))) for each in seconds)
    return (exact / 60).quantize(Decimal("0.001"), ROUND_HALF_EVEN)


def median_pay(description: str, items: int, minutes: Decimal, hourly_rate: Decimal) -> LedgerLine:
    """The ledger's line for `items` items of `minutes` median each, at `hourly_rate` in units of 100 cents.

    Each item is rounded to the cent, half to even: the sum is what the single items are said to earn.
    """
    if items < 0 or not _is_amount(minutes) or not _is_amount(hourly_rate):
        raise ValueError("items, minutes and the hourly rate are finite and not below 0")
    per_item = (minutes * hourly_rate / 60).quantize(_CENT, ROUND_HALF_EVEN)
    return LedgerLine(description, items, minutes, hourly_rate, per_item, per_item * items)


def total(lines: Iterable[LedgerLine]) -> Decimal:
    """What the lines come to, to the cent."""
    return sum((line.amount for line in lines), Decimal("0.00"))


def _is_amount(value: Decimal) -> bool:
    return value.is_finite() and value >= 0
