"""Which items are hard, which tell the able from the rest: the two-parameter logistic model.

    P(person p is right on item j) = 1 / (1 + exp(-a_j (θ_p - b_j))),   θ ~ N(0, 1)

(Birnbaum 1968), a the discrimination, b the difficulty. Item parameters maximise the marginal likelihood, θ
integrated out by Gauss-Hermite quadrature (Bock & Lieberman 1970), by EM (Bock & Aitkin 1981): given the
posterior of θ of each pattern of answers, every item is a logistic regression of expected counts. Newton
steps on the marginal likelihood finish what EM is slow to. Their matrix, minus its second derivatives, is
exact by Louis' (1982) identity, and its inverse gives the standard errors. Persons get the mean and standard
deviation of their posterior (EAP, Bock & Mislevy 1982). Persons are independent draws; a missing answer is
taken as missing at random.

With few persons the model is not learnt: below `FEWEST_PERSONS` none is given, and hundreds are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from evaluation.domain.estimates import Floats
from evaluation.domain.intervals import Z
from raters.domain.reliability.item_response_likelihood import Codes, Marginal, patterns_of

Status = Literal[
    "ok",
    "undefined_no_answers",
    "undefined_no_variation",
    "undefined_too_few_items",
    "undefined_no_maximum",
    "too_few_persons",
]
ItemStatus = Literal["ok", "undefined_not_discriminating"]

FEWEST_PERSONS = 50
FEWEST_ITEMS = 3  # two items have three free pattern shares for four parameters
NODES = 61
_STEEPEST = 25.0  # a discrimination beyond it is on its way to infinity
_EM_STEPS = 200
_NEWTON_STEPS = 50
_HALVINGS = 30
_EM_GAIN = 1e-4  # of the log-likelihood: from there on Newton is quicker
_CONVERGED = 1e-9


Refusal = tuple[Status, str]


@dataclass(frozen=True)
class _Size:
    persons: int
    items: int
    answers: int


@dataclass(frozen=True, kw_only=True)
class ItemParameters:
    """One item, with standard errors and 95 % Wald intervals.

    discrimination  a, logits by standard deviation of ability; below 0 the able fail more often
    intercept       -a b, the logit of being right at mean ability
    difficulty      b, in standard deviations of ability; None where a cannot be told from 0, as b then has no
                    bounds (status "undefined_not_discriminating")
    """

    discrimination: float
    discrimination_se: float
    discrimination_low: float
    discrimination_high: float
    intercept: float
    intercept_se: float
    difficulty: float | None
    difficulty_se: float | None
    difficulty_low: float | None
    difficulty_high: float | None
    n_persons: int
    status: ItemStatus
    reason: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemResponseFit:
    """The fitted model; without items, abilities and likelihood unless `status` is "ok".

    ability, ability_sd   (n_persons,) posterior mean and standard deviation of θ, in rows of the answers
    covariance            (2 J, 2 J) of intercept and discrimination of each item in turn
    """

    items: tuple[ItemParameters, ...]
    ability: Floats
    ability_sd: Floats
    covariance: Floats
    log_likelihood: float | None
    n_persons: int
    n_items: int
    n_answers: int
    status: Status
    reason: str = ""

    @property
    def negative(self) -> tuple[int, ...]:
        """Places of the items whose whole interval of discrimination lies below 0: likely wrong keys."""
        return tuple(at for at, item in enumerate(self.items) if item.discrimination_high < 0)


def fit_2pl(
    answers: npt.ArrayLike,
    frequencies: npt.ArrayLike | None = None,
    *,
    nodes: int = NODES,
    fewest_persons: int = FEWEST_PERSONS,
) -> ItemResponseFit:
    """The model of answers (n, J), 1 right, 0 wrong, NaN missing.

    frequencies   (n,) persons who answered so, where rows are patterns; default one each. Persons without any
                  answer say nothing and are not counted.
    nodes         of the quadrature

    ValueError for other answers or frequencies.
    """
    table, times = _checked(answers, frequencies)
    seen = ~np.isnan(table)
    size = _Size(int(times @ seen.any(axis=1)), table.shape[1], int((times @ seen).sum()))
    refused = _refusal(table, times, size, fewest_persons)
    if refused is not None:
        return _without_fit(size, refused)
    rows, weight, row = patterns_of(table, times)
    likelihood = Marginal(rows, weight, nodes)
    found = _maximum(likelihood)
    if found is None:
        why = (
            "The likelihood has no finite maximum: some items tell persons apart without error, or persons "
            "do not differ. Leave out items that copy each other, or collect more persons."
        )
        return _without_fit(size, ("undefined_no_maximum", why))
    return _fitted(likelihood, found, row, times @ seen, size)


def _maximum(likelihood: Marginal) -> tuple[Floats, Floats] | None:
    """Parameters (J, 2) and their covariance; None where there is no finite maximum."""
    point = likelihood.start()
    value = likelihood.value(point)
    for _ in range(_EM_STEPS):
        point = likelihood.em_step(point)
        before, value = value, likelihood.value(point)
        if abs(value - before) < _EM_GAIN:
            break
    for _ in range(_NEWTON_STEPS):
        slope, curve = likelihood.derivatives(point)
        covariance = _inverse(curve)
        step = None if covariance is None else (covariance @ slope).reshape(point.shape)
        if covariance is not None and step is not None and np.abs(step).max() < _CONVERGED:
            return point, covariance
        point = likelihood.em_step(point) if step is None else _uphill(likelihood, point, step)
        if np.abs(point[:, 1]).max() > _STEEPEST:
            break
    return None


def _uphill(likelihood: Marginal, point: Floats, step: Floats) -> Floats:
    """The point a step on, halved until it climbs; where none does, a step of EM instead."""
    value = likelihood.value(point)
    for _ in range(_HALVINGS):
        if likelihood.value(point + step) >= value - 1e-9 * (1 + abs(value)):  # rounding, near the top
            moved: Floats = point + step
            return moved
        step = step / 2
    return likelihood.em_step(point)


def _inverse(curve: Floats) -> Floats | None:
    """The inverse of a positive definite matrix; None of another."""
    try:
        np.linalg.cholesky(curve)
    except np.linalg.LinAlgError:
        return None
    inverse: Floats = np.linalg.inv(curve).astype(np.float64, copy=False)
    return inverse


def _fitted(
    likelihood: Marginal, found: tuple[Floats, Floats], row: Codes, counts: Floats, size: _Size
) -> ItemResponseFit:
    point, covariance = found
    ability = likelihood.posterior(point)
    if point[:, 1].sum() < 0:  # the mirror image fits as well: able is who is right more often
        point, turned = point * [1.0, -1.0], np.tile([1.0, -1.0], len(point))
        covariance, ability = covariance * np.outer(turned, turned), ability[:, ::-1]
    mean = ability @ likelihood.theta
    spread = ability @ likelihood.theta**2 - mean**2
    blocks = [covariance[2 * at : 2 * at + 2, 2 * at : 2 * at + 2] for at in range(len(point))]
    return ItemResponseFit(
        items=tuple(
            _item(float(one[0]), float(one[1]), block, int(count))
            for one, block, count in zip(point, blocks, counts, strict=True)
        ),
        ability=mean[row],
        ability_sd=np.sqrt(np.maximum(spread, 0.0))[row],
        covariance=covariance,
        log_likelihood=likelihood.value(point),
        n_persons=size.persons,
        n_items=size.items,
        n_answers=size.answers,
        status="ok",
    )


def _item(intercept: float, slope: float, covariance: Floats, n_persons: int) -> ItemParameters:
    intercept_se, slope_se = np.sqrt(np.diag(covariance)).tolist()
    low, high = slope - Z * slope_se, slope + Z * slope_se
    tells = low > 0 or high < 0
    difficulty = se = None
    if tells:
        difficulty, slopes = -intercept / slope, np.array([-1 / slope, intercept / slope**2])
        se = sqrt(float(slopes @ covariance @ slopes))
    return ItemParameters(
        discrimination=slope,
        discrimination_se=slope_se,
        discrimination_low=low,
        discrimination_high=high,
        intercept=intercept,
        intercept_se=intercept_se,
        difficulty=difficulty,
        difficulty_se=se,
        difficulty_low=None if difficulty is None or se is None else difficulty - Z * se,
        difficulty_high=None if difficulty is None or se is None else difficulty + Z * se,
        n_persons=n_persons,
        status="ok" if tells else "undefined_not_discriminating",
        reason="" if tells else "Its discrimination may be 0, and its difficulty then be anything.",
    )


def _checked(answers: npt.ArrayLike, frequencies: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    table = np.array(answers, dtype=np.float64)
    if table.ndim != 2 or not (np.isnan(table) | (table == 0) | (table == 1)).all():
        raise ValueError("answers are a table of persons by items: 1 right, 0 wrong, NaN missing")
    times = np.ones(len(table)) if frequencies is None else np.array(frequencies, dtype=np.float64)
    if times.shape != (len(table),) or not (np.isfinite(times) & (times >= 0)).all():
        raise ValueError(f"{len(table)} rows of answers need as many frequencies, none below 0")
    return table, times


def _refusal(table: Floats, times: Floats, size: _Size, fewest: int) -> Refusal | None:
    if not size.answers:
        return "undefined_no_answers", "Nobody has answered an item."
    if size.items < FEWEST_ITEMS:
        return (
            "undefined_too_few_items",
            f"{size.items} items do not tell the parameters apart: it takes {FEWEST_ITEMS}.",
        )
    right, seen = times @ (table == 1), times @ ~np.isnan(table)
    constant = np.flatnonzero((right == 0) | (right == seen))
    if len(constant):
        why = f"All were right, or all wrong, on the items at places {constant.tolist()}: leave them out."
        return "undefined_no_variation", why
    if size.persons < fewest:
        why = (
            f"{size.persons} persons; the model is given from {fewest} on, and hundreds are wanted. "
            "Show the shares of right answers."
        )
        return "too_few_persons", why
    return None


def _without_fit(size: _Size, why: Refusal) -> ItemResponseFit:
    nothing = np.empty(0)
    return ItemResponseFit(
        items=(),
        ability=nothing,
        ability_sd=nothing,
        covariance=np.empty((0, 0)),
        log_likelihood=None,
        n_persons=size.persons,
        n_items=size.items,
        n_answers=size.answers,
        status=why[0],
        reason=why[1],
    )
