"""Courses over time, and alarms that keep to their stated rate."""

import numpy as np
import pytest
from scipy.stats import kstest

from raters.domain.quality import TimedRating, severity_drift, speed_drift, twin_drift
from raters.domain.quality.cusum import WARM_UP, cusum, limit_for, passing, self_starting


def ratings(own, others, seconds=None):
    """One rater against one other on the same units, in order."""
    clock = seconds or [None] * len(own)
    mine = [
        TimedRating(rater="me", unit=f"u{n}", number=n, value=value, seconds=clock[n])
        for n, value in enumerate(own)
    ]
    theirs = [
        TimedRating(rater="you", unit=f"u{n}", number=n, value=value, seconds=10.0)
        for n, value in enumerate(others)
    ]
    return theirs + mine


def test_severity_is_told_against_the_others_of_the_same_answer():
    """Two others gave 4 and 2, mean 3; I gave 1: 2 stricter. Alone on an answer, nothing is said."""
    given = [
        TimedRating(rater="a", unit="u", number=0, value=4),
        TimedRating(rater="b", unit="u", number=5, value=2),
        TimedRating(rater="me", unit="u", number=7, value=1),
        TimedRating(rater="me", unit="alone", number=8, value=1),
    ]
    found = severity_drift(given, "me")
    assert found.status == "too_few_ratings" and found.reason
    (point,) = found.points
    assert (point.n, point.value, point.first, point.low) == (1, 2.0, 7, None)
    assert severity_drift(given, "me", higher_is_stricter=True).points[0].value == -2.0


def test_a_block_has_its_mean_and_t_interval():
    """Residuals 0, 1, 0, 1: mean 1/2, SD 0.5774, half width 3.1824 · 0.5774 / 2 = 0.9187."""
    found = severity_drift(ratings([0.0, 1.0, 0.0, 1.0], [0.0] * 4), "me", block=4, higher_is_stricter=True)
    (point,) = found.points
    assert point.value == 0.5
    assert (point.low, point.high) == pytest.approx((0.5 - 0.9187, 0.5 + 0.9187), abs=1e-4)


def test_hard_cases_are_not_a_change():
    """Both raters fall by two levels halfway: the cases, not the rater."""
    rng = np.random.default_rng(3)
    level = np.repeat([4.0, 2.0], 60)
    found = severity_drift(
        ratings((level + rng.normal(0, 0.5, 120)).tolist(), (level + rng.normal(0, 0.5, 120)).tolist()), "me"
    )
    assert found.alarm is None
    assert len(found.points) == 6
    assert all(point.low < 0 < point.high or abs(point.value) < 0.5 for point in found.points)


def test_a_rater_who_turns_strict_raises_the_alarm_soon_after():
    rng = np.random.default_rng(4)
    own = rng.normal(0, 0.7, 160) - np.repeat([0.0, 1.2], 80)
    found = severity_drift(ratings(own.tolist(), rng.normal(0, 0.7, 160).tolist()), "me")
    assert found.alarm.direction == "up"
    assert 80 <= found.alarm.number <= 120
    assert 65 <= found.alarm.since <= 95
    assert found.false_alarm == 0.05


def test_speed_is_a_ratio_and_a_stopped_clock_is_left_out():
    """Twice the other's 10 seconds for every answer; one zero is left out."""
    found = speed_drift(ratings([0.0] * 20, [0.0] * 20, [20.0] * 19 + [0.0]), "me")
    assert found.points[0].value == pytest.approx(2.0)
    assert sum(point.n for point in found.points) == 19
    assert found.alarm is None


def test_a_rater_who_hurries_is_seen():
    rng = np.random.default_rng(5)
    pace = np.exp(np.repeat([3.0, 2.2], 60) + rng.normal(0, 0.4, 120))
    found = speed_drift(ratings([0.0] * 120, [0.0] * 120, pace.tolist()), "me")
    assert found.alarm.direction == "down"
    assert found.points[-1].value < found.points[0].value / 1.8


def test_nobody_to_compare_with_is_said():
    found = severity_drift([TimedRating(rater="me", unit="u", number=0, value=1)], "me")
    assert found.status == "undefined_no_comparison" and found.points == () and found.reason


def test_twins_noticed_have_wilson_intervals_by_block():
    """4 of 5, then 1 of 5; Wilson's interval of 4/5 is 0.376 to 0.964."""
    seen = [True] * 4 + [False] + [True] + [False] * 4
    found = twin_drift([(10 * n, one) for n, one in enumerate(seen)])
    assert [point.value for point in found.points] == [0.8, 0.2]
    assert (found.points[0].low, found.points[0].high) == pytest.approx((0.376, 0.964), abs=5e-4)
    assert twin_drift([]).status == "undefined_no_comparison"


def test_a_short_last_block_joins_the_one_before():
    found = severity_drift(ratings([0.0, 1.0] * 12, [0.0] * 24), "me", block=20)
    assert [point.n for point in found.points] == [24]
    assert (found.points[0].first, found.points[0].last) == (0, 23)
    with pytest.raises(ValueError, match="block"):
        severity_drift([], "me", block=1)


def test_scores_of_a_steady_series_are_standard_normal_whatever_its_mean_and_spread():
    rng = np.random.default_rng(6)
    scores = np.concatenate([self_starting(rng.normal(7.0, 3.0, 60)) for _ in range(60)])
    assert kstest(scores, "norm").pvalue > 0.01
    assert abs(np.corrcoef(scores[:-1], scores[1:])[0, 1]) < 0.06  # 3000 scores: standard error 0.018


def test_the_limit_is_passed_as_often_as_it_says():
    rng = np.random.default_rng(7)
    length, limit = 100, limit_for(100, 0.05)
    steps = rng.normal(size=(6000, length)) - 0.25
    total = np.zeros(6000)
    passed = np.zeros(6000, dtype=bool)
    for n in range(length):
        total = np.maximum(0, total + steps[:, n])
        passed |= total > limit
    # one side: 2.5 %, standard error 0.2 points; discreteness of the chain errs little
    assert passed.mean() == pytest.approx(0.025, abs=0.007)
    assert passing(limit, length) == pytest.approx(0.025, abs=1e-3)


NORMAL = "against one other, normal"
LEVELS = "against one other, five levels"
RARE = "against one other, yes in one of 24"
SKEWED = "a yes in one of 12 that nobody else gives"


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [(NORMAL, 0.025, 0.068), (LEVELS, 0.025, 0.068), (RARE, 0.0, 0.05), (SKEWED, 0.0, 0.05)],
)
def test_steady_raters_are_alarmed_in_at_most_the_stated_share(kind, least, most):
    """100 scores after the warm-up. Standard error 0.6 points; coarse scales stay well below 5 %."""
    rng = np.random.default_rng(8)
    hits = 0
    for _ in range(1200):
        own, other = rng.normal(size=(2, 100 + WARM_UP))
        if kind == LEVELS:
            own, other = (np.clip(np.round(3 + 0.8 * one), 1, 5) for one in (own, other))
        if kind == RARE:
            own, other = ((one > 1.73).astype(float) for one in (own, other))
        if kind == SKEWED:
            own, other = (own > 1.38).astype(float), np.zeros(100 + WARM_UP)
        hits += cusum(own - other, range(100 + WARM_UP), 0.05) is not None
    assert least <= hits / 1200 <= most


def test_a_series_without_any_spread_raises_none_until_it_moves():
    flat = np.zeros(40)
    assert cusum(flat, range(40), 0.05) is None
    moved = np.concatenate([flat, np.ones(12)])
    assert cusum(moved, range(52), 0.05).direction == "up"
    assert cusum(flat[:5], range(5), 0.05) is None
    with pytest.raises(ValueError, match="false alarm"):
        cusum(flat, range(40), 0.7)


def test_a_rarer_alarm_has_a_higher_limit():
    assert limit_for(100, 0.01) > limit_for(100, 0.05) > limit_for(50, 0.05)
