"""Every case of the golden file is computed by the platform's own code and lies within its tolerance."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.domain.golden_agreement import (
    Case,
    alpha,
    anxiety,
    coefficients,
    cohen_of_1968,
    cohen_with_test,
    concordance,
    fleiss_by_unit,
    fleiss_patients,
    intraclass,
    membership,
    no_variation,
    tau,
    unused_level,
    weight_matrices,
)
from tests.domain.golden_models import (
    anaesthetists,
    baseball,
    elo,
    infarction,
    law_school_test,
    maize,
    mcnemar,
    newcombe,
    puddings,
    undefeated,
    vision,
)


@cache
def cases(path: Path) -> dict[str, Case]:
    return {case["id"]: case for case in yaml.safe_load(path.read_text())["cases"]}


@pytest.fixture
def golden(published_data: Path) -> dict[str, Case]:
    path = published_data.parent / "reference" / "golden_stats.yaml"
    if not path.is_file():
        pytest.skip("no golden_stats.yaml beside the published benchmark data")
    return cases(path)


CASES: dict[str, Callable[[Case], dict[str, Any]]] = {
    "krippendorff2011_C_nominal": alpha,
    "krippendorff2011_C_ordinal": alpha,
    "krippendorff2011_C_interval": alpha,
    "krippendorff2011_C_ratio": alpha,
    "krippendorff2011_B_nominal": alpha,
    "fleiss1971_psychiatric": fleiss_patients,
    "wikipedia_fleiss": fleiss_by_unit,
    "randolph_calc_1": coefficients,
    "randolph_calc_2_perfect_with_variation": coefficients,
    "gwet_raw4raters_unweighted": coefficients,
    "gwet_cont3x3_unweighted": coefficients,
    "gwet_distrib6_unweighted": coefficients,
    "gwet_weight_matrices_3cat": weight_matrices,
    "gwet_benchmark_membership": membership,
    "cohen1968_kappa": cohen_of_1968,
    "sas_simple_kappa": cohen_with_test,
    "irr_anxiety_equal": anxiety,
    "kappa_paradox_balanced": coefficients,
    "kappa_paradox_skewed": coefficients,
    "wikipedia_kappa_grant": coefficients,
    "shrout_fleiss1979": intraclass,
    "desctools_kendallw_anxiety": concordance,
    "scipy_kendalltau_ties": tau,
    "agresti_baseball_bt": baseball,
    "davidson1970_pudding": puddings,
    "evalica_readme_elo": elo,
    "dawid_skene1979_marginals": anaesthetists,
    "lsat6_2pl": law_school_test,
    "fisher1935_darwin_maize": maize,
    "benjamini_hochberg1995": infarction,
    "newcombe1998_wilson_81_263": newcombe,
    "newcombe1998_wilson_15_148": newcombe,
    "aoki_mcnemar": mcnemar,
    "stuart1955_vision": vision,
    "alpha_no_variation": no_variation,
    "bt_undefeated_model": undefeated,
    "weighted_kappa_unused_level": unused_level,
}


ITERATIVE = {"agresti_baseball_bt", "davidson1970_pudding", "dawid_skene1979_marginals", "lsat6_2pl"}


def test_every_case_of_the_file_is_computed_here(golden, record_figure):
    computed = len(set(golden) & set(CASES))
    record_figure(
        "golden cases computed within tolerance", f"{computed}", f"{len(golden)}", set(golden) == set(CASES)
    )
    assert set(golden) == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_golden_case_comes_out_within_its_tolerance(golden, name):
    case = golden[name]
    found = CASES[name](case)
    if case["kind"] == "behaviour":
        assert found == case["required"]
        return
    relative = 1e-4 if name in ITERATIVE else 1e-6
    assert set(found) >= set(case["expected"])
    for key, wanted in case["expected"].items():
        np.testing.assert_allclose(found[key], wanted["value"], rtol=0, atol=wanted["abs_tol"] + 1e-15)
        reference = np.asarray(wanted["reference"], float)
        distance = np.abs(np.asarray(found[key], float) - reference)
        assert (distance <= relative * np.maximum(1, np.abs(reference))).all(), key
