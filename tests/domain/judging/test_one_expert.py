"""A judge against one physician, where physicians have names: what varies decides the interval."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import balanced_f1, weighted_kappa
from evaluation.domain.judging.one_expert import against_one_expert


def panel(
    n: int, raters: int, noise: float, seed: int, tastes: float = 0.0
) -> tuple[list[int], list[dict[str, int]]]:
    """A judge as good as a physician: each sees the truth, a taste of their own and noise."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1, n)
    taste = rng.normal(0, tastes, raters + 1)
    seen = true[:, None] + taste + rng.normal(0, noise, (n, raters + 1))
    levels = np.digitize(seen, [-0.7, 0.0, 0.7])
    return levels[:, 0].tolist(), [{f"p{r}": int(row[r + 1]) for r in range(raters)} for row in levels]


def test_below_five_physicians_the_interval_is_that_of_the_metric_s_parts() -> None:
    verdicts, labels = panel(60, 3, 0.5, 1)
    found = against_one_expert(verdicts, labels, 4, weighted_kappa)
    counted = np.array([np.bincount(list(said.values()), minlength=4) for said in labels], dtype=np.float64)
    parts = agreement.expert_parts(
        agreement.AgainstPhysicians(np.array(verdicts), counted), weighted_kappa, 0.05, None
    )
    assert found.difference == pytest.approx(parts["minus_one_physician"])
    assert (found.low, found.high) == pytest.approx(
        (parts["minus_one_physician_low"], parts["minus_one_physician_high"])
    )
    assert found.physician == pytest.approx(parts["one_physician"])
    assert found.judge - found.physician == pytest.approx(found.difference)
    assert found.interval == "jackknife-t, these physicians only"
    assert set(found.by_physician) == {"p0", "p1", "p2"}


def test_with_five_physicians_and_tastes_of_their_own_the_interval_is_wider_than_by_items_alone() -> None:
    verdicts, labels = panel(120, 6, 0.4, 2, tastes=0.8)
    named = against_one_expert(verdicts, labels, 4, weighted_kappa)
    assert named.interval == "two-way jackknife-t"
    nobody = [{f"{at}-{rater}": value for rater, value in said.items()} for at, said in enumerate(labels)]
    by_items = against_one_expert(verdicts, nobody, 4, weighted_kappa)  # every label of another person
    assert named.difference == pytest.approx(by_items.difference)
    assert named.high - named.low > 1.5 * (by_items.high - by_items.low)


def test_the_difference_of_one_held_out_physician_is_the_plain_one() -> None:
    labels = [{"x": 1, "y": 1}, {"x": 0, "y": 1}, {"x": 1, "y": 0}, {"x": 0, "y": 0}]
    found = against_one_expert([1, 1, 0, 0], labels, 2, agreement.agreement)
    # without x: the judge against y 4 of 4, x against y 2 of 4; without y: the judge 2 of 4, y 2 of 4
    assert found.by_physician == pytest.approx({"x": 0.5, "y": 0.0})
    assert found.judge == pytest.approx(0.75)
    assert found.physician == pytest.approx(0.5)


def test_a_judge_no_better_than_chance_is_not_called_as_good_as_a_physician() -> None:
    verdicts, labels = panel(150, 5, 0.3, 4)
    good = against_one_expert(verdicts, labels, 4, balanced_f1)
    bad = against_one_expert([at % 4 for at in range(150)], labels, 4, balanced_f1)
    unread = against_one_expert([None] * 150, labels, 4, balanced_f1)
    assert bad.not_inferior is False
    assert bad.high < 0
    assert unread.judge == 0.0
    assert good.difference > bad.difference


def test_a_wider_margin_is_easier_to_meet_and_is_told() -> None:
    verdicts, labels = panel(100, 5, 0.4, 5)
    found = [against_one_expert(verdicts, labels, 4, weighted_kappa, margin=margin) for margin in (0.0, 0.5)]
    assert [each.margin for each in found] == [0.0, 0.5]
    assert found[1].not_inferior is True
    assert found[0].low == found[1].low


def test_items_of_one_physician_say_nothing_and_are_left_out() -> None:
    alone = against_one_expert([1, 0], [{"x": 1}, {"y": 0}], 2, agreement.agreement)
    assert (alone.status, alone.n_items, alone.not_inferior) == ("undefined_no_items", 0, None)
    verdicts, labels = panel(40, 3, 0.5, 6)
    more = against_one_expert([*verdicts, 3], [*labels, {"p0": 0}], 4, weighted_kappa)
    assert more == against_one_expert(verdicts, labels, 4, weighted_kappa)


def test_clusters_that_copy_their_items_do_not_narrow_the_interval() -> None:
    verdicts, labels = panel(30, 3, 0.6, 7)
    once = against_one_expert(verdicts, labels, 4, weighted_kappa)
    thrice = against_one_expert(
        verdicts * 3, labels * 3, 4, weighted_kappa, clusters=np.tile(np.arange(30), 3)
    )
    assert thrice.difference == pytest.approx(once.difference)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_a_judge_drawn_like_a_physician_is_covered_where_physicians_differ() -> None:
    """120 rounds of 6 physicians with tastes of their own on 60 items; the true difference is 0."""
    rounds = [
        against_one_expert(*panel(60, 6, 0.5, 100 + at, tastes=0.3), 4, weighted_kappa) for at in range(120)
    ]
    assert np.mean([each.low <= 0 <= each.high for each in rounds]) >= 0.88
