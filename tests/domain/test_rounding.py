"""No digit of a private number is told that its interval does not support."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.intervals import wilson
from evaluation.domain.rounding import NOTHING, step_for, supported, to_step
from leaderboard.domain.limited import limited_cell, limited_pairs, limited_row, one_digit
from leaderboard.domain.table import Cell, Pairs, Row

WIDTHS = st.floats(1e-6, 1e4)


@given(WIDTHS)
def test_a_step_is_of_1_2_or_5_and_between_a_tenth_and_a_quarter_of_the_width(width: float) -> None:
    step = step_for(width)
    mantissa = step / 10 ** np.floor(log10(step) + 1e-9)
    assert min(abs(mantissa - each) for each in (1, 2, 5)) < 1e-6
    assert width / 10 * (1 - 1e-6) <= step <= width / 4 * (1 + 1e-6)


@given(st.floats(0, 1), st.floats(0.001, 0.5))
def test_what_is_told_is_near_and_limits_stay_in_order(value: float, half: float) -> None:
    told = supported(value, value - half, value + half)
    assert told.value is not None and told.low is not None and told.high is not None
    assert told.low <= told.value <= told.high
    assert abs(told.value - value) <= 2 * half / 8 + 1e-12


@pytest.mark.parametrize(
    ("value", "low", "high", "told"),
    [
        (2 / 3, 0.21, 0.94, (0.7, 0.2, 0.9, 0.1)),
        (0.8243, 0.80, 0.85, (0.82, 0.8, 0.85, 0.01)),
        (0.1 + 0.2, 0.28, 0.32, (0.3, 0.28, 0.32, 0.01)),
        (-0.123, -0.3, 0.05, (-0.1, -0.3, 0.05, 0.05)),
        (37.4, 20.0, 60.0, (40.0, 20.0, 60.0, 10.0)),
    ],
)
def test_examples_worked_by_hand(value: float, low: float, high: float, told: tuple[float, ...]) -> None:
    assert tuple(vars(supported(value, low, high)).values()) == told


@pytest.mark.parametrize("given_", [(0.5, None, None), (None, 0.1, 0.2), (0.5, 0.5, 0.5), (0.5, 0.6, 0.4)])
def test_without_an_interval_nothing_is_told(given_: tuple[float | None, ...]) -> None:
    assert supported(*given_) == NOTHING


def test_the_count_behind_a_share_cannot_be_read_from_it() -> None:
    """Of 200 private items what is told stands for several counts, of 1000 for more; of 40 for one (docs)."""
    assert [fewest_counts(n) for n in (40, 200, 1000)] == [1, 3, 5]


def fewest_counts(n: int) -> int:
    """How many counts of n one told share stands for at least, away from 0 and 1."""
    told: dict[float | None, int] = {}
    for right in range(n + 1):
        value = supported(right / n, *wilson(right, n)).value
        told[value] = told.get(value, 0) + 1
    return min(count for value, count in told.items() if value is not None and 0.1 < value < 0.9)


def test_rounding_adds_little_to_the_noise_there_is_anyway() -> None:
    """The quarter was chosen so: the spread of a rounded score grows by less than a twentieth."""
    rng = np.random.default_rng(7)
    for truth, n in ((0.5, 200), (0.8, 500), (0.65, 1000)):
        right = rng.binomial(n, truth, 4000)
        rounded = np.array([supported(k / n, *wilson(int(k), n)).value for k in right], dtype=float)
        assert rounded.std() < 1.06 * (right / n).std()
        assert abs(rounded.mean() - truth) < 0.15 * (right / n).std()


def row(**cells: Cell) -> Row:
    return Row(
        key="run-1", system="S", kind="model", mode="", origin="run", cells=cells, average=0.61803,
        low=0.58, high=0.66,
    )  # fmt: skip


def test_an_average_is_made_of_the_rounded_cells_alone() -> None:
    """Two boards with the same told cells tell the same average, whatever the exact ones are."""
    weights = {"a": 3.0}
    one = row(a=Cell(0.5012, 0.45, 0.55), b=Cell(0.7349, 0.68, 0.78))
    other = row(a=Cell(0.4951, 0.45, 0.55), b=Cell(0.7391, 0.68, 0.78))
    limited = frozenset({"a", "b"})
    told = [limited_row(each, limited, ("a", "b"), weights) for each in (one, other)]
    assert told[0].cells == told[1].cells
    assert told[0].average == told[1].average == pytest.approx((3 * 0.5 + 0.74) / 4, abs=0.01)
    assert told[0].low is not None and told[0].average is not None
    assert told[0].low < told[0].average


def test_public_columns_and_boards_stay_exact() -> None:
    exact = row(a=Cell(0.5012, 0.45, 0.55), b=Cell(0.7349, 0.68, 0.78))
    assert limited_row(exact, frozenset(), ("a", "b"), {}) == exact
    half = limited_row(exact, frozenset({"b"}), ("a", "b"), {})
    assert half.cells["a"] == exact.cells["a"]
    assert half.cells["b"].value == 0.74


def test_a_cell_without_an_interval_is_kept_back_and_says_so() -> None:
    told = limited_row(row(a=Cell(1.0, status="too_few_items", n=1)), frozenset({"a"}), ("a",), {})
    assert (told.cells["a"].value, told.cells["a"].status, told.average) == (None, "kept_back", None)
    assert limited_cell(Cell(None, status="undefined_no_items")).status == "undefined_no_items"


def test_differences_are_rounded_by_their_own_interval_and_p_to_a_digit() -> None:
    exact = np.array([[0.0, 0.0312], [-0.0312, 0.0]])
    half = np.array([[0.0, 0.02], [0.02, 0.0]])
    p = np.array([[1.0, 0.0314], [0.0314, 1.0]])
    told = limited_pairs(
        Pairs(("a", "b"), exact, exact - half, exact + half, p, p, p, "max-T", "items like these")
    )
    assert told.difference[0, 1] == pytest.approx(0.03)
    assert told.difference[0, 0] == 0
    assert told.p_adjusted[0, 1] == pytest.approx(0.03)
    assert one_digit(np.array([0.0, 0.5, 0.00123, 1.0])) == pytest.approx([0, 0.5, 0.001, 1])


def test_a_multiple_of_a_step_carries_no_binary_dust() -> None:
    assert [to_step(k * 0.1, 0.1) for k in range(11)] == [k / 10 for k in range(11)]
