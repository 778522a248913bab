"""Pay follows the study's median to the cent."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.pay import median_minutes, median_pay, total

amounts = st.decimals(0, 500, places=2)


def test_the_median_is_in_minutes() -> None:
    # the middle of 60, 100, 6000 s is 100 s = 1.667 min; one slow rater does not move it
    assert median_minutes([6000, 60, 100]) == Decimal("1.667")


@pytest.mark.parametrize("seconds", [[], [-1.0], [math.nan], [math.inf]])
def test_a_median_needs_times(seconds: list[float]) -> None:
    with pytest.raises(ValueError, match="time"):
        median_minutes(seconds)


def test_pay_is_the_median_times_the_rate_for_each_item() -> None:
    # 4.5 min at 120 an hour are 9.00; 20 items are 180.00
    line = median_pay("pairs", 20, Decimal("4.5"), Decimal(120))
    assert (line.per_item, line.amount) == (Decimal("9.00"), Decimal("180.00"))


@pytest.mark.parametrize(("minutes", "cents"), [("0.075", "0.08"), ("0.125", "0.12"), ("0.135", "0.14")])
def test_half_a_cent_goes_to_the_even_one(minutes: str, cents: str) -> None:
    # at 60 an hour a minute is 1.00, so 0.125 min is 12.5 cents, which goes to 12
    assert median_pay("x", 1, Decimal(minutes), Decimal(60)).per_item == Decimal(cents)


@given(st.lists(st.tuples(st.integers(0, 500), amounts, amounts), max_size=6))
def test_the_total_is_the_sum_of_what_the_items_are_said_to_earn(
    rows: list[tuple[int, Decimal, Decimal]],
) -> None:
    lines = [median_pay("x", items, minutes, rate) for items, minutes, rate in rows]
    assert total(lines) == sum((line.per_item * line.items for line in lines), Decimal(0))
    assert total(lines).as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("items", "minutes", "rate"),
    [(-1, "1", "1"), (1, "-1", "1"), (1, "1", "-1"), (1, "NaN", "1"), (1, "1", "Infinity")],
)
def test_amounts_that_are_none_are_refused(items: int, minutes: str, rate: str) -> None:
    with pytest.raises(ValueError, match="not below 0"):
        median_pay("x", items, Decimal(minutes), Decimal(rate))
