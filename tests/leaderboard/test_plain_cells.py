"""A plain cell is written in one go: as it would be bit by bit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain.table import Cell
from leaderboard.domain.units import FORMATS, written
from leaderboard.shown import cells

number = st.floats(-2, 2) | st.sampled_from([0.0, -0.0, 1e-9, -1e-9])


@pytest.mark.parametrize("scale", FORMATS)
@given(value=number, low=number, high=number)
def test_at_once_and_bit_by_bit_are_the_same(scale: Any, value: float, low: float, high: float) -> None:
    column: Any = SimpleNamespace(scale=scale)
    limits = f"{written(low, scale)}–{written(high, scale)}"
    told = cells._score(Cell(value, low, high), column, None, None)
    assert told == f'<td class="num">{written(value, scale)}<small>{limits}</small></td>'
