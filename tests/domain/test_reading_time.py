"""Reading is counted, absence is not, and pay follows the study's median to the cent."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.reading_time import cap_seconds, counted_seconds, median_minutes, median_pay, total

gaps = st.lists(st.floats(0, 1e6), max_size=20)
amounts = st.decimals(0, 500, places=2)


@pytest.mark.parametrize(("words", "seconds"), [(0, 180), (300, 180), (301, 180.6), (1000, 600)])
def test_a_silence_counts_up_to_the_time_the_words_take(words: int, seconds: float) -> None:
    # 1000 words at 100 a minute are 10 minutes; below 300 words it is three minutes
    assert cap_seconds(words) == pytest.approx(seconds)


def test_each_gap_is_counted_up_to_the_cap() -> None:
    assert counted_seconds([10, 180, 4000], words=50) == 10 + 180 + 180
    assert counted_seconds([], words=50) == 0


@given(gaps, st.integers(0, 5000))
def test_no_more_is_counted_than_passed_or_than_the_caps_allow(times: list[float], words: int) -> None:
    counted = counted_seconds(times, words)
    assert 0 <= counted <= math.fsum(times) + 1e-6
    assert counted <= len(times) * cap_seconds(words) + 1e-6


@given(gaps, st.integers(0, 5000), st.integers(0, 5000))
def test_a_longer_text_never_counts_for_less(times: list[float], words: int, more: int) -> None:
    assert counted_seconds(times, words) <= counted_seconds(times, words + more)


@pytest.mark.parametrize("gap", [-1.0, float("nan")])
def test_a_gap_that_is_no_time_is_refused(gap: float) -> None:
    with pytest.raises(ValueError, match="gaps"):
        counted_seconds([1.0, gap], words=10)


def test_words_are_not_negative() -> None:
    with pytest.raises(ValueError, match="words"):
        cap_seconds(-1)


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
