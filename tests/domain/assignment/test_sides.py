"""Left and right in pairs: balanced for each pair, within each rater, and after a re-planning."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from raters.domain.assignment.sides import lower_left

pairs = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] < pair[1])
cells = st.lists(st.tuples(st.integers(0, 3), pairs).map(lambda c: (c[0], *c[1])), max_size=80)


def surpluses(shown, key):
    sums = defaultdict(int)
    for cell, left in shown:
        sums[key(cell)] += 1 if left else -1
    return max(map(abs, sums.values()), default=0)


@given(cells=cells, turned=st.booleans())
def test_left_and_right_differ_by_one_at_most_for_each_pair_and_within_each_rater(cells, turned):
    shown = list(zip(cells, lower_left(cells, turned=turned), strict=True))
    assert surpluses(shown, lambda cell: cell) <= 1
    assert surpluses(shown, lambda cell: cell[1:]) <= 1


@given(cells=cells)
def test_the_coin_turns_every_side_so_each_system_stands_left_with_probability_one_half(cells):
    heads, tails = lower_left(cells, turned=False), lower_left(cells, turned=True)
    assert [not left for left in heads] == tails


@given(cells=cells, stop=st.integers(0, 80), turned=st.booleans())
def test_presentations_already_made_are_continued_not_forgotten(cells, stop, turned):
    before = list(zip(cells[:stop], lower_left(cells[:stop], turned=turned), strict=True))
    after = list(zip(cells[stop:], lower_left(cells[stop:], before, turned=turned), strict=True))
    assert surpluses(before + after, lambda cell: cell) <= 1


def test_a_pair_shown_once_by_each_of_four_raters_stands_left_twice():
    sides = lower_left([(rater, 0, 1) for rater in range(4)])
    assert sorted(sides) == [False, False, True, True]


def test_a_rater_who_meets_a_pair_again_sees_it_turned():
    first, second, third = lower_left([(0, 0, 1), (0, 0, 1), (0, 0, 1)])
    assert first != second
    assert first == third


def test_each_system_stands_left_about_as_often_as_right_within_a_rater():
    """A round robin of five systems, one rater: ten pairs, every system twice left in the best case."""
    cells = [(0, a, b) for a in range(5) for b in range(a + 1, 5)]
    left = defaultdict(int)
    for (_, low, high), lower in zip(cells, lower_left(cells), strict=True):
        left[low if lower else high] += 1
    assert all(1 <= left[system] <= 3 for system in range(5))
