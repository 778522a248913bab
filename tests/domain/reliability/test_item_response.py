"""The two-parameter logistic model of right and wrong answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_expit
from scipy.stats import norm

from raters.domain.reliability.item_response import fit_2pl


def answers_of(rng, n, slopes, difficulties, missing=0.0):
    ability = rng.standard_normal(n)
    chance = expit(np.asarray(slopes) * (ability[:, None] - np.asarray(difficulties)))
    answers = (rng.random(chance.shape) < chance).astype(float)
    answers[rng.random(chance.shape) < missing] = np.nan
    return answers, ability


GRID = np.linspace(-9, 9, 121)
MASS = norm.pdf(GRID) * (GRID[1] - GRID[0])


def log_likelihood(answers, intercept, slope):
    """The same integral on a plain grid, which has nothing in common with Gauss and Hermite's."""
    eta = intercept[:, None] + np.outer(slope, GRID)
    patterns, times = answers
    joint = (patterns == 1) @ log_expit(eta) + (patterns == 0) @ log_expit(-eta)
    return times @ np.log(np.exp(joint) @ MASS)


def folded(answers):
    """Distinct rows of answers, missing ones as -1, and how often each occurs."""
    return np.unique(np.nan_to_num(answers, nan=-1), axis=0, return_counts=True)


def parameters(found):
    return (
        np.array([getattr(item, name) for item in found.items]) for name in ("intercept", "discrimination")
    )


def slopes_at(answers, intercept, slope, step=1e-4):
    """Numerical gradient of the grid's log-likelihood."""
    point, found = np.concatenate([intercept, slope]), []
    for at in range(len(point)):
        ends = []
        for move in (step, -step):
            moved = point.copy()
            moved[at] += move
            ends.append(log_likelihood(answers, moved[: len(slope)], moved[len(slope) :]))
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found)


def test_a_thousand_random_data_sets_are_at_the_top_of_an_independent_likelihood():
    rng, fitted = np.random.default_rng(51), 0
    while fitted < 1_000:
        items = int(rng.integers(3, 6))
        slopes, difficulties = rng.uniform(0.6, 1.8, items), rng.uniform(-1, 1, items)
        answers, _ = answers_of(rng, 250, slopes, difficulties, missing=float(rng.choice([0, 0.1])))
        found = fit_2pl(answers)
        if found.status == "undefined_no_maximum":  # a slope without bounds, as three items often have
            continue
        assert found.status == "ok"
        intercept, slope = parameters(found)
        if np.abs(slope).max() > 3:  # too steep for two integrals to agree to so many digits
            continue
        fitted, rows = fitted + 1, folded(answers)
        assert found.log_likelihood == pytest.approx(log_likelihood(rows, intercept, slope), abs=1e-3)
        assert np.abs(slopes_at(rows, intercept, slope)).max() < 0.02


def test_standard_errors_are_those_of_the_numerical_second_derivatives():
    rng = np.random.default_rng(52)
    answers, _ = answers_of(rng, 400, [1.0, 1.4, 0.8, 1.2], [-0.5, 0, 0.4, 1], missing=0.1)
    found = fit_2pl(answers)
    intercept, slope = parameters(found)
    point, step, columns = np.concatenate([intercept, slope]), 1e-3, []
    for at in range(8):
        ends = []
        for move in (step, -step):
            moved = point.copy()
            moved[at] += move
            ends.append(slopes_at(folded(answers), moved[:4], moved[4:]))
        columns.append((ends[1] - ends[0]) / (2 * step))
    covariance = np.linalg.inv(np.array(columns))
    errors = [[item.intercept_se, item.discrimination_se] for item in found.items]
    assert np.array(errors).T.ravel() == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)
    # b = -d/a: its variance by the delta method, (1/a)² v_d + (d/a²)² v_a - 2 (d/a³) cov
    for at, item in enumerate(found.items):
        a, d, v = item.discrimination, item.intercept, covariance[np.ix_([at, at + 4], [at, at + 4])]
        square = v[0, 0] / a**2 + d**2 * v[1, 1] / a**4 - 2 * d * v[0, 1] / a**3
        assert (item.difficulty, item.difficulty_se) == pytest.approx((-d / a, np.sqrt(square)), rel=1e-3)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng, slopes, difficulties = (
        np.random.default_rng(53),
        np.array([0.8, 1.2, 1.0, 1.5, 1.0]),
        [-1, -0.5, 0, 0.5, 1],
    )
    inside = []
    for _ in range(200):
        found = fit_2pl(answers_of(rng, 400, slopes, difficulties)[0])
        assert found.status == "ok"
        for item, a, b in zip(found.items, slopes, difficulties, strict=True):
            inside.append(item.discrimination_low <= a <= item.discrimination_high)
            if item.difficulty is not None:
                inside.append(item.difficulty_low <= b <= item.difficulty_high)
    # 2,000 intervals, five items of one data set together: standard error below a point
    assert 0.93 < np.mean(inside) < 0.975


def test_ability_follows_who_is_right_more_often_and_is_shrunk():
    rng = np.random.default_rng(54)
    answers, ability = answers_of(rng, 500, np.full(25, 1.3), np.linspace(-2, 2, 25))
    found = fit_2pl(answers)
    assert np.corrcoef(found.ability, ability)[0, 1] > 0.9
    assert found.ability.std() < 1
    assert np.mean(np.abs(found.ability - ability) < 1.96 * found.ability_sd) == pytest.approx(0.95, abs=0.03)


def test_patterns_with_frequencies_are_the_persons_one_by_one_in_any_order():
    rng = np.random.default_rng(55)
    answers, _ = answers_of(rng, 300, [1, 1.5, 0.7, 1.1], [0, 0.5, -1, 1], missing=0.15)
    coded = np.where(np.isnan(answers), -1, answers)
    patterns, times = np.unique(coded, axis=0, return_counts=True)
    folded = fit_2pl(np.where(patterns < 0, np.nan, patterns), times)
    found = fit_2pl(answers[rng.permutation(300)])
    order = [2, 0, 3, 1]
    turned = fit_2pl(answers[:, order])
    for at in range(4):
        for other in (folded.items[at], turned.items[order.index(at)]):
            assert other.discrimination == pytest.approx(found.items[at].discrimination, abs=1e-6)
            assert other.difficulty == pytest.approx(found.items[at].difficulty, abs=1e-6)
            assert other.n_persons == found.items[at].n_persons
    assert folded.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-8)
    assert (folded.n_persons, folded.n_answers) == (found.n_persons, found.n_answers)


def test_an_item_with_a_wrong_key_is_found_and_the_others_are_as_before():
    rng = np.random.default_rng(56)
    answers, _ = answers_of(rng, 600, np.full(6, 1.4), np.linspace(-1, 1, 6))
    wrong = answers.copy()
    wrong[:, 2] = 1 - wrong[:, 2]
    found, turned = fit_2pl(answers), fit_2pl(wrong)
    assert (found.negative, turned.negative) == ((), (2,))
    for at in range(6):
        sign = -1 if at == 2 else 1
        assert turned.items[at].discrimination == pytest.approx(
            sign * found.items[at].discrimination, abs=1e-6
        )
        assert turned.items[at].difficulty == pytest.approx(found.items[at].difficulty, abs=1e-6)
    assert turned.ability == pytest.approx(found.ability, abs=1e-6)
    mirrored = fit_2pl(1 - answers)  # all keys wrong: who was able is now not
    assert mirrored.negative == ()
    assert mirrored.ability == pytest.approx(-found.ability, abs=1e-6)


def test_an_item_that_tells_nobody_apart_has_no_difficulty():
    rng = np.random.default_rng(57)
    answers, _ = answers_of(rng, 500, [1.5, 1.5, 1.5, 1.5, 0.0], [-1, 0, 0.5, 1, 0])
    item = fit_2pl(answers).items[4]
    assert item.discrimination_low < 0 < item.discrimination_high
    assert (item.status, item.difficulty, item.difficulty_se) == ("undefined_not_discriminating", None, None)
    assert item.reason


def test_a_person_without_answers_has_the_abilities_of_the_crowd_and_counts_for_nothing():
    rng = np.random.default_rng(58)
    answers, _ = answers_of(rng, 200, [1, 1.2, 1.4], [0, 0.5, -0.5])
    found = fit_2pl(np.vstack([answers, [np.nan] * 3]))
    assert (found.n_persons, found.n_answers) == (200, 600)
    assert (found.ability[-1], found.ability_sd[-1]) == pytest.approx((0, 1), abs=1e-9)
    assert found.log_likelihood == pytest.approx(fit_2pl(answers).log_likelihood, abs=1e-9)


def test_why_there_is_no_model_is_said():
    rng = np.random.default_rng(59)
    answers, _ = answers_of(rng, 100, [1, 1, 1], [0, 0, 0])
    assert fit_2pl(np.empty((0, 3))).status == "undefined_no_answers"
    assert fit_2pl(np.full((80, 3), np.nan)).status == "undefined_no_answers"
    assert fit_2pl(answers[:, :2]).status == "undefined_too_few_items"
    few = fit_2pl(answers[:49])
    assert (few.status, few.n_persons, few.items, few.log_likelihood) == ("too_few_persons", 49, (), None)
    constant = answers.copy()
    constant[:, 1] = 1
    found = fit_2pl(constant)
    assert found.status == "undefined_no_variation"
    assert "[1]" in found.reason
    # two copies of one item agree without error: their slopes grow for ever
    copied = fit_2pl(np.column_stack([answers, answers[:, 0]]))
    assert copied.status == "undefined_no_maximum"


@pytest.mark.parametrize(
    ("answers", "frequencies", "said"),
    [
        ([[0, 1, 2]], None, "1 right, 0 wrong, NaN missing"),
        ([0, 1, 1], None, "table of persons by items"),
        ([[0, 1, 1]], [1, 2], "1 rows of answers need as many frequencies"),
        ([[0, 1, 1]], [-1], "none below 0"),
    ],
)
def test_what_are_no_answers_is_refused(answers, frequencies, said):
    with pytest.raises(ValueError, match=said):
        fit_2pl(answers, frequencies)
