"""The sequential test against Wald's formulas, published figures, and simulation."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.quality import SequentialTest, fixed_test, prospects, qualify

R, W = True, False


@pytest.mark.parametrize(
    ("answers", "mark", "good", "poor"), [(6, 5, 89, 23), (12, 9, 97, 22), (20, 15, 99, 13)]
)
def test_fixed_tests_have_their_exact_binomial_chances(answers, mark, good, poor):
    """5 of 6 at 0.9: 0.9⁶ + 6 · 0.9⁵ · 0.1 = 0.5314 + 0.3543 = 0.8857; at 0.6: 0.0467 + 0.1866 = 0.2333."""
    # the figures were published in whole percent; 9 of 12 at 0.6 is 22.53, 15 of 20 at 0.6 is 12.56
    assert 100 * fixed_test(0.9, answers, mark) == pytest.approx(good, abs=0.9)
    assert 100 * fixed_test(0.6, answers, mark) == pytest.approx(poor, abs=0.6)
    if answers == 6:
        assert fixed_test(0.9, 6, 5) == pytest.approx(0.88574, abs=1e-5)
        assert fixed_test(0.6, 6, 5) == pytest.approx(0.23328, abs=1e-5)


def test_limits_and_steps_are_walds():
    """log(0.95/0.05) = 2.9444 either way; an answer that agrees adds log 1.5 = 0.4055, one that does not
    log(0.1/0.4) = -1.3863: eight in a row pass (3.244), three misses fail (-4.159), two do not (-2.773)."""
    test = SequentialTest()
    assert test.limits == pytest.approx((-log(19), log(19)))
    assert qualify([R] * 7).state == "continue"
    assert qualify([R] * 8).state == "passed"
    assert qualify([W, W]).state == "continue"
    assert qualify([W, W, W]).state == "failed"


def test_one_miss_costs_more_than_three_right_answers():
    """1.3863 / 0.4055 = 3.42: with one miss it takes 11 right answers (11 · 0.4055 - 1.3863 = 3.074),
    ten are not enough (2.668)."""
    assert qualify([W] + [R] * 10).state == "continue"
    assert qualify([W] + [R] * 11).state == "passed"


def test_a_verdict_is_final_and_later_answers_are_not_counted():
    found = qualify([R] * 8 + [W] * 10)
    assert (found.state, found.right, found.wrong) == ("passed", 8, 0)
    assert found.more_if_good == found.more_if_poor == 0


@pytest.mark.parametrize("agreement", [0.5, 0.6, 0.75, 0.9, 0.97])
def test_exact_chances_are_those_of_simulated_raters(agreement):
    rng = np.random.default_rng(6)
    exact, rounds = prospects(agreement), 3000
    verdicts = [qualify_fast(rng.random(400) < agreement) for _ in range(rounds)]
    passed = np.mean([state == "passed" for state, _ in verdicts])
    # standard error at most 0.009; the number of answers has a spread of about its mean
    assert passed == pytest.approx(exact.passes, abs=0.03)
    assert np.mean([n for _, n in verdicts]) == pytest.approx(exact.answers, rel=0.06)
    assert exact.passes + exact.fails == pytest.approx(1.0, abs=1e-9)


def qualify_fast(answers):
    """The same walk, written as one sum."""
    ratio = np.cumsum(np.where(answers, log(1.5), log(0.25)))
    stop = int(np.flatnonzero(np.abs(ratio) >= log(19) - 1e-9)[0])
    return ("passed" if ratio[stop] > 0 else "failed"), stop + 1


def test_errors_keep_to_walds_bounds():
    """α' ≤ α / (1 - β) = 0.0526 and β' ≤ β / (1 - α)."""
    assert prospects(0.6).passes <= 0.05 / 0.95
    assert prospects(0.9).fails <= 0.05 / 0.95
    # about a dozen answers on average, where a fixed test of that length lets 22 % of poor raters pass
    assert prospects(0.6).answers < 12 and prospects(0.9).answers < 14


def test_a_list_that_ends_leaves_some_undecided():
    """After 8 answers passing means all right: 0.9⁸ = 0.4305."""
    found = prospects(0.9, at_most=8)
    assert found.passes == pytest.approx(0.9**8)
    assert found.passes + found.fails + found.undecided == pytest.approx(1.0)
    assert found.undecided > 0.3


def test_expected_further_answers_are_counted_from_where_the_rater_stands():
    """After seven right answers one more passes a rater who never misses."""
    assert prospects(1.0, after=(7, 0)).answers == pytest.approx(1.0)
    standing = qualify([R] * 7)
    assert 1 < standing.more_if_good < qualify([]).more_if_good


@given(st.lists(st.booleans(), max_size=40))
def test_the_verdict_follows_from_the_first_crossing(answers):
    found = qualify(answers)
    assert found.right + found.wrong <= len(answers)
    assert found.state == SequentialTest().state(found.right, found.wrong)
    assert (found.state == "continue") == (found.more_if_good > 0)
    if found.state == "continue":
        assert found.right + found.wrong == len(answers)


@given(st.floats(0.05, 0.9), st.floats(0.0, 0.05))
def test_better_raters_pass_more_often(agreement, more):
    assert prospects(agreement + more).passes >= prospects(agreement).passes - 1e-9


@pytest.mark.parametrize("wrong", [{"poor": 0.9, "good": 0.6}, {"good": 1.0}, {"wrong_pass": 0.5}])
def test_impossible_tests_are_refused(wrong):
    with pytest.raises(ValueError):
        SequentialTest(**wrong)


def test_impossible_questions_are_refused():
    with pytest.raises(ValueError):
        prospects(1.2)
    with pytest.raises(ValueError):
        fixed_test(0.5, 5, 6)
