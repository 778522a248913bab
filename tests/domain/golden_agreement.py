"""Golden cases of agreement, computed: each function takes a case and gives what its file expects."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np
import pytest

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
from raters.domain.reliability.concordance import kendall_w, mean_tau_b, p_of_tau_b
from raters.domain.reliability.icc import all_iccs

Case = dict[str, Any]
Z = 1.959963984540054


def triples(rows: list[list[Any]], kind: str) -> tuple[list[int], list[int], list[int]]:
    """Items, raters and values 1 … V; of counts, who gave them is anyone."""
    found: list[tuple[int, int, int]] = []
    if kind == "contingency_table":
        pairs = [(a, b) for a, row in enumerate(rows, 1) for b, n in enumerate(row, 1) for _ in range(n)]
        found = [(at, rater, pair[rater]) for at, pair in enumerate(pairs) for rater in (0, 1)]
    for item, row in enumerate(rows):
        if kind == "units_by_raters":
            found += [(item, rater, value) for rater, value in enumerate(row) if value is not None]
        elif kind == "category_counts":
            given = [value for value, times in enumerate(row, 1) for _ in range(times)]
            found += list(zip(repeat(item), range(len(given)), given, strict=False))
    items, raters, values = zip(*found, strict=True)
    return list(items), list(raters), list(values)


def state_of(case: Case, level: str = "nominal") -> tuple[AgreementState, Scale]:
    rows, kind = case["data"]["rows"], case["data"]["kind"]
    items, raters, values = triples(rows, kind)
    top = max(values) if kind == "units_by_raters" else len(rows[0])
    scale = Scale(level, tuple(range(1, top + 1)))
    return AgreementState.from_ratings(items, raters, scale.codes(values), scale.size), scale


def alpha(case: Case) -> dict[str, Any]:
    state, scale = state_of(case, case.get("params", {}).get("level", "nominal"))
    return {"alpha": estimate(state, "krippendorff_alpha", scale).value}


NAMES = {
    "fleiss_kappa": "fleiss_kappa",
    "randolph_free_marginal_kappa": "brennan_prediger",
    "percent_overall_agreement": "percent_agreement",
    "percent_agreement": "percent_agreement",
    "po": "percent_agreement",
    "brennan_prediger": "brennan_prediger",
    "gwet_ac": "gwet_ac1",
    "ac1": "gwet_ac1",
    "krippendorff_alpha": "krippendorff_alpha",
    "conger_kappa": "conger_kappa",
    "scott_pi": "scott_pi",
    "cohen_kappa": "cohen_kappa",
    "kappa": "cohen_kappa",
}
ERRORS = {
    "percent_agreement_se": "percent_agreement",
    "ac1_se": "gwet_ac1",
    "gwet_ac_se": "gwet_ac1",
    "fleiss_se": "fleiss_kappa",
    "brennan_prediger_se": "brennan_prediger",
}


def coefficients(case: Case) -> dict[str, Any]:
    """All that the case expects of unweighted coefficients; published tables can be very small."""
    state, scale = state_of(case)
    table = state.table()
    found = {
        key: estimate(state, NAMES[key], scale, fewest_items=1).value
        for key in case["expected"]
        if key in NAMES
    }
    for key, name in ERRORS.items():
        if key in case["expected"]:
            found[key] = gwet_standard_error(table, pattern_coefficient(name, scale))
    if "ac1_pe" in case["expected"]:
        kappa = pattern_coefficient("gwet_ac1", scale)
        sums = table.items @ kappa.contributions(table.counts.astype(float))
        found["ac1_pe"] = kappa.chance(sums[None, 2:-1] / sums[-1])[0]
    if "cohen_se" in case["expected"]:
        found["cohen_se"] = cohen_inference(np.array(case["data"]["rows"], float), np.eye(3)).standard_error
    return found


def fleiss_patients(case: Case) -> dict[str, Any]:
    named = triples(case["data"]["raw_units_by_raters"], "units_by_raters")
    conger = all_coefficients(*named, Scale("nominal", (1, 2, 3, 4, 5)))["conger_kappa"]
    return {**coefficients(case), "conger_kappa": conger.value}


def fleiss_by_unit(case: Case) -> dict[str, Any]:
    scale = state_of(case)[1]
    rows = pattern_coefficient("percent_agreement", scale).contributions(
        np.array(case["data"]["rows"], float)
    )
    return {**coefficients(case), "per_unit_agreement": rows[:, 0]}


def weight_matrices(case: Case) -> dict[str, Any]:
    scale = Scale("ordinal", tuple(case["data"]["values"]))
    return {name: agreement_weights(scale, name) for name in case["expected"]}


def membership(case: Case) -> dict[str, Any]:
    data = case["data"]
    found = benchmark_membership(data["coefficient"], data["se"], data["lower_bounds"])
    return {"cumulative_probability": found}


def cohen_of_1968(case: Case) -> dict[str, Any]:
    loss, table = (
        np.array(case["params"]["disagreement_weights"], float),
        np.array(case["data"]["rows"], float),
    )
    return {
        "kappa": cohen_inference(table, np.eye(3)).kappa,
        "weighted_kappa": cohen_inference(table, 1 - loss / loss.max()).kappa,
    }


def cohen_with_test(case: Case) -> dict[str, Any]:
    found = cohen_inference(np.array(case["data"]["rows"], float), np.eye(3))
    return {
        "kappa": found.kappa,
        "ase": found.standard_error,
        "ci_low": found.kappa - Z * found.standard_error,
        "ci_high": found.kappa + Z * found.standard_error,
        "ase0": found.null_standard_error,
        "z": found.z,
        "p_two_sided": found.p_value,
    }


def anxiety(case: Case) -> dict[str, Any]:
    weights = agreement_weights(Scale("ordinal", tuple(case["data"]["category_levels"])), "linear")
    found = cohen_inference(np.array(case["data"]["rows"], float), weights)
    return {"kappa": found.kappa, "z_null": found.z}


def intraclass(case: Case) -> dict[str, Any]:
    found = all_iccs(np.array(case["data"]["rows"], float))
    return {f"ICC{form[4]}{'k' if form.endswith('k)') else ''}": one.value for form, one in found.items()}


def concordance(case: Case) -> dict[str, Any]:
    return {"W": kendall_w(np.array(case["data"]["rows"], float)).value}


def tau(case: Case) -> dict[str, Any]:
    x, y = np.array(case["data"]["x"], float), np.array(case["data"]["y"], float)
    return {"tau_b": mean_tau_b(np.column_stack([x, y])).value, "p_value": p_of_tau_b(x, y)}


def no_variation(case: Case) -> dict[str, Any]:
    found = all_coefficients(*triples(case["data"]["rows"], "units_by_raters"), Scale("nominal", (1, 2)))
    alpha = found["krippendorff_alpha"]
    return {
        "alpha": alpha.value,
        "status": alpha.status,
        "percent_agreement": found["percent_agreement"].value,
    }


def unused_level(case: Case) -> dict[str, Any]:
    data = case["data"]
    scale, items = Scale("ordinal", tuple(data["declared_scale"])), [*range(6), *range(6)]
    found = all_coefficients(items, [1] * 6 + [2] * 6, data["x"] + data["y"], scale)
    value = found["cohen_kappa_linear"].value
    assert value != pytest.approx(case["required"]["not_this"], abs=1e-3)
    return {"kappa": pytest.approx(value, abs=1e-11), "not_this": case["required"]["not_this"]}
