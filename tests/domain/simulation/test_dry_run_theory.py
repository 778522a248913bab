"""The dry run against theory: coverage, severity, half widths. Fixed seeds, thousands of repetitions.

What the intervals generalise to. A system's mean is published for raters and items like these, so every
repetition draws other raters and other items under the same plan; the interval is two-way clustered. In a
prompt-blocked plan the contrast of two systems is the sharper target, because severity cancels. There the
larger of two noisy variances is taken: where raters lean towards systems it holds its level, where they do
not at all it errs on the wide side, which is asserted too. With four raters the target is these four.
"""

from math import gamma, sqrt

import numpy as np
import pytest
from scipy.stats import nct
from scipy.stats import t as student

from raters.domain.assignment import Design, Item, Rater, plan_study
from raters.domain.sample_size import RatingCost, half_width_after
from raters.domain.simulation import Assumptions, AxisKind, Traits, dry_run

REPETITIONS = 2500
FINE = AxisKind(axis="score", kind="interval", low=-6.0, high=6.0)  # steps of 0.12 where one rating's SD is 2
ORDINAL = AxisKind(axis="level", kind="ordinal", categories=5)
BINARY = AxisKind(axis="safe", kind="binary", shares=(0.35, 0.65))
PAIR = AxisKind(axis="better", kind="pairwise")


def planned(raters, items, systems, **design):
    return plan_study(
        Design(**design),
        [Rater(id=f"r{n}") for n in range(raters)],
        [Item(id=f"i{n}") for n in range(items)],
        [f"s{n}" for n in range(systems)],
    )


def played(plan, kind, repetitions=REPETITIONS, seed=3, **assumed):
    (axis,) = dry_run(plan, [kind], Assumptions(**assumed), repetitions, seed).axes
    return axis


@pytest.mark.parametrize("kind", [FINE, ORDINAL, BINARY])
@pytest.mark.parametrize(("raters", "items"), [(12, 160), (24, 160)])
def test_the_interval_of_a_systems_mean_holds_the_truth_93_to_97_times_in_100(
    raters, items, kind, record_figure
):
    axis = played(planned(raters, items, 3), kind)
    # standard error of a coverage of 95 % over 2500 repetitions: 0.4 points
    covered = [100 * system.coverage for system in axis.systems]
    held, shown = min(covered) >= 93 and max(covered) <= 97, f"{min(covered):.1f} to {max(covered):.1f} %"
    name = f"dry run, interval of a mean, {raters} raters × {items} items, {kind.kind}"
    record_figure(name, shown, "93 to 97 %", held)
    assert all(0.93 <= system.coverage <= 0.97 for system in axis.systems)


def test_contrasts_hold_it_where_raters_lean_towards_systems():
    axis = played(planned(12, 160, 3), FINE, leaning_sd=0.4)
    assert all(0.93 <= contrast.coverage <= 0.97 for contrast in axis.contrasts)


def test_contrasts_err_on_the_wide_side_where_raters_differ_in_severity_alone():
    axis = played(planned(12, 160, 3), FINE, leaning_sd=0.0)
    assert all(0.95 <= contrast.coverage <= 0.985 for contrast in axis.contrasts)


def test_win_rates_and_logits_of_pairs_hold_it():
    axis = played(planned(12, 160, 3, task="pairwise"), PAIR, leaning_sd=0.4)
    assert all(0.93 <= one.coverage <= 0.97 for one in (*axis.systems, *axis.contrasts))


def test_four_raters_are_covered_as_themselves():
    """Each item's deviation carries its rater's severity: the more it differs, the wider they err."""
    plan = planned(4, 160, 2)
    alike, unlike = (dry_run(plan, [FINE], Assumptions(severity_sd=sd), REPETITIONS, 3) for sd in (0.3, 0.8))
    assert alike.these_raters_only
    assert all(0.93 <= system.coverage <= 0.97 for system in alike.axes[0].systems)
    assert all(0.96 <= system.coverage < 1 for system in unlike.axes[0].systems)


def test_a_test_that_ignored_raters_would_miss():
    """The part of the raters is real: with clustering by item alone the same half widths would be too small.

    12 raters of severity SD 0.8 bring 0.8²/12 to the variance, 160 items far less.
    """
    plan = planned(12, 160, 2)
    (calm,), (strict,) = (
        dry_run(plan, [FINE], Assumptions(severity_sd=sd), 400, 3).axes for sd in (0.0, 0.8)
    )
    assert strict.half_width > 1.5 * calm.half_width


def test_severity_is_recovered_as_well_as_theory_allows():
    """4 raters on every one of 60 items, 2 systems, noise only: answers are fixed effects, so a rater's
    severity against the mean of the four has variance σ²(1 - 1/4)/120 on the axis's scale.

    A rating's SD is 2 there; it is made of severity 0.5, difficulty 0.6, fit 0.4 and noise 0.8, so a latent
    unit is 2/√(0.25 + 0.36 + 0.16 + 0.64) = 1.684 and σ = 0.8 · 1.684 = 1.347, with 0.12²/12 of rounding.
    """
    plan = planned(4, 60, 2, overlap_share=1.0, overlap_raters=4, raters_per_item=4)
    found = played(
        plan, FINE, 2000, severity_sd=0.5, leaning_sd=0.0, position_bias=0.0, position_bias_sd=0.0
    ).severity
    latent = 2 / sqrt(0.25 + 0.36 + 0.16 + 0.64)
    theory = sqrt(((0.8 * latent) ** 2 + 0.12**2 / 12) * (1 - 1 / 4) / 120)
    assert found.rmse == pytest.approx(theory, rel=0.1)
    assert found.standard_error == pytest.approx(theory, rel=0.1)
    assert found.rmse == pytest.approx(found.standard_error, rel=0.1)
    # truth has variance 0.25 · latent² (1 - 1/4): correlation √(true / (true + error)) = 0.990
    true = 0.25 * latent**2 * (1 - 1 / 4)
    assert found.correlation == pytest.approx(sqrt(true / (true + theory**2)), abs=0.01)


@pytest.mark.parametrize("kind", [FINE, ORDINAL])
def test_severity_from_a_quarter_of_overlap_errs_as_its_standard_error_says(kind):
    found = played(planned(12, 200, 4), kind, 500, leaning_sd=0.0).severity
    assert found.rmse == pytest.approx(found.standard_error, rel=0.1)
    assert found.correlation > 0.8


def test_known_severities_are_told_apart_rater_by_rater():
    plan = planned(8, 200, 4)
    known = {f"r{n}": Traits(severity=0.3 * n - 1.05) for n in range(8)}
    found = played(plan, FINE, 100, raters=known).severity
    truths = [one.truth for one in found.raters]
    estimates = [one.estimate for one in found.raters]
    assert np.corrcoef(truths, estimates)[0, 1] > 0.9
    # seven steps of 0.3, cut short a little by the ends of the scale; leaning blurs single raters
    latent = 2 / sqrt(0.4**2 + 0.15**2 + 0.6**2 + 0.4**2 + 0.8**2)
    assert truths[-1] - truths[0] == pytest.approx(2.1 * latent, abs=0.6)


def mean_of_root(freedom):
    """E √(χ²/f): a half width is on average this much shorter than t times the true standard error."""
    return sqrt(2 / freedom) * gamma((freedom + 1) / 2) / gamma(freedom / 2)


def test_half_widths_are_those_of_generalizability_theory():
    """16 raters of SD 0.6, 320 items, a quarter of them twice, one system: the variance of the mean is
    σ²_rater/16 + σ²_item/items* + σ²_noise/400 (Cronbach et al. 1972), with Student's t on 15."""
    plan = planned(16, 320, 1)
    axis = played(plan, FINE, 600, severity_sd=0.6, leaning_sd=0.0, position_bias=0.0, position_bias_sd=0.0)
    rating = 0.36 + 0.36 + 0.16 + 0.64
    scale = 4 / rating  # (2 / SD of a rating in latent units)²
    cost = RatingCost(
        item_variance=(0.36 + 0.16) * scale,
        rater_variance=0.36 * scale,
        residual_variance=0.64 * scale,
        raters=16,
        ratings_per_hour=20.0,
    )
    # 400 screens of 3 minutes are 20 hours
    assert axis.by_hours[2].hours == pytest.approx(20.0)
    theory = half_width_after(20.0, cost) * mean_of_root(15)
    assert axis.half_width == pytest.approx(theory, rel=0.1)
    # four times the hours: the table's extrapolation and the closed form say the same
    assert axis.by_hours[4].half_width == pytest.approx(
        half_width_after(80.0, cost) * mean_of_root(15), rel=0.1
    )


def test_contrasts_have_the_half_width_of_paired_differences():
    """Two systems side by side, all items once, no leaning: severity and difficulty cancel, the difference
    of a pair has variance 2 (fit² + noise²), and t on 11 is applied to the larger of two variances."""
    plan = planned(12, 240, 2, overlap_share=0.0)
    axis = played(plan, FINE, 600, leaning_sd=0.0, position_bias=0.0, position_bias_sd=0.0)
    scale = 2 / sqrt(0.16 + 0.36 + 0.16 + 0.64)
    error = scale * sqrt(2 * (0.16 + 0.64) / 240)
    least = float(student.ppf(0.975, 11)) * error * mean_of_root(11)
    (contrast,) = axis.contrasts
    # E max of two: the item variance is nearly exact, the raters' has 11 degrees: +8.5 % in the root
    rng = np.random.default_rng(1)
    raters, items = (np.sqrt(rng.chisquare(f, 100_000) / f) for f in (11, 239))
    larger = float(np.maximum(raters, items).mean()) / mean_of_root(11)
    assert contrast.half_width == pytest.approx(least * larger, rel=0.05)


def test_the_table_of_hours_foretells_the_plan_with_twice_the_items():
    small, large = (played(planned(12, items, 3), ORDINAL, 400) for items in (120, 240))
    assert small.by_hours[3].half_width == pytest.approx(large.half_width, rel=0.1)
    assert small.by_hours[3].contrast_half_width == pytest.approx(large.contrast_half_width, rel=0.1)


def test_the_power_is_that_of_the_t_interval():
    """True difference δ, standard error s: power ≈ P(|T| > t) for T = δ/s plus Student's t on 11, which
    with heavy leaning is the variance's own freedom."""
    plan = planned(12, 240, 2, overlap_share=0.0)
    axis = played(plan, FINE, 2000, leaning_sd=0.5, quality_step=0.6, position_bias=0.0, position_bias_sd=0.0)
    rating = 0.16 + 0.25 + 0.36 + 0.16 + 0.64
    error = sqrt(2 * 0.25 / 12 + 2 * (0.16 + 0.64) / 240)
    (contrast,) = axis.contrasts
    assert contrast.truth == pytest.approx(-0.6 * 2 / sqrt(rating), rel=0.02)
    limit = student.ppf(0.975, 11)
    power = 1 - nct.cdf(limit, 11, 0.6 / error) + nct.cdf(-limit, 11, 0.6 / error)
    assert contrast.power == pytest.approx(power, abs=0.04)


def test_alpha_is_the_share_of_variance_that_answers_have():
    """Interval alpha of a fine scale is an intraclass correlation: (difficulty² + fit²) over all variance,
    0.52 / (0.52 + 0.16 + 0.64) = 0.394, with quality alike and no bias."""
    plan = planned(16, 300, 2, overlap_share=1.0)
    agreement = played(
        plan, FINE, 100, quality_step=0.0, leaning_sd=0.0, position_bias=0.0, position_bias_sd=0.0
    ).agreement
    assert agreement.n_pairs == 600
    assert agreement.value == pytest.approx(0.52 / 1.32, abs=0.02)
    assert agreement.low < agreement.value < agreement.high
    # the published interval also speaks for other raters and takes the largest of three variances: it is
    # wider than the spread over repetitions, not narrower, and less than twice as wide
    spread = (agreement.high - agreement.low) / 2
    assert spread < agreement.half_width < 2 * spread
