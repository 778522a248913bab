"""Balanced incomplete block designs, difference families and beginnings of designs."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from raters.domain.assignment.designs import (
    balanced_blocks,
    developed,
    difference_family,
    level_order,
)

FAMILIES = [
    (7, [(0, 1, 3)], 1),
    (13, [(0, 1, 3, 9)], 1),
    (13, [(0, 1, 4), (0, 2, 7)], 1),
    (11, [(0, 2, 3, 4, 8)], 2),
    (19, [(0, 1, 4), (0, 2, 9), (0, 5, 11)], 1),
    (21, [(0, 1, 4, 14, 16)], 1),
    (25, [(0, 1, 3), (0, 4, 11), (0, 5, 13), (0, 6, 15)], 1),
    (31, [(0, 1, 3, 8, 12, 18)], 1),
]


def concurrences(treatments, blocks):
    """(v, v) blocks that hold both treatments; on the diagonal the blocks that hold each."""
    holds = np.zeros((len(blocks), treatments), dtype=np.int64)
    for b, block in enumerate(blocks):
        holds[b, list(block)] = 1
    return np.asarray(holds.T @ holds)


def is_balanced(treatments, blocks):
    """Do all treatments occur, and all pairs meet, equally often?"""
    together = concurrences(treatments, blocks)
    pairs = together[np.triu_indices(treatments, 1)]
    uses = np.diag(together)
    return bool((uses == uses[0]).all() and (len(pairs) == 0 or (pairs == pairs[0]).all()))


@pytest.mark.parametrize(("treatments", "base", "index"), FAMILIES)
def test_known_cyclic_families_bring_every_pair_together_equally_often(treatments, base, index):
    blocks = developed(treatments, base)
    assert len(blocks) == treatments * len(base)
    pairs = concurrences(treatments, blocks)[np.triu_indices(treatments, 1)]
    assert set(pairs.tolist()) == {index}


@pytest.mark.parametrize(("treatments", "base", "index"), FAMILIES)
def test_the_search_finds_a_family_wherever_one_is_known(treatments, base, index):
    found = difference_family(treatments, len(base[0]), index)
    assert found is not None
    assert is_balanced(treatments, developed(treatments, found))


def test_no_family_is_claimed_where_the_differences_cannot_come_out_whole():
    # 12 treatments by 3, λ = 2: 2 · 11 / (3 · 2) = 3.67 base blocks, and a short orbit leaves (22 - 2)/6
    assert difference_family(12, 3, 2) is None


def test_a_short_orbit_completes_fifteen_treatments_in_threes():
    # 15 · 14 / 6 = 35 blocks: two full orbits of 15 and the 5 blocks {n, n + 5, n + 10}
    base = difference_family(15, 3)
    assert base is not None
    blocks = developed(15, base)
    assert len(blocks) == 35
    assert is_balanced(15, blocks)


def test_a_family_with_one_shift_left_out_is_not_balanced():
    assert not is_balanced(7, developed(7, [(0, 1, 3)])[1:])


@settings(deadline=None)  # a search may come with a draw
@given(treatments=st.integers(2, 14), data=st.data())
def test_balanced_blocks_satisfy_the_two_counting_identities(treatments, data):
    size = data.draw(st.integers(2, min(treatments, 6)))
    blocks = balanced_blocks(treatments, size)
    assume(blocks is not None)
    assert is_balanced(treatments, blocks)
    together = concurrences(treatments, blocks)
    r, pair = together[0, 0], together[0, 1]
    assert len(blocks) * size == treatments * r
    assert pair * (treatments - 1) == r * (size - 1)


@settings(deadline=None)
@given(treatments=st.integers(2, 14), data=st.data())
def test_any_beginning_of_a_balanced_order_is_nearly_level(treatments, data):
    size = data.draw(st.integers(1, min(treatments, 4)))
    blocks = balanced_blocks(treatments, size)
    assert blocks is not None
    stop = data.draw(st.integers(1, len(blocks)))
    uses = np.diag(concurrences(treatments, blocks[:stop]))
    # two blocks of the plane of order 3 always share a treatment: its beginnings cannot be quite level
    assert np.ptp(uses) <= max(2, size - 1)


def test_level_order_keeps_every_block_once():
    blocks = developed(13, [(0, 1, 4), (0, 2, 7)])
    assert sorted(level_order(13, blocks)) == sorted(blocks)


@pytest.mark.parametrize("size", [0, 8])
def test_a_block_size_outside_the_treatments_is_refused(size):
    with pytest.raises(ValueError, match="a block holds 1 to 7"):
        balanced_blocks(7, size)


def test_base_blocks_that_name_unknown_treatments_are_refused():
    with pytest.raises(ValueError, match="treatments 0 to 6"):
        developed(7, [(0, 1, 7)])
