"""Dawid & Skene's model against their own data and simulated raters whose errors are known."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from raters.domain.reliability.dawid_skene import RaterModel, dawid_skene

ROOT = Path(__file__).resolve().parents[3]


def simulate(
    seed: int, n_items: int, prevalence: list[float], accuracy: list[float], missing: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """items, raters, labels (n_ratings,) and the truth (n_items,); errors fall evenly on the other classes."""
    rng = np.random.default_rng(seed)
    classes = len(prevalence)
    truth = rng.choice(classes, size=n_items, p=prevalence)
    item, rater = (codes.ravel() for codes in np.indices((n_items, len(accuracy))))
    right = rng.random(len(item)) < np.array(accuracy)[rater]
    other = (truth[item] + rng.integers(1, classes, len(item))) % classes
    label = np.where(right, truth[item], other)
    kept = rng.random(len(item)) >= missing
    kept |= rater == item % len(accuracy)  # each item keeps a rating
    return item[kept], rater[kept], label[kept], truth


@pytest.fixture(scope="module")
def anaesthetists() -> RaterModel:
    """45 patients, five anaesthetists, four grades of fitness; the first judged each patient three times."""
    data = Path(os.environ.get("CONSILIUM_DATA", ROOT.parent / "shared" / "data"))
    golden = data.parent / "reference" / "golden_stats.yaml"
    if not golden.is_file():
        pytest.skip(f"golden statistics not found at {golden}; set CONSILIUM_DATA to the folder beside it")
    cases = {case["id"]: case for case in yaml.safe_load(golden.read_text())["cases"]}
    rows = np.array(cases["dawid_skene1979_marginals"]["data"]["rows"]) - 1
    return dawid_skene(*rows.T, 4, pseudo_count=0, restarts=0, tolerance=1e-10, max_iterations=20_000)


def test_the_prevalence_of_dawid_and_skene_is_found_in_their_data(anaesthetists: RaterModel) -> None:
    assert anaesthetists.status == "ok"
    assert anaesthetists.prevalence == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    converged = [0.3995547528822054, 0.4219833919177986, 0.11179518853332927, 0.06666666666666667]
    assert anaesthetists.prevalence == pytest.approx(converged, abs=1e-4)
    assert (anaesthetists.n_items, anaesthetists.n_raters, anaesthetists.n_ratings) == (45, 5, 315)


def test_one_step_is_worked_by_hand() -> None:
    # two items, two raters, both said 0 of the first; of the second one said 0 and one said 1
    # label shares (1, 0) and (½, ½); M: π = (¾, ¼); rater a: e_0 = (1, 0), e_1 = (1, 0)
    # rater b: class 0 has weight 1.5, of which 1 said 0: (⅔, ⅓); class 1 has weight ½, all said 1: (0, 1)
    # E: item 1: ¾ · 1 · ⅔ against ¼ · 1 · 0 → (1, 0); item 2: ¾ · 1 · ⅓ against ¼ · 1 · 1 → (½, ½)
    found = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 1], 2, pseudo_count=0, restarts=0)
    np.testing.assert_allclose(found.posterior, [[1, 0], [0.5, 0.5]], atol=1e-12)
    np.testing.assert_allclose(found.confusion[1], [[2 / 3, 1 / 3], [0, 1]], atol=1e-12)
    # likelihood ½ · (¼ + ¼) = ¼
    assert found.log_likelihood == pytest.approx(np.log(0.25))


@pytest.mark.parametrize("model", ["confusion", "one-coin"])
def test_every_iteration_raises_the_log_posterior(model: str) -> None:
    item, rater, label, _ = simulate(3, 80, [0.5, 0.3, 0.2], [0.8, 0.7, 0.6, 0.5], 0.3)
    reached = [
        dawid_skene(item, rater, label, 3, model=model, restarts=0, max_iterations=steps).log_posterior  # type: ignore[arg-type]
        for steps in range(1, 40)
    ]
    assert (np.diff(reached) >= -1e-9).all()


def test_known_raters_are_recovered_and_outvote_a_worse_majority() -> None:
    # two good raters against three who guess: the majority is often wrong where the model is not
    item, rater, label, truth = simulate(4, 3000, [0.6, 0.4], [0.95, 0.92, 0.55, 0.55, 0.55])
    found = dawid_skene(item, rater, label, 2)
    assert found.status == "ok"
    assert found.accuracy == pytest.approx([0.95, 0.92, 0.55, 0.55, 0.55], abs=0.05)
    majority = np.bincount(item, weights=label) > 2.5
    assert (found.labels == truth).mean() > (majority == truth).mean() + 0.05


def test_confusion_matrices_and_posteriors_are_probabilities() -> None:
    item, rater, label, _ = simulate(5, 40, [0.4, 0.3, 0.2, 0.1], [0.8, 0.7, 0.6], 0.3)
    for model in ("confusion", "one-coin"):
        found = dawid_skene(item, rater, label, 5, model=model)  # one class is never used
        np.testing.assert_allclose(found.confusion.sum(axis=2), 1)
        np.testing.assert_allclose(found.posterior.sum(axis=1), 1)
        assert found.prevalence.sum() == pytest.approx(1)


def test_renumbering_items_and_raters_changes_nothing_else() -> None:
    item, rater, label, _ = simulate(6, 50, [0.5, 0.5], [0.85, 0.75, 0.65], 0.2)
    rng = np.random.default_rng(0)
    items, raters, order = rng.permutation(50), rng.permutation(3), rng.permutation(len(item))
    here = dawid_skene(item, rater, label, 2, restarts=0)
    there = dawid_skene(items[item][order], raters[rater][order], label[order], 2, restarts=0)
    np.testing.assert_allclose(there.posterior[items], here.posterior, atol=1e-6)
    np.testing.assert_allclose(there.confusion[raters], here.confusion, atol=1e-6)
    swapped = dawid_skene(item, rater, 1 - label, 2, restarts=0)
    np.testing.assert_allclose(swapped.posterior[:, ::-1], here.posterior, atol=1e-6)


def test_pseudo_counts_keep_a_rater_who_never_erred_from_being_certain() -> None:
    item, rater, label, _ = simulate(7, 20, [0.5, 0.5], [1.0, 1.0, 1.0])
    assert dawid_skene(item, rater, label, 2, pseudo_count=0).confusion.min() == 0
    assert dawid_skene(item, rater, label, 2, pseudo_count=1).confusion.min() > 0.03


def test_restarts_report_every_peak_and_the_best_is_taken() -> None:
    item, rater, label, _ = simulate(8, 25, [0.4, 0.3, 0.3], [0.6, 0.5, 0.5], 0.3)
    found = dawid_skene(item, rater, label, 3, restarts=10, seed=1)
    assert len(found.maxima) == 11
    assert found.log_posterior >= max(found.maxima) - 1e-5 * (1 + abs(max(found.maxima)))
    again = dawid_skene(item, rater, label, 3, restarts=10, seed=1)
    np.testing.assert_array_equal(found.posterior, again.posterior)


def test_an_unfinished_fit_says_so() -> None:
    item, rater, label, _ = simulate(9, 60, [0.5, 0.5], [0.7, 0.6, 0.6])
    found = dawid_skene(item, rater, label, 2, max_iterations=2)
    assert found.status == "not_converged"
    assert "allow more" in found.reason


def test_what_cannot_be_fitted_has_no_numbers() -> None:
    none = dawid_skene([], [], [], 2)
    assert (none.status, none.log_likelihood, none.labels.size) == ("undefined_no_ratings", None, 0)
    assert dawid_skene([0, 1], [0, 0], [1, 1], 2).status == "undefined_no_variation"


def test_codes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="codes 0 to 1: found 0 to 2"):
        dawid_skene([0, 0], [0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="items are numbered from 0 without gaps"):
        dawid_skene([0, 2], [0, 1], [0, 1], 2)
    with pytest.raises(ValueError, match="1 labels"):
        dawid_skene([0, 1], [0, 1], [0], 2)
    with pytest.raises(ValueError, match="declare every label"):
        dawid_skene([0], [0], [0], 1)
