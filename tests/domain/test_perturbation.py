"""Items asked twice: which belong together, what changed between them, and how far that is certain."""

from __future__ import annotations

from math import comb, sqrt

import pytest

from evaluation.domain.intervals import Z, wilson
from evaluation.domain.perturbation import Member, effect, matched


def test_an_item_belongs_to_the_one_its_key_is_derived_from_or_to_the_only_one_of_its_cluster() -> None:
    originals = [Member("a", "v1"), Member("b", "v1"), Member("c", "v2"), Member("d")]
    variants = [Member("b~order", "v1"), Member("x", "v2"), Member("y", "v1"), Member("d~order"), Member("z")]

    assert matched(originals, variants) == [(1, 0), (2, 1), (3, 3)]


def test_two_items_of_one_cluster_are_not_guessed_to_belong_to_either() -> None:
    assert matched([Member("a", "v")], [Member("x", "v"), Member("y", "v")]) == []
    assert matched([Member("a", "v"), Member("b", "v")], [Member("x", "v")]) == []
    assert matched([Member("a")], [Member("x")]) == []


def test_the_effect_of_a_worked_table() -> None:
    # 20 pairs: 9 right both times, 6 right → wrong, 1 wrong → right, 4 wrong both times
    before = [1] * 9 + [1] * 6 + [0] * 1 + [0] * 4
    after = [1] * 9 + [0] * 6 + [1] * 1 + [0] * 4
    originals = [Member(f"{n}-original", f"{n}") for n in range(20)]
    variants = [Member(f"{n}-swapped", f"{n}") for n in range(20)]

    found = effect(originals, variants, before, after)

    assert (found.original.share, found.variant.share) == (15 / 20, 10 / 20)
    assert found.difference == pytest.approx(-5 / 20)
    assert found.p == pytest.approx(2 * (comb(7, 0) + comb(7, 1)) / 2**7)  # at most 1 of 7, two-sided
    assert (found.test, found.interval, found.status) == ("exact McNemar", "Bonett-Price", "ok")
    gained, lost = 2 / 22, 7 / 22  # one pair added to each kind of disagreement
    half = Z * sqrt((gained + lost - (gained - lost) ** 2) / 22)
    assert (found.low, found.high) == (
        pytest.approx(gained - lost - half),
        pytest.approx(gained - lost + half),
    )
    assert (found.right_to_wrong.count, found.right_to_wrong.among, found.right_to_wrong.share) == (
        6,
        15,
        0.4,
    )
    assert (found.wrong_to_right.count, found.wrong_to_right.among, found.wrong_to_right.share) == (1, 5, 0.2)
    assert found.right_to_wrong.low < 0.4 < found.right_to_wrong.high  # type: ignore[operator]
    assert (found.pairs, found.unpaired) == (20, 0)


def test_what_has_no_partner_is_counted_and_changes_nothing() -> None:
    originals = [Member("a"), Member("b"), Member("c"), Member("lonely")]
    variants = [Member("c~order"), Member("stranger~order"), Member("a~order"), Member("b~order")]

    found = effect(originals, variants, [1, 1, 0, 1], [1, 1, 0, 1])

    # a: right → wrong, b: right → right, c: wrong → right
    assert (found.pairs, found.unpaired) == (3, 2)
    assert (found.right_to_wrong.count, found.wrong_to_right.count) == (1, 1)
    assert (
        (found.original.count, found.original.among) == (found.variant.count, found.variant.among) == (2, 3)
    )
    assert found.difference == 0.0


def test_several_variants_of_one_item_are_not_taken_as_independent() -> None:
    originals = [Member("a"), Member("b"), Member("c")]
    variants = [Member(f"{key}~{n}") for key in "abc" for n in range(2)]
    # differences by original: a −2, b −1, c 0
    found = effect(originals, [*variants], [1, 1, 1], [0, 0, 0, 1, 1, 1])

    assert found.test == "Obuchowski"
    assert found.difference == pytest.approx(-3 / 6)
    # spread over the 3 originals: 3/2 · ((−2+1)² + (−1+1)² + (0+1)²) / 6²
    half = 4.302652729696142 * sqrt(3 / 2 * 2 / 36)  # Student's t, 2 df
    assert found.low == pytest.approx(max(-1.0, -0.5 - half))
    assert found.high == pytest.approx(-0.5 + half)
    assert (found.right_to_wrong.count, found.right_to_wrong.among) == (3, 6)
    assert found.right_to_wrong.low < wilson(3, 6)[0]  # type: ignore[operator]


def test_nothing_to_compare_has_no_number() -> None:
    found = effect([Member("a")], [Member("b")], [1], [1])

    assert (found.difference, found.p, found.status) == (None, None, "undefined_no_items")
    assert (found.original.share, found.pairs, found.unpaired) == (None, 0, 2)
    assert found.right_to_wrong.share is None


def test_scores_between_right_and_wrong_or_of_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="right \\(1\\) or wrong \\(0\\)"):
        effect([Member("a")], [Member("a~x")], [0.5], [1])
    with pytest.raises(ValueError, match="need as many scores"):
        effect([Member("a")], [Member("a~x")], [1, 0], [1])
