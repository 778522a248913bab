"""Other people's programs find the same values: a thousand random data sets for each coefficient."""

from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from irrCAC.raw import CAC
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa, fleiss_kappa

from raters.domain.agreement import (
    AgreementState,
    Scale,
    agreement_weights,
    alpha_of_codes,
    cohen_inference,
    estimate,
    gwet_standard_error,
    prevalence,
    real_alpha,
)
from raters.domain.agreement.coefficients import pattern_coefficient

LEVELS = ["nominal", "ordinal", "interval", "ratio"]
# level of our scale for each of the weights; identity belongs to a scale without order
WEIGHTS = {
    "identity": "nominal",
    "linear": "ordinal",
    "quadratic": "interval",
    "ordinal": "ordinal",
    "radical": "interval",
    "ratio": "ratio",
    "bipolar": "ordinal",
}


def table_of(rng, n_items, n_raters, size, missing):
    """(N, R) ratings 1 … size, nan where missing, with some agreement and maybe a category unused."""
    truth = rng.integers(1, size + 1, (n_items, 1))
    noisy = rng.random((n_items, n_raters)) < rng.uniform(0.1, 0.9)
    table = np.where(noisy, rng.integers(1, size + 1, (n_items, n_raters)), truth).astype(float)
    if rng.random() < 0.3:
        table[table == size] = 1
    table[rng.random(table.shape) < missing] = np.nan
    return table


def coded(table):
    items, raters = np.nonzero(~np.isnan(table))
    return items, raters, table[items, raters].astype(np.int64) - 1


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_is_that_of_krippendorffs_program(level):
    rng = np.random.default_rng(LEVELS.index(level))
    for _ in range(1000):
        size = int(rng.integers(2, 7))
        table = table_of(rng, int(rng.integers(6, 40)), int(rng.integers(2, 8)), size, rng.uniform(0, 0.6))
        if len(np.unique(table[np.isfinite(table).sum(axis=1) >= 2])) < 3:  # nan counts as one
            table[0, :2], table[1, :2] = 1, 2
        domain = list(range(1, size + 1))
        theirs = krippendorff.alpha(reliability_data=table.T, value_domain=domain, level_of_measurement=level)
        scale = Scale(level, tuple(domain))
        items, raters, codes = coded(table)
        state = AgreementState.from_ratings(items, raters, codes, size)
        found = estimate(state, "krippendorff_alpha", scale, fewest_items=1)
        assert found.value == pytest.approx(theirs, abs=1e-10)
        assert alpha_of_codes(items, codes, scale) == pytest.approx(theirs, abs=1e-10)


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_alpha_of_real_numbers_is_that_of_krippendorffs_program(level):
    rng = np.random.default_rng(9)
    for _ in range(1000):
        shape = int(rng.integers(6, 20)), int(rng.integers(2, 6))
        table = rng.gamma(2, size=(shape[0], 1)) + rng.gamma(1, size=shape) + rng.choice([0, 1e3])
        table[rng.random(shape) < rng.uniform(0, 0.4)] = np.nan
        theirs = krippendorff.alpha(reliability_data=table.T, level_of_measurement=level)
        items, raters = np.nonzero(~np.isnan(table))
        found = real_alpha(items, raters, table[items, raters], Scale(level, None), fewest_items=1)
        assert found.value == pytest.approx(theirs, abs=1e-9)


def gwets(rng, weights):
    """A random table of few items as Gwet's program and as our state, with its scale."""
    size = int(rng.integers(3, 6))
    table = table_of(rng, int(rng.integers(6, 15)), int(rng.integers(3, 6)), size, rng.uniform(0, 0.3))
    table[0, :2], table[1, :2] = 1, 2  # two raters and two categories at the least
    table = table[np.isfinite(table).any(axis=1)]
    domain = list(range(1, size + 1))
    theirs = CAC(pd.DataFrame(table), weights=weights, categories=domain)
    return theirs, AgreementState.from_ratings(*coded(table), size), Scale(WEIGHTS[weights], tuple(domain))


@pytest.mark.parametrize("batch", range(4))
def test_weighted_coefficients_are_those_of_gwets_program(batch):
    rng = np.random.default_rng(100 + batch)
    methods = {
        "gwet_ac2": "gwet",
        "fleiss_kappa": "fleiss",
        "brennan_prediger": "bp",
        "conger_kappa": "conger",
    }
    for round_ in range(250):
        weights = list(WEIGHTS)[round_ % 7]
        theirs, state, scale = gwets(rng, weights)
        for name, method in methods.items():
            told = getattr(theirs, method)()["est"]
            found = estimate(state, name, scale, weights=weights, fewest_items=1)
            assert found.value == pytest.approx(told["coefficient_value"], abs=6e-6)
            if name != "conger_kappa":
                kappa = pattern_coefficient(name, scale, weights)
                assert gwet_standard_error(state.table(), kappa) == pytest.approx(told["se"], abs=6e-6)


def test_ac1_and_raw_agreement_are_those_of_gwets_program():
    rng = np.random.default_rng(104)
    for _ in range(1000):
        theirs, state, scale = gwets(rng, "identity")
        told = theirs.gwet()["est"]
        found = estimate(state, "gwet_ac1", scale, fewest_items=1)
        assert found.value == pytest.approx(told["coefficient_value"], abs=6e-6)
        kappa = pattern_coefficient("gwet_ac1", scale, None)
        assert gwet_standard_error(state.table(), kappa) == pytest.approx(told["se"], abs=6e-6)
        raw = estimate(state, "percent_agreement", scale, fewest_items=1)
        assert raw.value == pytest.approx(told["pa"], abs=6e-6)


def test_fleiss_and_free_marginal_kappa_are_those_of_statsmodels():
    rng = np.random.default_rng(4)
    for _ in range(1000):
        size, n_raters = int(rng.integers(2, 6)), int(rng.integers(2, 8))
        table = table_of(rng, int(rng.integers(8, 40)), n_raters, size, 0.0)
        table[0], table[1] = 1, 2
        counts = np.stack([(table == c).sum(axis=1) for c in range(1, size + 1)], axis=1)
        state = AgreementState.from_ratings(*coded(table), size)
        scale = Scale("nominal", tuple(range(size)))
        for name, method in (("fleiss_kappa", "fleiss"), ("brennan_prediger", "randolph")):
            found = estimate(state, name, scale)
            assert found.value == pytest.approx(fleiss_kappa(counts, method=method), abs=1e-12)


def test_scotts_pi_is_fleiss_kappa_of_two_raters_by_statsmodels():
    rng = np.random.default_rng(6)
    for _ in range(1000):
        size = int(rng.integers(2, 6))
        table = table_of(rng, int(rng.integers(8, 30)), 2, size, 0.0)
        table[0], table[1] = 1, 2
        counts = np.stack([(table == c).sum(axis=1) for c in range(1, size + 1)], axis=1)
        state = AgreementState.from_ratings(*coded(table), size)
        found = estimate(state, "scott_pi", Scale("nominal", tuple(range(size))))
        assert found.value == pytest.approx(fleiss_kappa(counts), abs=1e-12)


def test_prevalence_is_pandas_mean_of_the_items_shares():
    rng = np.random.default_rng(7)
    for _ in range(1000):
        size = int(rng.integers(2, 5))
        table = table_of(rng, int(rng.integers(2, 12)), int(rng.integers(1, 5)), size, 0.4)
        table[0, 0] = 1
        items, _, codes = ratings = coded(table)
        shares = pd.DataFrame(np.eye(size)[codes]).groupby(items).mean().mean()
        found = prevalence(AgreementState.from_ratings(*ratings, size), Scale("nominal", tuple(range(size))))
        assert [one.value for one in found.values()] == pytest.approx(shares.tolist(), abs=1e-12)


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
def test_cohens_kappa_and_its_errors_are_those_of_statsmodels_and_scikit_learn(weights):
    rng = np.random.default_rng(5)
    scale_kind = {"identity": "nominal", "linear": "ordinal", "quadratic": "interval"}[weights]
    asked = {"identity": None, "linear": "linear", "quadratic": "quadratic"}[weights]
    for _ in range(1000):
        size = int(rng.integers(2, 7))
        table = table_of(rng, int(rng.integers(8, 60)), 2, size, 0.0)
        table[0], table[1] = 1, 2
        domain = list(range(1, size + 1))
        scale = Scale(scale_kind, tuple(domain))
        found = estimate(
            AgreementState.from_ratings(*coded(table), size), "cohen_kappa", scale, weights=weights
        )
        learned = cohen_kappa_score(table[:, 0], table[:, 1], labels=domain, weights=asked)
        assert found.value == pytest.approx(learned, abs=1e-12)
        cells = np.zeros((size, size))
        np.add.at(cells, (table[:, 0].astype(int) - 1, table[:, 1].astype(int) - 1), 1)
        theirs, ours = (
            cohens_kappa(cells, wt=asked),
            cohen_inference(cells, agreement_weights(scale, weights)),
        )
        assert ours is not None
        assert ours.kappa == pytest.approx(found.value, abs=1e-12)
        assert ours.standard_error**2 == pytest.approx(theirs.var_kappa, abs=1e-12)
        assert ours.null_standard_error**2 == pytest.approx(theirs.var_kappa0, abs=1e-12)
