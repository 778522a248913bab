"""Dawid & Skene's model and its one-coin form beside crowd-kit, on a thousand random data sets each, half of three classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import DawidSkene, MajorityVote, OneCoinDawidSkene

from raters.domain.reliability.dawid_skene import Model, dawid_skene

THEIRS: dict[Model, Any] = {"confusion": DawidSkene, "one-coin": OneCoinDawidSkene}
STEPS: dict[Model, int] = {
    "confusion": 15,
    "one-coin": 6,
}  # crowd-kit writes out a matrix for each skill, slowly


def random_ratings(rng: np.random.Generator, classes: int) -> pd.DataFrame:
    """Ratings by three to five raters of different skill, a few missing, every class given by someone."""
    n_items, n_raters = int(rng.integers(10, 25)), int(rng.integers(3, 6))
    truth = rng.choice(classes, n_items, p=rng.dirichlet(np.full(classes, 8.0)))
    item, rater = (codes.ravel() for codes in np.indices((n_items, n_raters)))
    right = rng.random(len(item)) < rng.uniform(0.5, 0.95, n_raters)[rater]
    label = np.where(right, truth[item], (truth[item] + rng.integers(1, classes, len(item))) % classes)
    label[(rater == 0) & (item < classes)] = np.arange(classes)
    kept = (rng.random(len(item)) < 0.8) | (rater == item % n_raters) | (rater == 0)
    return pd.DataFrame({"task": item, "worker": rater, "label": label})[kept]


def ours(ratings: pd.DataFrame, classes: int, model: Model, steps: int) -> np.ndarray:
    columns = (ratings[name].to_numpy() for name in ("task", "worker", "label"))
    return dawid_skene(
        *columns, classes, model=model, pseudo_count=0, restarts=0, max_iterations=steps, tolerance=0
    ).posterior


def stacked(sets: list[pd.DataFrame]) -> pd.DataFrame:
    """One table of all data sets, which share neither items nor raters."""
    return pd.concat(
        [one.assign(task=one.task + 100 * k, worker=one.worker + 10 * k) for k, one in enumerate(sets)]
    )


def shares_of_each_set(posterior: pd.DataFrame) -> pd.DataFrame:
    """The prevalence in an item's own data set, for every item."""
    return posterior.groupby(posterior.index // 100).transform("mean")


@pytest.mark.parametrize("model", THEIRS)
@pytest.mark.parametrize("classes", [2, 3])
def test_posteriors_are_those_of_crowdkit(model: Model, classes: int) -> None:
    rng = np.random.default_rng(classes)
    for _ in range(3):
        ratings = random_ratings(rng, classes)
        # crowd-kit may stop at its first step: both take the same number of steps instead
        theirs = THEIRS[model](n_iter=40, tol=-1e9).fit_predict_proba(ratings)
        expected = theirs.sort_index().reindex(columns=range(classes)).to_numpy()
        np.testing.assert_allclose(ours(ratings, classes, model, 40), expected, atol=1e-6)


@pytest.mark.parametrize("model", THEIRS)
@pytest.mark.parametrize("classes", [2, 3])
def test_posteriors_are_those_of_crowdkits_steps_on_500_data_sets(model: Model, classes: int) -> None:
    # one fit costs crowd-kit 20 ms a step, however small: its E and M steps are given all data sets at once,
    # which they keep apart by item and rater; the prevalence alone is told them set by set
    rng, program = np.random.default_rng(10 + classes), THEIRS[model]
    sets = [random_ratings(rng, classes) for _ in range(500)]
    table = stacked(sets)

    def maximised(posterior: pd.DataFrame) -> pd.DataFrame:
        found = program._m_step(table, posterior)
        if model == "confusion":
            return found
        return program._process_skills_to_errors(table, posterior, found)

    posterior = MajorityVote().fit_predict_proba(table)
    for _ in range(STEPS[model]):
        posterior = program._e_step(table, shares_of_each_set(posterior), maximised(posterior))
    posterior = posterior.sort_index()
    for place, ratings in enumerate(sets):
        expected = posterior[posterior.index // 100 == place].reindex(columns=range(classes)).to_numpy()
        np.testing.assert_allclose(ours(ratings, classes, model, STEPS[model]), expected, atol=1e-6)
