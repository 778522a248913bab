"""Every case of the golden file is computed by the platform's own code and lies within its tolerance."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.special import chdtrc

from evaluation.domain.intervals import wilson
from evaluation.domain.paired import exact_mcnemar, sign_flip_tests
from leaderboard.domain.multiplicity import family
from leaderboard.domain.ranking import Vote, rank
from leaderboard.domain.ranking.bradley_terry import fit
from leaderboard.domain.ranking.elo import sequential_elo
from leaderboard.domain.ranking.fit import FittedVotes, goodness_of_fit
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
from raters.domain.agreement.marginal_homogeneity import homogeneity_of_table
from raters.domain.reliability.concordance import kendall_w, mean_tau_b, p_of_tau_b
from raters.domain.reliability.dawid_skene import dawid_skene
from raters.domain.reliability.icc import all_iccs
from raters.domain.reliability.item_response import fit_2pl

Case = dict[str, Any]
Z = 1.959963984540054
SEPARATED = "not_rankable_separated"


@cache
def cases(path: Path) -> dict[str, Case]:
    return {case["id"]: case for case in yaml.safe_load(path.read_text())["cases"]}


@pytest.fixture
def golden(published_data: Path) -> dict[str, Case]:
    path = published_data.parent / "reference" / "golden_stats.yaml"
    if not path.is_file():
        pytest.skip("no golden_stats.yaml beside the published benchmark data")
    return cases(path)


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


def baseball(case: Case) -> dict[str, Any]:
    teams = [case["params"]["reference"], *case["params"]["order"]]
    cells = np.zeros((7, 7, 3), np.int64)
    for home, away, won, lost in case["data"]["rows"]:
        cells[teams.index(home), teams.index(away)] += [won, 0, lost]
    found = fit(cells, order_effect=False)
    bread = found.bread[:7, :7]
    return {
        "log_ability": found.theta[1:] - found.theta[0],
        "se": np.sqrt(np.diag(bread)[1:] + bread[0, 0] - 2 * bread[0, 1:]),
        "residual_deviance": goodness_of_fit(FittedVotes(tuple(teams), cells, found)).deviance,
    }


def puddings(case: Case) -> dict[str, Any]:
    cells = np.zeros((6, 6, 3), np.int64)
    for i, j, won, lost, tied in case["data"]["rows"]:
        cells[i - 1, j - 1] = [won, tied, lost]
    found = fit(cells, ties="davidson", order_effect=False)
    worth = np.exp(found.theta)
    return {"worth": worth / worth.sum(), "nu": np.exp(found.tie), "log_likelihood": found.log_likelihood}


def elo(case: Case) -> dict[str, Any]:
    words = {1: "first", 0.5: "tie", 0: "second"}
    votes = [Vote(a, b, words[score]) for a, b, score in case["data"]["rows"]]
    return dict(sequential_elo(votes, k=case["params"]["k"], start=case["params"]["initial"]))


def anaesthetists(case: Case) -> dict[str, Any]:
    rows = np.array(case["data"]["rows"]) - 1
    found = dawid_skene(*rows.T, 4, pseudo_count=0, restarts=0, tolerance=1e-10, max_iterations=20_000)
    return {"class_marginals": found.prevalence}


def law_school_test(case: Case) -> dict[str, Any]:
    patterns, persons = zip(*case["data"]["rows"], strict=True)
    found = fit_2pl([[int(answer) for answer in pattern] for pattern in patterns], persons)
    return {
        "difficulty": [item.difficulty for item in found.items],
        "discrimination": [item.discrimination for item in found.items],
    }


def maize(case: Case) -> dict[str, Any]:
    found = sign_flip_tests(np.column_stack([case["data"]["x"], case["data"]["y"]]), seed=0)
    assert found.exact
    return {
        "mean_difference": found.difference[0, 1],
        "extreme_count_of_32768": found.p[0, 1] * 32768,
        "p_two_sided": found.p[0, 1],
    }


def infarction(case: Case) -> dict[str, Any]:
    p, level = case["data"]["p"], case["data"]["alpha"]
    return {
        "rejected_bh": family(p, "benjamini-hochberg").rejected(level).sum(),
        "rejected_bonferroni": family(p, "bonferroni").rejected(level).sum(),
    }


def newcombe(case: Case) -> dict[str, Any]:
    low, high = wilson(case["data"]["x"], case["data"]["n"])
    return {"low": low, "high": high}


def mcnemar(case: Case) -> dict[str, Any]:
    """The chi-square is Stuart and Maxwell's of two categories; Edwards' corrected one, which the exact test
    replaces, is a formula of the two counts that the exact test reports."""
    table = np.array(case["data"]["rows"])
    plain = homogeneity_of_table(table)
    cells = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], table.ravel(), axis=0)
    exact = exact_mcnemar(cells[:, 0], cells[:, 1])
    apart, both = exact.only_first - exact.only_second, exact.only_first + exact.only_second
    corrected = (abs(apart) - 1) ** 2 / both
    return {
        "chi2": plain.statistic,
        "p": plain.p,
        "chi2_corrected": corrected,
        "p_corrected": chdtrc(1, corrected),
        "p_exact": exact.p,
    }


def vision(case: Case) -> dict[str, Any]:
    found = homogeneity_of_table(np.array(case["data"]["rows"]))
    return {"chi2": found.statistic, "p": found.p}


def no_variation(case: Case) -> dict[str, Any]:
    found = all_coefficients(*triples(case["data"]["rows"], "units_by_raters"), Scale("nominal", (1, 2)))
    alpha = found["krippendorff_alpha"]
    return {
        "alpha": alpha.value,
        "status": alpha.status,
        "percent_agreement": found["percent_agreement"].value,
    }


def undefeated(case: Case) -> dict[str, Any]:
    votes = [
        vote
        for i, j, won, lost, _ in case["data"]["rows"]
        for vote in [Vote(i, j, "first")] * won + [Vote(i, j, "second")] * lost
    ]
    found = rank(votes)
    a = found.rating("a")
    finite = all(one.value is not None and np.isfinite(one.value) for one in found.ratings)
    told = a.status == SEPARATED and a.reason.startswith("separation: undefeated")
    said = "Firth's penalty" in found.coefficient and any("Firth" in one for one in found.warnings)
    return {
        "finite_estimates": finite,
        "flag": "separation: a undefeated" if told else a.reason,
        "method": "Firth/Jeffreys or MAP, never a silent number" if said else found.coefficient,
    }


def unused_level(case: Case) -> dict[str, Any]:
    data = case["data"]
    scale, items = Scale("ordinal", tuple(data["declared_scale"])), [*range(6), *range(6)]
    found = all_coefficients(items, [1] * 6 + [2] * 6, data["x"] + data["y"], scale)
    value = found["cohen_kappa_linear"].value
    assert value != pytest.approx(case["required"]["not_this"], abs=1e-3)
    return {"kappa": pytest.approx(value, abs=1e-11), "not_this": case["required"]["not_this"]}


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
