"""Twins that are noticed, and raters who say the same twice."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, wilcoxon

from raters.domain.agreement import Scale
from raters.domain.quality import consistencies, consistency, twin_test


def test_six_twins_all_rated_worse_have_p_of_one_in_64():
    found = twin_test([4, 5, 3, 4, 5, 4], [1, 1, 2, 3, 3, 2])
    assert found.p_value == pytest.approx(1 / 64)
    assert (found.noticed, found.alike, found.better) == (6, 0, 0)
    assert found.detects and found.statistic == 21


def test_ties_and_pairs_rated_alike_by_hand():
    """Differences 1, 1, 2, -1, 3, 0: without the 0, ranks 2, 2, 4, -2, 5; the sum of positive ranks is 13 of
    15. Sums of at least 13 out of 2⁵ ways: leaving out nothing (15), or one rank of 2 (13, three ways) → 4."""
    found = twin_test([2, 2, 3, 1, 4, 3], [1, 1, 1, 2, 1, 3])
    assert found.statistic == 13
    assert found.p_value == pytest.approx(4 / 32)
    assert (found.noticed, found.alike, found.better, found.n_pairs) == (4, 1, 1, 6)
    assert found.status == "ok" and found.detects is False


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_p_is_the_share_of_all_ways_to_sign_the_ranks(gaps):
    found = twin_test(gaps, [0] * len(gaps))
    apart = [gap for gap in gaps if gap]
    if not apart:
        assert found.status == "undefined_no_difference" and found.p_value is None
        return
    ranks = rankdata(np.abs(apart))
    observed = sum(rank for rank, gap in zip(ranks, apart, strict=True) if gap > 0)
    ways = [
        sum(r for r, up in zip(ranks, ups, strict=True) if up) for ups in product((0, 1), repeat=len(apart))
    ]
    assert found.p_value == pytest.approx(np.mean([way >= observed - 1e-9 for way in ways]))


def test_without_ties_it_is_scipys_exact_test():
    rng = np.random.default_rng(2)
    for n in (5, 12, 30):
        gaps = rng.normal(0.3, 1.0, n)
        theirs = wilcoxon(gaps, alternative="greater", method="exact")
        found = twin_test(gaps, np.zeros(n))
        assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


def test_beyond_fifty_pairs_the_approximation_goes_on_where_the_exact_one_ends():
    rng = np.random.default_rng(3)
    gaps = rng.normal(0.2, 1.0, 51)
    exact = wilcoxon(gaps, alternative="greater", method="exact").pvalue
    assert twin_test(gaps, np.zeros(51)).p_value == pytest.approx(exact, abs=0.005)


@pytest.mark.parametrize(("pairs", "power"), [(10, 0.86), (12, 0.94)])
def test_twins_worse_by_one_standard_deviation_are_noticed_as_often_as_planned(pairs, power):
    """Shared item effect SD 0.7, own noise SD 0.7, a shift of one total SD, 0.99: the design's own
    simulation gave power 0.86 with ten pairs and 0.94 with twelve, over 600 runs (standard error 0.014)."""
    rng = np.random.default_rng(5)
    shift, rounds, hits = np.hypot(0.7, 0.7), 1500, 0
    for _ in range(rounds):
        item = rng.normal(0, 0.7, pairs)
        own, twin = item + rng.normal(0, 0.7, pairs), item - shift + rng.normal(0, 0.7, pairs)
        hits += bool(twin_test(own, twin).detects)
    assert hits / rounds == pytest.approx(power, abs=0.04)


def test_raters_who_notice_nothing_are_alarmed_in_at_most_five_of_a_hundred():
    rng = np.random.default_rng(8)
    hits = [twin_test(rng.integers(1, 6, 12), rng.integers(1, 6, 12)).detects for _ in range(1500)]
    assert np.mean([bool(hit) for hit in hits]) <= 0.065  # 5 % and twice the standard error


def test_what_cannot_be_said_has_a_status_and_a_reason():
    assert twin_test([], []).status == "undefined_no_pairs"
    alike = twin_test([3, 3], [3, 3])
    assert alike.status == "undefined_no_difference" and alike.detects is None and alike.alike == 2
    few = twin_test([4, 4, 4, 4, 2], [1, 1, 1, 1, 2])
    # four that differ: p = 1/16 whatever they say
    assert few.status == "too_few_pairs" and few.p_value == pytest.approx(1 / 16) and few.detects is None
    assert all(found.reason for found in (alike, few))


def test_a_scale_of_harm_is_read_the_other_way():
    one = twin_test([1, 1, 2, 1, 1, 1], [4, 3, 4, 4, 2, 3], higher_is_better=False)
    assert one.detects and one.mean_difference > 0


def test_wrong_scores_are_refused():
    with pytest.raises(ValueError, match="one twin"):
        twin_test([1, 2], [1])
    with pytest.raises(ValueError, match="finite"):
        twin_test([1.0], [float("nan")])


ORDINAL = Scale("ordinal", ("1", "2", "3", "4"))
YES = Scale("nominal", ("no", "yes"))


def test_consistency_by_hand():
    """Ten repeats, eight the same: 4 yes-yes, 4 no-no, one each way. Chance 1/2: kappa (0.8 - 0.5)/0.5."""
    pairs = [("yes", "yes")] * 4 + [("no", "no")] * 4 + [("yes", "no"), ("no", "yes")]
    found = consistency(pairs, YES)
    assert found.n_repeats == 10
    assert found.exact.value == pytest.approx(0.8)
    assert found.chance_corrected.coefficient == "cohen_kappa"
    assert found.chance_corrected.value == pytest.approx(0.6)
    assert found.chance_corrected.low < 0.6 < found.chance_corrected.high
    assert found.exact.these_raters_only


def test_a_near_miss_weighs_less_on_an_ordinal_scale():
    near = consistency([("1", "1"), ("2", "3"), ("4", "4"), ("3", "3"), ("1", "2"), ("4", "4")], ORDINAL)
    far = consistency([("1", "1"), ("1", "4"), ("4", "4"), ("3", "3"), ("4", "1"), ("2", "2")], ORDINAL)
    assert near.exact.value == far.exact.value
    assert near.chance_corrected.value > far.chance_corrected.value


def test_too_few_constant_or_no_repeats_give_a_reason_and_no_number():
    for pairs in ([], [("yes", "yes")] * 3, [("yes", "yes")] * 12):
        found = consistency(pairs, YES)
        assert found.chance_corrected.value is None
        assert found.chance_corrected.reason
    assert consistency([], YES).exact.value is None
    assert consistency([("yes", "yes")] * 12, YES).exact.value == 1.0


def test_numbers_have_alpha_and_no_exact_agreement():
    """A rater who repeats himself but for a little noise."""
    rng = np.random.default_rng(1)
    first = rng.normal(50, 10, 40)
    pairs = list(zip(first.tolist(), (first + rng.normal(0, 2, 40)).tolist(), strict=True))
    found = consistency(pairs, Scale("interval", None))
    assert found.exact is None
    # 100 / (100 + 2²/2 …): about 0.98
    assert found.chance_corrected.value > 0.95


def test_each_variable_is_told_on_its_own():
    found = consistencies({"safe": [("yes", "yes")] * 3}, {"safe": YES, "risk": ORDINAL})
    assert {name: one.n_repeats for name, one in found.items()} == {"safe": 3, "risk": 0}
