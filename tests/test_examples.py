"""The worked examples run on the real data and say what independent libraries say."""

from __future__ import annotations

import csv
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import evalica
import krippendorff
import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

EXAMPLES = Path(__file__).resolve().parents[1] / "docs" / "examples"


@pytest.fixture
def example() -> Callable[[str], Any]:
    def load(name: str) -> Any:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_reader_study_is_analysed_axis_by_axis(
    example: Callable[[str], Any], published_data: Path
) -> None:
    module = example("reader_study")
    found = module.analyse(published_data)
    assert set(found) == {"completeness", "correctness", "conciseness"}
    codes = {name: at for at, name in enumerate(module.PREFERENCE.categories)}
    with (published_data / "clinsumm_reader_study" / "ratings.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = [row for row in csv.DictReader(file) if row["raw_score"]]
    for axis, coefficients in found.items():
        chosen = [row for row in rows if row["axis"] == axis]
        readers = sorted({row["reader"] for row in chosen})
        samples = sorted({row["sample"] for row in chosen})
        table = np.full((len(readers), len(samples)), np.nan)
        for row in chosen:
            judged = module.preference(float(row["raw_score"]), row["switched"] == "1")
            table[readers.index(row["reader"]), samples.index(row["sample"])] = codes[judged]
        theirs = krippendorff.alpha(
            reliability_data=table, level_of_measurement="ordinal", value_domain=[0, 1, 2]
        )
        alpha = coefficients["krippendorff_alpha"]
        assert alpha.value == pytest.approx(theirs, abs=1e-9)
        assert alpha.low < alpha.value < alpha.high
        assert (alpha.n_raters, alpha.interval) == (5, "two-way jackknife-t")


def test_pubmedqa_annotators_agree_as_scikit_learn_says(
    example: Callable[[str], Any], published_data: Path
) -> None:
    found = example("annotators").pubmedqa(published_data)
    with (published_data / "pubmedqa" / "pqal.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    theirs = cohen_kappa_score(
        [row["reasoning_free_pred"] for row in rows], [row["reasoning_required_pred"] for row in rows]
    )
    assert found["cohen_kappa"].value == pytest.approx(theirs, abs=1e-9)
    assert found["cohen_kappa"].these_raters_only


@pytest.mark.parametrize("name", ["mslr", "pandalm"])
def test_three_annotators_have_every_coefficient_for_these_raters_only(
    example: Callable[[str], Any], published_data: Path, name: str
) -> None:
    found = getattr(example("annotators"), name)(published_data)
    assert {"krippendorff_alpha", "fleiss_kappa", "conger_kappa", "brennan_prediger"} <= set(found)
    for one in found.values():
        assert one.status == "ok"
        assert one.low < one.value < one.high
        assert one.these_raters_only
        assert one.n_raters == 3


def test_pandalm_alpha_is_what_krippendorff_says(example: Callable[[str], Any], published_data: Path) -> None:
    found = example("annotators").pandalm(published_data)
    with (published_data / "pandalm_votes" / "votes.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    table = [[int(row[f"annotator{n}"]) for row in rows] for n in (1, 2, 3)]
    theirs = krippendorff.alpha(reliability_data=np.array(table, float), level_of_measurement="nominal")
    assert found["krippendorff_alpha"].value == pytest.approx(theirs, abs=1e-9)


def test_crowd_votes_rank_as_evalica_does_with_ranges_that_hold(
    example: Callable[[str], Any], published_data: Path
) -> None:
    result = example("crowd_votes").analyse(published_data)
    with (published_data / "llmfao_votes" / "votes_subset.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    winner = {"left": evalica.Winner.X, "right": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    theirs = evalica.bradley_terry(
        [row["left"] for row in rows], [row["right"] for row in rows], [winner[row["winner"]] for row in rows]
    ).scores
    ranked = [one for one in result.ratings if one.value is not None]
    assert len(ranked) > 50
    both = spearmanr([one.value for one in ranked], [theirs[one.system] for one in ranked])
    assert both.statistic > 0.98  # ours also fits a position effect
    for place, one in enumerate(ranked, start=1):
        assert one.rank_low <= place <= one.rank_high
