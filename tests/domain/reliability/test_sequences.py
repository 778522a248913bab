"""Confidence sequences: what they promise when looked at after every vote, and what a fixed interval does."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from raters.domain.reliability.sequences import (
    ConfidenceSequence,
    _empirical_bernstein,
    difference_sequence,
    mean_sequence,
    proportion_limits,
    proportion_sequence,
    verdict,
)

STREAMS, VOTES = 1000, 2000


def missed(sequence: ConfidenceSequence, truth: float) -> bool:
    return bool(((sequence.lower > truth + 1e-12) | (sequence.upper < truth - 1e-12)).any())


def fixed_n_misses(votes: np.ndarray, truth: float) -> float:
    """Share of streams (s, t) in which mean ∓ 1.96 SD/√t misses at some time from the 20th vote on."""
    n = np.arange(1.0, votes.shape[1] + 1)
    mean = votes.cumsum(axis=1) / n
    variance = np.maximum((votes**2).cumsum(axis=1) / n - mean**2, 0)
    away = np.abs(mean - truth) > 1.96 * np.sqrt(variance / n)
    return float(away[:, 19:].any(axis=1).mean())


@pytest.mark.parametrize("truth", [0.5, 0.2, 0.03])
def test_a_share_watched_after_every_vote_is_missed_by_5_streams_in_100_at_most(
    truth: float, record_figure: Callable[..., None]
) -> None:
    votes = (np.random.default_rng(21).random((STREAMS, VOTES)) < truth).astype(float)
    won, count = votes.cumsum(axis=1), np.arange(1.0, VOTES + 1)
    # limits of every (successes, votes) that occur, each once
    cells, place = np.unique(won * (VOTES + 1) + count, return_inverse=True)
    lower, upper = proportion_limits(cells // (VOTES + 1), cells % (VOTES + 1))
    away = ((lower > truth) | (upper < truth))[place].reshape(votes.shape)
    missed_by = away.any(axis=1).mean()
    name = f"confidence sequence looked at after every vote, share {truth:g}"
    record_figure(name, f"{100 * missed_by:.1f} % missed", "at most 5 %", bool(missed_by <= 0.05))
    assert missed_by <= 0.05
    assert fixed_n_misses(votes, truth) >= 0.4


@pytest.mark.parametrize(
    ("draw", "truth", "bounds"),
    [
        (lambda rng: rng.random((STREAMS, VOTES)), 0.5, (0.0, 1.0)),
        (lambda rng: rng.beta(0.3, 3, (STREAMS, VOTES)), 0.3 / 3.3, (0.0, 1.0)),
        (lambda rng: rng.integers(1, 6, (STREAMS, VOTES)).astype(float), 3.0, (1.0, 5.0)),
        # mostly 0: the case in which the asymptotic sequence missed one stream in ten
        (lambda rng: (rng.random((STREAMS, VOTES)) < 0.05).astype(float), 0.05, (0.0, 1.0)),
    ],
)
def test_a_mean_watched_after_every_vote_is_missed_by_5_streams_in_100_at_most(
    draw: object, truth: float, bounds: tuple[float, float]
) -> None:
    votes = draw(np.random.default_rng(22))  # type: ignore[operator]
    misses = np.mean([missed(mean_sequence(stream, bounds=bounds), truth) for stream in votes])
    assert misses <= 0.05
    assert fixed_n_misses(votes, truth) >= 0.4


def test_a_difference_of_systems_that_are_equal_is_declared_in_5_streams_of_100_at_most() -> None:
    rng = np.random.default_rng(23)
    skill = rng.random((STREAMS, VOTES))
    a, b = (rng.random((2, STREAMS, VOTES)) < skill).astype(float)
    misses = np.mean([missed(difference_sequence(x, y), 0.0) for x, y in zip(a, b, strict=True)])
    assert misses <= 0.05
    assert fixed_n_misses(a - b, 0.0) >= 0.4


def test_watching_costs_less_than_twice_the_width_at_the_expected_number_of_votes() -> None:
    votes = np.random.default_rng(24).random(300)
    low, high = mean_sequence(votes, expected=300).latest[1:]
    assert (high - low) / (2 * 1.96 * votes.std() / 300**0.5) < 2


def test_the_limits_of_a_share_are_where_the_mixture_is_20_times_likelier() -> None:
    # 7 of 10: the mixture's likelihood is B(8, 4) = 1 / (11 · C(10, 7)) = 1/1320
    low, high = proportion_limits(7, 10)
    for limit in (float(low), float(high)):
        assert 1 / (11 * comb(10, 7)) / (limit**7 * (1 - limit) ** 3) == pytest.approx(20, rel=1e-9)


def test_the_limits_of_a_thousand_shares_are_where_scipys_mixture_is_20_times_likelier() -> None:
    rng = np.random.default_rng(27)
    n = rng.integers(1, 400, 1000)
    won = rng.binomial(n, rng.random(1000))
    mixture = betabinom(n, 1, 1).pmf(won)
    for limits, end, at_end in zip(proportion_limits(won, n), (0, 1), (won == 0, won == n), strict=True):
        np.testing.assert_array_equal(limits[at_end], end)
        ratio = mixture / binom(n, limits).pmf(won)
        np.testing.assert_allclose(ratio[~at_end], 20, rtol=1e-8)


def test_before_the_first_vote_everything_is_possible() -> None:
    assert proportion_limits(0, 0) == (0.0, 1.0)
    for empty in (proportion_sequence([]), mean_sequence([])):
        assert (empty.status, empty.latest, empty.n_votes) == ("undefined_no_votes", None, 0)


def test_equal_votes_still_leave_room_on_the_other_side() -> None:
    # ten of ten: p^10 · 20 = 1/11 → p = (1/220)^(1/10) = 0.5832
    value, low, high = proportion_sequence(np.ones(10)).latest
    assert (value, high) == (1, 1)
    assert low == pytest.approx((1 / 220) ** 0.1)
    value, low, high = mean_sequence(np.ones(10)).latest
    assert value == high == 1
    assert low < 0.9


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=80))
def test_successes_and_failures_change_places_without_changing_anything(votes: list[int]) -> None:
    here, there = proportion_sequence(votes), proportion_sequence([1 - vote for vote in votes])
    np.testing.assert_allclose(here.lower, 1 - there.upper, atol=1e-12)
    assert (here.lower <= here.value + 1e-12).all()
    assert (here.value <= here.upper + 1e-12).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(-20, 20), st.floats(0.1, 30))
def test_another_scale_moves_the_limits_with_it(votes: list[float], shift: float, width: float) -> None:
    bounds = (shift, shift + width)
    here = mean_sequence(votes)
    there = mean_sequence(np.clip(shift + width * np.array(votes), *bounds), bounds=bounds)
    np.testing.assert_allclose(there.lower, shift + width * here.lower, atol=1e-6 * width)
    np.testing.assert_allclose(there.upper, shift + width * here.upper, atol=1e-6 * width)
    assert (here.lower <= here.value).all()
    assert (here.value <= here.upper).all()


def test_what_was_said_after_t_votes_does_not_change_with_later_ones() -> None:
    votes = np.random.default_rng(25).random(200)
    np.testing.assert_array_equal(mean_sequence(votes).lower[:90], mean_sequence(votes[:90]).lower)


def test_a_vote_has_no_say_in_its_own_weight() -> None:
    # with weights from earlier votes the centre is linear in the last vote: what the proof rests on
    votes = np.random.default_rng(26).integers(0, 2, 400)  # spread enough for weights below their cap
    at_0, at_half, at_1 = (
        _empirical_bernstein(np.append(votes, last), np.log(40), 1)[0][-1] for last in (0.0, 0.5, 1.0)
    )
    assert at_half == pytest.approx((at_0 + at_1) / 2, abs=1e-12)
    assert at_1 - at_0 > 1e-4


@pytest.mark.parametrize(
    ("limits", "margin", "votes", "said"),
    [
        ((0.02, 0.3), 0.0, 50, "first better"),
        ((-0.3, -0.02), 0.0, 50, "second better"),
        ((-0.04, 0.03), 0.05, 50, "equivalent"),
        ((0.01, 0.03), 0.05, 50, "equivalent"),
        ((-0.1, 0.2), 0.05, 50, "open"),
        ((-0.1, 0.2), 0.05, 100, "budget spent"),
    ],
)
def test_a_comparison_ends_when_its_limits_say_so(
    limits: tuple[float, float], margin: float, votes: int, said: str
) -> None:
    assert verdict(limits, votes, margin=margin, budget=100) == said


def test_votes_off_their_scale_are_named() -> None:
    with pytest.raises(ValueError, match=r"vote 3 is 6\.0, outside the scale 1\.0 to 5\.0"):
        mean_sequence([1, 5, 6], bounds=(1.0, 5.0))
    with pytest.raises(ValueError, match="vote 2 is nan"):
        mean_sequence([1, np.nan])
    with pytest.raises(ValueError, match="use mean_sequence"):
        proportion_sequence([0, 0.5])
    with pytest.raises(ValueError, match="not 2 and 1"):
        difference_sequence([0, 1], [1])
