"""Where gold, twins and repeats are inserted: rules that hold for any list."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain.quality import insertions
from raters.domain.quality.selection import FIRST_FREE, GAP


def live(number):
    return [f"a{n}" for n in range(number)]


def whole(names, found):
    """The list as the rater meets it: (kind, source) by place."""
    rest = iter(names)
    inserted = {one.place: (one.kind, one.source) for one in found}
    return [inserted.get(place) or ("live", next(rest)) for place in range(len(names) + len(found))]


def test_a_hundred_screens_get_five_of_each():
    found = insertions(
        live(100), rater="r", seed=1, gold=[f"g{n}" for n in range(9)], with_twin=set(live(100)[:60])
    )
    assert Counter(one.kind for one in found) == {"gold": 5, "twin": 5, "repeat": 5}


def test_the_draw_follows_from_seed_and_rater_alone():
    def draw(rater, seed):
        return insertions(live(60), rater=rater, seed=seed, gold=["g1", "g2", "g3"], with_twin=live(60))

    assert draw("r", 1) == draw("r", 1)
    assert len({draw(rater, seed) for rater in ("r", "s", "t") for seed in (1, 2)}) == 6


@settings(deadline=None, max_examples=200)
@given(
    number=st.integers(0, 80),
    seed=st.integers(-5, 5),
    gold=st.integers(0, 8),
    twins=st.integers(0, 80),
    shares=st.tuples(*[st.floats(0, 0.5)] * 3),
)
def test_rules_hold_for_any_list(number, seed, gold, twins, shares):
    names = live(number)
    found = insertions(
        names,
        rater="r",
        seed=seed,
        gold=[f"g{n}" for n in range(gold)],
        with_twin=set(names[:twins]),
        repeat_share=shares[0],
        gold_share=shares[1],
        twin_share=shares[2],
    )
    shown = whole(names, found)
    places = [one.place for one in found]
    assert places == sorted(set(places)) and all(place < len(shown) for place in places)
    assert all(place >= FIRST_FREE for place in places)
    assert all(later - earlier > 1 for earlier, later in pairwise(places))
    assert [name for kind, name in shown if kind == "live"] == names
    again = [one for one in found if one.kind != "gold"]
    assert len({one.source for one in again}) == len(again)
    for one in again:
        assert one.place - shown.index(("live", one.source)) >= min(GAP, number // 2)
        assert one.kind == "repeat" or one.source in names[:twins]
    kinds = Counter(one.kind for one in found)
    assert kinds["gold"] <= min(gold, round(shares[1] * number))
    assert kinds["repeat"] <= round(shares[0] * number)


def test_insertions_are_spread_over_the_list():
    """Five repeats in 100 screens: one in each fifth of what is open to them."""
    found = insertions(live(100), rater="r", seed=3, twin_share=0, gold_share=0)
    slots = [one.place - n for n, one in enumerate(found)]
    edges = [10 + 91 * n // 5 for n in range(6)]
    assert all(low <= slot < high for slot, low, high in zip(slots, edges, edges[1:], strict=False))


def test_a_short_list_is_left_alone():
    assert insertions(live(5), rater="r", seed=1, gold=["g"], with_twin=live(5)) == ()


def test_repeated_names_and_wrong_shares_are_refused():
    with pytest.raises(ValueError, match="once"):
        insertions(["a", "a"], rater="r", seed=1)
    with pytest.raises(ValueError, match="share"):
        insertions(live(3), rater="r", seed=1, gold_share=1.5)
