"""Published values: every agreement case of the golden file comes out to its printed digits."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from raters.domain.agreement import (
    AgreementState,
    Scale,
    agreement_weights,
    all_coefficients,
    benchmark_membership,
    cohen_inference,
    estimate,
    gwet_standard_error,
)
from raters.domain.agreement.coefficients import pattern_coefficient


@pytest.fixture
def golden(published_data: Path) -> dict[str, Any]:
    path = published_data.parent / "reference" / "golden_stats.yaml"
    if not path.is_file():
        pytest.skip("no golden_stats.yaml beside the published benchmark data")
    return cases(path)


@cache
def cases(path: Path) -> dict[str, Any]:
    return {case["id"]: case for case in yaml.safe_load(path.read_text())["cases"]}


def triples(data: dict[str, Any]) -> tuple[list[int], list[int], list[int]]:
    """Items, raters and values 1 … V of any kind of data; who gave a count is anyone."""
    rows = data["rows"]
    if data["kind"] == "units_by_raters":
        found = [(i, r, v) for i, row in enumerate(rows) for r, v in enumerate(row) if v is not None]
    elif data["kind"] == "category_counts":
        found = [
            (i, r, v)
            for i, row in enumerate(rows)
            for r, v in enumerate(v for v, times in enumerate(row, 1) for _ in range(times))
        ]
    else:
        cells = [(a, b) for a, row in enumerate(rows, 1) for b, n in enumerate(row, 1) for _ in range(n)]
        found = [(i, r, cell[r]) for i, cell in enumerate(cells) for r in (0, 1)]
    items, raters, values = zip(*found, strict=True)
    return list(items), list(raters), list(values)


def scale_for(data: dict[str, Any], level: str = "nominal") -> Scale:
    top = max(triples(data)[2]) if data["kind"] == "units_by_raters" else len(data["rows"][0])
    return Scale(level, tuple(range(1, top + 1)))


def state_of(data: dict[str, Any], scale: Scale) -> AgreementState:
    items, raters, values = triples(data)
    return AgreementState.from_ratings(items, raters, scale.codes(values), scale.size)


def agrees(found: float | None, expected: dict[str, Any]) -> None:
    assert found == pytest.approx(expected["value"], abs=expected["abs_tol"])
    assert found == pytest.approx(expected["reference"], abs=1e-6 * max(1, abs(expected["reference"])))


ALPHAS = [
    "krippendorff2011_C_nominal",
    "krippendorff2011_C_ordinal",
    "krippendorff2011_C_interval",
    "krippendorff2011_C_ratio",
    "krippendorff2011_B_nominal",
]


@pytest.mark.parametrize("name", ALPHAS)
def test_alpha_of_krippendorffs_examples(golden, name):
    case = golden[name]
    scale = scale_for(case["data"], case["params"]["level"] if "params" in case else "nominal")
    found = all_coefficients(*triples(case["data"]), scale)["krippendorff_alpha"]
    agrees(found.value, case["expected"]["alpha"])


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_alpha_of_real_numbers_is_the_published_alpha(golden, level):
    case = golden[f"krippendorff2011_C_{level}"]
    found = all_coefficients(*triples(case["data"]), Scale(level, None))["krippendorff_alpha"]
    agrees(found.value, case["expected"]["alpha"])


COUNTS = ["fleiss1971_psychiatric", "wikipedia_fleiss", "randolph_calc_1", "gwet_distrib6_unweighted"]
NAMES = {
    "fleiss_kappa": "fleiss_kappa",
    "randolph_free_marginal_kappa": "brennan_prediger",
    "percent_overall_agreement": "percent_agreement",
    "percent_agreement": "percent_agreement",
    "brennan_prediger": "brennan_prediger",
    "gwet_ac": "gwet_ac1",
    "ac1": "gwet_ac1",
    "krippendorff_alpha": "krippendorff_alpha",
    "conger_kappa": "conger_kappa",
    "scott_pi": "scott_pi",
    "cohen_kappa": "cohen_kappa",
    "kappa": "cohen_kappa",
    "po": "percent_agreement",
}


@pytest.mark.parametrize(
    "name",
    [
        *COUNTS,
        "randolph_calc_2_perfect_with_variation",
        "gwet_raw4raters_unweighted",
        "gwet_cont3x3_unweighted",
        "kappa_paradox_balanced",
        "kappa_paradox_skewed",
        "wikipedia_kappa_grant",
        "cohen1968_kappa",
        "sas_simple_kappa",
    ],
)
def test_every_unweighted_coefficient_of_a_published_table(golden, name):
    case = golden[name]
    scale = scale_for(case["data"])
    found = state_of(case["data"], scale)
    expected = {key: want for key, want in case["expected"].items() if key in NAMES}
    if name == "fleiss1971_psychiatric":  # who gave what is told elsewhere: see the next test
        expected.pop("conger_kappa")
    assert expected
    for key, want in expected.items():
        # the calculator's tables have two items, fewer than a coefficient is otherwise given for
        agrees(estimate(found, NAMES[key], scale, fewest_items=1).value, want)


def test_congers_kappa_of_fleiss_patients_with_named_raters(golden):
    case = golden["fleiss1971_psychiatric"]
    rows = {"kind": "units_by_raters", "rows": case["data"]["raw_units_by_raters"]}
    found = all_coefficients(*triples(rows), scale_for(rows))["conger_kappa"]
    agrees(found.value, case["expected"]["conger_kappa"])


@pytest.mark.parametrize("name", ["gwet_raw4raters_unweighted", "gwet_distrib6_unweighted"])
def test_gwets_standard_errors(golden, name):
    case = golden[name]
    scale = scale_for(case["data"])
    table = state_of(case["data"], scale).table()
    keys = {
        "percent_agreement_se": "percent_agreement",
        "ac1_se": "gwet_ac1",
        "gwet_ac_se": "gwet_ac1",
        "fleiss_se": "fleiss_kappa",
        "brennan_prediger_se": "brennan_prediger",
    }
    told = [key for key in keys if key in case["expected"]]
    assert len(told) >= 3
    for key in told:
        agrees(gwet_standard_error(table, pattern_coefficient(keys[key], scale)), case["expected"][key])


@pytest.mark.parametrize("name", ["quadratic", "linear", "ordinal", "radical", "bipolar"])
def test_gwets_weights_of_three_categories(golden, name):
    expected = golden["gwet_weight_matrices_3cat"]["expected"][name]
    found = agreement_weights(Scale("ordinal", (1, 2, 3)), name)
    np.testing.assert_allclose(found, expected["value"], atol=expected["abs_tol"])


def test_band_membership_names_a_lower_band_than_the_estimate(golden):
    case = golden["gwet_benchmark_membership"]
    data, expected = case["data"], case["expected"]["cumulative_probability"]
    found = benchmark_membership(data["coefficient"], data["se"], data["lower_bounds"])
    np.testing.assert_allclose(found, expected["value"], atol=expected["abs_tol"])
    # 0.775 lies in the band from 0.6 on, which has probability 0.88; the one from 0.4 on has 0.995
    assert data["lower_bounds"][int(np.argmax(found > 0.95))] == 0.4


def test_cohens_inference_is_the_statistical_packages_printout(golden):
    case = golden["sas_simple_kappa"]
    table = np.array(case["data"]["rows"], dtype=float)
    found = cohen_inference(table, np.eye(3))
    assert found is not None
    expected = case["expected"]
    for value, key in (
        (found.kappa, "kappa"),
        (found.standard_error, "ase"),
        (found.null_standard_error, "ase0"),
        (found.z, "z"),
        (found.p_value, "p_two_sided"),
        (found.kappa - 1.959963984540054 * found.standard_error, "ci_low"),
        (found.kappa + 1.959963984540054 * found.standard_error, "ci_high"),
    ):
        agrees(value, expected[key])


def test_cohens_standard_error_of_gwets_table(golden):
    case = golden["gwet_cont3x3_unweighted"]
    found = cohen_inference(np.array(case["data"]["rows"], dtype=float), np.eye(3))
    assert found is not None
    agrees(found.standard_error, case["expected"]["cohen_se"])


def test_cohens_weighted_kappa_of_1968_with_its_own_weights(golden):
    case = golden["cohen1968_kappa"]
    loss = np.array(case["params"]["disagreement_weights"], dtype=float)
    found = cohen_inference(np.array(case["data"]["rows"], dtype=float), 1 - loss / loss.max())
    assert found is not None
    agrees(found.kappa, case["expected"]["weighted_kappa"])


def test_equal_weights_of_the_anxiety_ratings(golden):
    case = golden["irr_anxiety_equal"]
    weights = agreement_weights(Scale("ordinal", (1, 2, 3, 4, 6)), "linear")
    found = cohen_inference(np.array(case["data"]["rows"], dtype=float), weights)
    assert found is not None
    agrees(found.kappa, case["expected"]["kappa"])
    agrees(found.z, case["expected"]["z_null"])


def test_weights_come_from_the_declared_scale(golden):
    case = golden["weighted_kappa_unused_level"]
    data, wanted = case["data"], case["required"]
    scale = Scale("ordinal", tuple(data["declared_scale"]))
    items = [*range(6), *range(6)]
    found = all_coefficients(items, [1] * 6 + [2] * 6, data["x"] + data["y"], scale)["cohen_kappa_linear"]
    assert found.value == pytest.approx(wanted["kappa"], abs=1e-11)
    assert found.value != pytest.approx(wanted["not_this"], abs=1e-3)


def test_no_variation_has_no_alpha_and_shows_the_raw_agreement(golden):
    case = golden["alpha_no_variation"]
    found = all_coefficients(*triples(case["data"]), Scale("nominal", (1, 2)))
    assert found["krippendorff_alpha"].value is case["required"]["alpha"] is None
    assert found["krippendorff_alpha"].status == case["required"]["status"]
    assert found["percent_agreement"].value == case["required"]["percent_agreement"]


def test_the_paradox_tables_agree_alike_and_their_kappas_do_not(golden):
    both = [golden["kappa_paradox_balanced"], golden["kappa_paradox_skewed"]]
    found = [all_coefficients(*triples(case["data"]), scale_for(case["data"])) for case in both]
    assert found[0]["percent_agreement"].value == pytest.approx(found[1]["percent_agreement"].value)
    assert found[0]["cohen_kappa"].value > 2 * found[1]["cohen_kappa"].value
    # the prevalence-free coefficients barely move: (0.85 - 0.5)/0.5 = 0.7 for both
    assert [one["brennan_prediger"].value for one in found] == pytest.approx([0.7, 0.7])
