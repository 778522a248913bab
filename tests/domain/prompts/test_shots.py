"""Worked examples: drawn alike whatever the order of the pool, and never the item itself."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.shots import Pool, Shot, chosen, drawn, fixed

SHOTS = st.lists(
    st.builds(Shot, st.text(max_size=3), st.just("in"), st.just("out"), st.sampled_from(["", "a", "b"])),
    max_size=12,
)

DRAWN = ["k220", "k851", "k532", "k542", "k875"]


def pool_of(size):
    return Pool(Shot(f"k{number}", f"in {number}", f"out {number}") for number in range(size))


@given(
    SHOTS, st.integers(0, 15), st.integers(0, 2**63 - 1), st.text(max_size=3), st.sampled_from(["", "a", "b"])
)
def test_an_item_is_never_among_its_examples_nor_is_its_cluster(shots, n, seed, key, cluster):
    for found in (drawn(Pool(shots), n, seed, key, cluster), fixed(Pool(shots), n, key, cluster)):
        assert key not in {shot.key for shot in found}
        assert not cluster or cluster not in {shot.cluster for shot in found}
        assert len({shot.key for shot in found}) == len(found)


@given(SHOTS, st.integers(0, 15), st.text(max_size=3))
def test_as_many_are_found_as_there_are_up_to_the_number_wanted(shots, n, key):
    others = {shot.key for shot in shots} - {key}
    assert len(drawn(Pool(shots), n, 1, key)) == len(fixed(Pool(shots), n, key)) == min(n, len(others))


@given(st.permutations([Shot(f"k{number}", "in", "out") for number in range(9)]), st.text(max_size=3))
def test_a_draw_does_not_depend_on_the_order_of_the_pool(shots, key):
    assert drawn(Pool(shots), 4, 42, key) == drawn(Pool(sorted(shots, key=lambda shot: shot.key)), 4, 42, key)


def test_a_draw_depends_on_the_item_and_on_the_seed():
    pool = pool_of(1000)
    assert drawn(pool, 5, 42, "one") == drawn(pool, 5, 42, "one")
    assert len({drawn(pool, 5, seed, key) for seed in (1, 2, 3) for key in ("one", "two")}) == 6


def test_a_draw_stays_the_same_from_one_version_to_the_next():
    assert [shot.key for shot in drawn(pool_of(1000), 5, 42, "item-1")] == DRAWN


def test_every_example_is_drawn_equally_often():
    pool, n = pool_of(10), 20_000
    counts = Counter(shot.key for item in range(n) for shot in drawn(pool, 3, 42, f"item {item}"))
    expected = n * 3 / 10
    chi_square = sum((counts[f"k{number}"] - expected) ** 2 / (expected * 0.7) for number in range(10)) * 0.9
    assert chi_square < 27.9  # 0.999 quantile of chi-square with 9 degrees of freedom


def test_fixed_examples_are_the_first_of_the_pool_as_given():
    pool = Pool(Shot(key, "in", "out") for key in ("z", "a", "m"))
    assert [shot.key for shot in fixed(pool, 2, "other")] == ["z", "a"]
    assert [shot.key for shot in fixed(pool, 2, "z")] == ["a", "m"]


def test_a_mode_chooses_as_it_says():
    pool = pool_of(50)
    assert chosen(mode("direct"), pool, "x") == ()
    assert chosen(mode("direct-5-shot"), pool, "x") == fixed(pool, 5, "x")
    assert chosen(mode("meds-bench-3-shot"), pool, "x") == drawn(pool, 3, 42, "x")


def test_drawing_for_ten_thousand_items_from_a_large_pool_looks_at_few_of_its_examples():
    """The pool's keys are only read where a draw falls: counted, not timed."""

    class Counted(tuple):
        looked = 0

        def __getitem__(self, place):
            Counted.looked += 1
            return super().__getitem__(place)

    pool = pool_of(20_000)
    pool.by_key = Counted(pool.by_key)
    for item in range(1000):
        drawn(pool, 5, 42, f"item {item}")
    assert Counted.looked <= 1000 * 6
