"""Is a rater good enough? Wald's sequential probability ratio test of training and gold answers.

Each answer agrees with the panel's or not. The test tells a rater who agrees with probability p1 from one
who agrees with p0 < p1: it adds log(p1/p0) for an answer that agrees, log((1 - p1)/(1 - p0)) for one that
does not, and stops at log((1 - β)/α), passed, or log(β/(1 - α)), failed (Wald 1945). At most about α of
raters with p0 pass and β of those with p1 fail; `prospects` computes both exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

import numpy as np
from scipy.stats import binom

State = Literal["passed", "failed", "continue"]

_LONGEST = 2000  # answers; by then the exact computation has left nothing worth counting
_NEGLIGIBLE = 1e-12
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """poor and good are p0 and p1; wrong_pass and wrong_fail are α and β."""

    poor: float = 0.6
    good: float = 0.9
    wrong_pass: float = 0.05
    wrong_fail: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.poor < self.good < 1:
            raise ValueError(f"give 0 < poor < good < 1, got {self.poor} and {self.good}")
        if not (0 < self.wrong_pass < 0.5 and 0 < self.wrong_fail < 0.5):
            raise ValueError("the chances of a wrong verdict lie between 0 and 1/2")

    @property
    def limits(self) -> tuple[float, float]:
        """(fail, pass) in log likelihood ratios."""
        fail = log(self.wrong_fail / (1 - self.wrong_pass))
        return fail, log((1 - self.wrong_fail) / self.wrong_pass)

    def log_ratio(self, right: int, wrong: int) -> float:
        """Of `right` answers that agree and `wrong` that do not."""
        return right * log(self.good / self.poor) + wrong * log((1 - self.good) / (1 - self.poor))

    def state(self, right: int, wrong: int) -> State:
        ratio, (fail, passing) = self.log_ratio(right, wrong), self.limits
        if ratio >= passing - _ROUNDING:
            return "passed"
        return "failed" if ratio <= fail + _ROUNDING else "continue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where a rater stands after `right` + `wrong` counted answers.

    Once decided, later answers are not counted: a test that could be taken back would not keep its errors.
    more_if_good, more_if_poor  answers still to be expected of a rater with p1, or with p0; 0 once decided
    """

    state: State
    right: int
    wrong: int
    log_ratio: float
    more_if_good: float
    more_if_poor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    """Exact chances of a rater who agrees with a given probability, and the answers to be expected.

    undecided is above 0 only where the number of answers is limited.
    """

    passes: float
    fails: float
    undecided: float
    answers: float


def qualify(answers: Sequence[bool], test: SequentialTest | None = None) -> Verdict:
    """The verdict on answers in the order given, True where they agree with what was expected."""
    test = test or SequentialTest()
    right = wrong = 0
    state: State = "continue"
    for agrees in answers:
        right, wrong = right + bool(agrees), wrong + (not agrees)
        state = test.state(right, wrong)
        if state != "continue":
            break
    more = [
        prospects(p, test, after=(right, wrong)).answers if state == "continue" else 0.0
        for p in (test.good, test.poor)
    ]
    return Verdict(
        state=state,
        right=right,
        wrong=wrong,
        log_ratio=test.log_ratio(right, wrong),
        more_if_good=more[0],
        more_if_poor=more[1],
    )


def prospects(
    agreement: float,
    test: SequentialTest | None = None,
    *,
    at_most: int | None = None,
    after: tuple[int, int] = (0, 0),
) -> Prospects:
    """Exact, by following the chance of every number of right answers until all is decided.

    `agreement` is the rater's true probability, `at_most` a limit to further answers, `after` the right and
    wrong ones so far.
    """
    if not 0 <= agreement <= 1 or (at_most is not None and at_most < 0):
        raise ValueError("the agreement lies in 0 to 1, and the number of answers is 0 or more")
    test = test or SequentialTest()
    fail, passing = test.limits
    chance = np.ones(1)  # by number of further right answers
    passes = fails = answers = 0.0
    for n in range(1, (_LONGEST if at_most is None else at_most) + 1):
        going = float(chance.sum())
        if going < _NEGLIGIBLE:
            break
        answers += going
        chance = np.append(chance * (1 - agreement), 0.0) + np.append(0.0, chance * agreement)
        right = np.arange(n + 1)
        ratio = test.log_ratio(*after) + right * log(test.good / test.poor)
        ratio += (n - right) * log((1 - test.good) / (1 - test.poor))
        over, under = ratio >= passing - _ROUNDING, ratio <= fail + _ROUNDING
        passes += float(chance[over].sum())
        fails += float(chance[under].sum())
        chance = np.where(over | under, 0.0, chance)
    return Prospects(passes=passes, fails=fails, undecided=float(chance.sum()), answers=answers)


def fixed_test(agreement: float, answers: int, pass_mark: int) -> float:
    """The chance to reach `pass_mark` of `answers`, all of which are asked: exact binomial."""
    if not 0 <= pass_mark <= answers or not 0 <= agreement <= 1:
        raise ValueError("give a pass mark from 0 to the number of answers, and an agreement from 0 to 1")
    return float(binom.sf(pass_mark - 1, answers, agreement))
