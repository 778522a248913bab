"""Williams orders, screens, and the deal of rows to raters."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.assignment.order import Orders, carry_over, screens, spread_out, williams


@given(systems=st.integers(2, 25))
def test_every_ordered_pair_follows_equally_often_and_every_place_is_level(systems):
    rows = williams(systems)
    times = 1 if systems % 2 == 0 else 2
    assert len(rows) == times * systems
    after = carry_over(rows, systems)
    assert set(after[~np.eye(systems, dtype=bool)].tolist()) == {times}
    assert not after.diagonal().any()
    for place in range(systems):
        assert set(Counter(row[place] for row in rows).values()) == {times}


def test_the_square_of_four_is_the_published_one():
    # first row 0, 1, K-1, 2: then one is added
    assert williams(4) == ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))


def test_a_single_system_has_one_order_and_none_has_none():
    assert williams(1) == ((0,),)
    with pytest.raises(ValueError, match="at least one"):
        williams(0)


@given(length=st.integers(1, 30), largest=st.integers(1, 7))
def test_screens_cut_a_sequence_without_losing_or_moving_an_answer(length, largest):
    sequence = [str(n) for n in range(length)]
    cut = screens(sequence, largest)
    assert [answer for screen in cut for answer in screen] == sequence
    sizes = [len(screen) for screen in cut]
    assert max(sizes) <= largest
    assert max(sizes) - min(sizes) <= 1


def test_a_screen_without_room_is_refused():
    with pytest.raises(ValueError, match="at least one answer"):
        screens(["a"], 0)


@given(flags=st.lists(st.booleans(), max_size=60))
def test_flagged_items_are_spread_evenly_over_the_sequence(flags):
    order = spread_out(flags)
    assert sorted(order) == list(range(len(flags)))
    marked = [flags[n] for n in order]
    share = sum(flags) / len(flags) if flags else 0
    for stop in range(len(flags) + 1):
        assert abs(sum(marked[:stop]) - share * stop) <= 1.5


@pytest.mark.parametrize("systems", [4, 5, 8])
def test_rows_dealt_in_turn_are_level_for_each_rater_and_for_all(systems):
    orders = Orders(systems, 6, range(systems))
    uses = [Counter() for _ in range(6)]
    for rater, blocks in enumerate([3, 7, 10, 11, 20, 9]):
        for _ in range(blocks):
            uses[rater][orders.deal(rater, range(systems))] += 1
    rows = williams(systems)
    for own in (*uses, sum(uses, Counter())):
        counts = [own[row] for row in rows]
        assert max(counts) - min(counts) <= 1


def test_rows_of_incomplete_blocks_keep_the_positions_of_a_rater_level():
    """Seven systems in the blocks of the Fano plane, 70 of them for one rater: 30 times each, 10 per place."""
    orders = Orders(7, 1, range(7))
    places = np.zeros((7, 3), dtype=int)
    for n in range(70):
        shown = orders.deal(0, [(t + n) % 7 for t in (0, 1, 3)])
        for place, system in enumerate(shown):
            places[system, place] += 1
    assert places.sum(axis=1).tolist() == [30] * 7
    assert np.abs(places - 10).max() <= 2


def test_after_rows_shown_before_the_next_rows_make_up_for_them():
    orders = Orders(4, 1, range(4))
    for _ in range(3):
        orders.note(0, williams(4)[0])
    dealt = [orders.deal(0, range(4)) for _ in range(9)]
    counts = Counter(dealt)
    assert counts == dict.fromkeys(williams(4)[1:], 3)
