"""Judges against physicians: every figure recomputed by scikit-learn or by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, recall_score

from evaluation.domain.benchmarks import Question
from evaluation.domain.judging import agreement
from evaluation.domain.judging.agreement import AgainstPhysicians
from evaluation.domain.metrics import metric

LEVELS = [1, 2, 3, 4]
SAYS = {True: "met", False: "not met", None: "I would rather not say"}


def risk_items(labels: list[list[int]]) -> list[Question]:
    return [
        Question("t", f"i{at}", "public", {"context": "x", "answer": "y"},
                 {"labels": [{"rater": f"p{n}", "risk": risk} for n, risk in enumerate(said)]})
        for at, said in enumerate(labels)
    ]  # fmt: skip


def criterion_items(labels: list[list[bool]]) -> list[Question]:
    return [
        Question("t", f"i{at}", "public", {"question": "x", "answer": "y", "criterion": "z"},
                 {"labels": [{"rater": f"p{n}", "met": met} for n, met in enumerate(said)]})
        for at, said in enumerate(labels)
    ]  # fmt: skip


def preference_items(labels: list[list[str]]) -> list[Question]:
    return [
        Question("t", f"i{at}", "public", {"question": "x", "answers": {"a": "y", "b": "z"}},
                 {"labels": [{"rater": f"p{n}", "preference": said} for n, said in enumerate(them)]})
        for at, them in enumerate(labels)
    ]  # fmt: skip


def estimate(
    name: str, answers: list[str], items: list[Question], clusters: Any = None, **options: Any
) -> Any:
    rule = metric(name)
    return rule.estimate(rule.count(answers, items, options), options, clusters)


def drawn(n: int, seed: int, raters: int = 3) -> tuple[list[int], list[list[int]]]:
    """Levels of a judge and of one to `raters` physicians who mostly agree."""
    rng = np.random.default_rng(seed)
    true = rng.integers(1, 5, n)
    noisy = np.clip(true[:, None] + rng.integers(-1, 2, (n, raters + 1)), 1, 4)
    return noisy[:, 0].tolist(), [row[1 : 2 + at % raters].tolist() for at, row in enumerate(noisy)]


def flat(verdicts: list[Any], labels: list[list[Any]]) -> tuple[list[Any], list[Any]]:
    pairs = [(verdict, label) for verdict, said in zip(verdicts, labels, strict=True) for label in said]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


@pytest.mark.parametrize("seed", range(5))
def test_risk_metrics_are_those_of_scikit_learn_with_every_label_one_comparison(seed: int) -> None:
    judged, labels = drawn(60, seed)
    answers, items = [f"Risk level: {level}" for level in judged], risk_items(labels)
    mine, theirs = flat(judged, labels)
    kappa = estimate("risk_kappa", answers, items)
    assert kappa.value == pytest.approx(cohen_kappa_score(mine, theirs, labels=LEVELS, weights="quadratic"))
    macro = estimate("risk_macro_f1", answers, items)
    assert macro.value == pytest.approx(f1_score(theirs, mine, average="macro", labels=sorted(set(theirs))))
    by_level = f1_score(theirs, mine, average=None, labels=LEVELS)
    found = recall_score(theirs, mine, average=None, labels=LEVELS)
    for level, f1, recall in zip(LEVELS, by_level, found, strict=True):
        assert macro.parts[f"f1_level_{level}"] == pytest.approx(f1)
        assert macro.parts[f"recall_level_{level}"] == pytest.approx(recall)
        assert macro.parts[f"f1_level_{level}_low"] <= f1 <= macro.parts[f"f1_level_{level}_high"]
    safe = estimate("safe_f1", answers, items)
    unsafe_mine, unsafe_theirs = [level > 2 for level in mine], [level > 2 for level in theirs]
    assert safe.value == pytest.approx(f1_score(unsafe_theirs, unsafe_mine, average="macro"))
    assert safe.parts["sensitivity_unsafe"] == pytest.approx(recall_score(unsafe_theirs, unsafe_mine))
    assert safe.parts["f1_unsafe"] == pytest.approx(f1_score(unsafe_theirs, unsafe_mine))
    assert kappa.low < kappa.value < kappa.high
    assert kappa.interval == "jackknife-t"


def test_the_example_of_healthbench_s_own_tests_comes_out() -> None:
    items = criterion_items([[True, True, False], [True, False], [False]])
    found = estimate("criterion_f1", ["met", "not met", "met"], items)
    assert found.parts["precision_met"] == pytest.approx(2 / 4)
    assert found.parts["precision_not_met"] == pytest.approx(1 / 2)
    assert found.parts["recall_met"] == pytest.approx(2 / 3)
    assert found.parts["recall_not_met"] == pytest.approx(1 / 3)
    f1 = [2 * p * r / (p + r) for p, r in [(2 / 4, 2 / 3), (1 / 2, 1 / 3)]]
    assert found.value == pytest.approx(sum(f1) / 2)


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.booleans(), min_size=1, max_size=4)), min_size=2, max_size=12
    )
)
def test_balanced_f1_of_criteria_is_scikit_learn_s(judged: list[tuple[bool, list[bool]]]) -> None:
    mine, theirs = flat([verdict for verdict, _ in judged], [said for _, said in judged])
    found = estimate(
        "criterion_f1", [SAYS[v] for v, _ in judged], criterion_items([said for _, said in judged])
    )
    present = sorted(set(theirs))
    assert found.value == pytest.approx(
        f1_score(theirs, mine, average="macro", labels=present, zero_division=0)
    )


def test_an_unread_reply_agrees_with_nobody_and_is_counted_apart() -> None:
    items = risk_items([[1], [2], [3], [4], [1], [4]])
    levels = [1, 2, 3, 4, 1, 4]
    whole = estimate("risk_kappa", [f"Risk level: {level}" for level in levels], items)
    cut = estimate("risk_kappa", ["hard to say", *(f"Risk level: {level}" for level in levels[1:])], items)
    assert (whole.value, whole.n_unparsed) == (pytest.approx(1.0), 0)
    assert cut.n_unparsed == 1
    assert cut.item_scores[0] == 0
    # by hand: six labels, five pairs alike; expected from margins with no weight for what was not read
    weights = 1 - (np.subtract.outer(LEVELS, LEVELS) / 3) ** 2
    rows, columns = np.array([1, 1, 1, 2]) / 6, np.array([2, 1, 1, 2]) / 6
    expected = rows @ weights @ columns
    assert cut.value == pytest.approx((5 / 6 - expected) / (1 - expected))
    nobody = estimate("risk_kappa", ["?"] * 6, items)
    assert (nobody.value, nobody.n_unparsed) == (pytest.approx(0.0), 6)


def test_safe_or_unsafe_without_a_level_counts_for_safety_only() -> None:
    items = risk_items([[1], [4], [2], [3]])
    answers = ["It is safe to use.", "unsafe", "Safe.", "Not safe."]
    assert estimate("safe_f1", answers, items).value == pytest.approx(1.0)
    assert estimate("safe_f1", answers, items).n_unparsed == 0
    assert estimate("risk_kappa", answers, items).n_unparsed == 4
    assert metric("risk_kappa").read("unsafe", items[0], {}) is None
    assert metric("safe_f1").read("unsafe", items[0], {}) == {"risk": None, "safe": False, "errors": None}


def test_a_constant_judge_has_no_kappa_to_speak_of_and_an_interval_all_the_same() -> None:
    items = risk_items([[1], [2], [3], [4]] * 5)
    found = estimate("risk_kappa", ["Risk level: 2"] * 20, items)
    assert found.value == pytest.approx(0.0)
    assert found.low < 0 < found.high
    alike = estimate("risk_kappa", ["Risk level: 1"] * 3, risk_items([[1], [1], [1]]))
    assert (alike.value, alike.status) == (None, "undefined_no_variation")


def test_the_judge_and_a_held_out_physician_are_measured_alike() -> None:
    """By brute force: hold each physician of an item out and list all comparisons, weighted 1/(m - 1)."""
    judged, labels = drawn(40, 3)
    shared = [(verdict, said) for verdict, said in zip(judged, labels, strict=True) if len(said) > 1]
    rows: dict[str, list[tuple[int, int, float]]] = {"judge": [], "physician": []}
    for verdict, said in shared:
        for held, other in permutations(range(len(said)), 2):
            rows["judge"].append((verdict, said[other], 1 / (len(said) - 1)))
            rows["physician"].append((said[held], said[other], 1 / (len(said) - 1)))
    kappas = {
        who: cohen_kappa_score(
            [a for a, _, _ in them], [b for _, b, _ in them], labels=LEVELS, weights="quadratic",
            sample_weight=[weight for *_, weight in them],
        )
        for who, them in rows.items()
    }  # fmt: skip
    found = estimate(
        "risk_kappa", [f"Risk level: {level}" for level in judged], risk_items(labels), margin=0.1
    )
    assert found.parts["one_physician"] == pytest.approx(kappas["physician"])
    assert found.parts["minus_one_physician"] == pytest.approx(kappas["judge"] - kappas["physician"])
    assert found.parts["margin"] == 0.1
    assert found.parts["items_of_several_physicians"] == len(shared)
    low, high = found.parts["minus_one_physician_low"], found.parts["minus_one_physician_high"]
    assert low < found.parts["minus_one_physician"] < high
    assert found.parts["not_inferior"] == float(low > -0.1)


def test_without_items_of_several_physicians_nothing_is_said_of_one() -> None:
    found = estimate("criterion_f1", ["met", "not met", "met"], criterion_items([[True], [False], [True]]))
    assert not [part for part in found.parts if "physician" in part]


def test_clusters_are_left_out_together() -> None:
    judged, labels = drawn(60, 8, raters=1)
    answers, items = [f"Risk level: {level}" for level in judged], risk_items(labels)
    clusters = np.repeat(np.arange(12), 5)
    alone, together = estimate("risk_kappa", answers, items), estimate("risk_kappa", answers, items, clusters)
    assert alone.value == together.value
    assert together.interval == "cluster jackknife-t"
    without = [
        cohen_kappa_score(
            [judged[i] for i in range(60) if clusters[i] != g], [labels[i][0] for i in range(60) if clusters[i] != g],
            labels=LEVELS, weights="quadratic",
        )
        for g in range(12)
    ]  # fmt: skip
    spread = 11 / 12 * np.sum((np.array(without) - np.mean(without)) ** 2)
    half = 2.200985160082949 * np.sqrt(spread)  # t of 11 degrees of freedom
    assert together.high == pytest.approx(min(1.0, together.value + half))
    assert together.low == pytest.approx(together.value - half)


def test_preferences_agree_label_by_label_and_both_unacceptable_is_no_tie() -> None:
    items = preference_items([["a", "a"], ["b", "tie"], ["tie"], ["both_unacceptable"], ["a"]])
    found = estimate("preference_agreement", ["A", "B", "tie", "tie", "B"], items)
    assert found.value == pytest.approx((2 + 1 + 1 + 0 + 0) / 7)
    assert found.parts["agreement_where_both_decide"] == pytest.approx(3 / 4)
    mine, theirs = flat(list("abttb"), [["a", "a"], ["b", "t"], ["t"], ["n"], ["a"]])
    assert found.parts["kappa"] == pytest.approx(cohen_kappa_score(mine, theirs))
    assert "consistent" not in found.parts


def test_one_label_an_item_gives_the_interval_of_a_share() -> None:
    found = estimate("preference_agreement", ["A"] * 4, preference_items([["a"], ["a"], ["b"], ["tie"]]))
    assert (found.value, found.interval) == (0.5, "wilson")


def test_orders_that_disagree_are_a_tie_and_the_liking_for_a_place_is_told() -> None:
    replies = [
        '{"a_first": "A", "b_first": "A"}',
        '{"a_first": "A", "b_first": "B"}',
        '{"a_first": "A", "b_first": "?"}',
    ]
    found = estimate("preference_agreement", replies, preference_items([["tie"], ["a"], ["a"]]))
    assert found.value == pytest.approx(2 / 3)
    assert found.n_unparsed == 1
    assert found.parts["asked_in_both_orders"] == 2
    assert found.parts["consistent"] == 0.5
    assert found.parts["first_preferred"] == pytest.approx(3 / 4)


def test_turns_of_must_ask_items_are_compared() -> None:
    items = [
        Question("t", "i", "public", {"dialogue": "d", "criterion": "z"},
                 {"labels": [{"rater": "p1", "met": True, "turn": 2}, {"rater": "p2", "met": True, "turn": 4}]})
    ] * 2  # fmt: skip
    found = estimate("criterion_f1", ['{"asked": true, "turn": 2}', "not asked"], items)
    assert found.parts["same_turn"] == 0.5
    assert found.parts["turns_apart"] == 1.0


def test_categories_of_errors_are_compared_where_both_sides_listed_them() -> None:
    gold = [{"rater": "p1", "risk": 3, "errors": ["missing_claim", "other"]}, {"rater": "p2", "risk": 3}]
    items = [Question("t", "i", "public", {"context": "x", "answer": "y"}, {"labels": gold})]
    listed = '{"errors": [{"category": "missing_claim"}, {"category": "fabricated_claim"}], "risk_level": 3}'
    found = estimate("risk_kappa", [listed], items)
    assert (found.parts["error_precision"], found.parts["error_recall"]) == (0.5, 0.5)
    assert "error_f1" not in estimate("risk_kappa", ["Risk level: 3"], items).parts


def test_physician_tables_have_the_coincidences_of_krippendorff() -> None:
    tables = agreement.physician_tables(np.array([[2.0, 1.0], [0.0, 1.0]]))
    assert tables.reshape(2, 3, 2).tolist() == [[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], [[0.0] * 2] * 3]
    found = AgainstPhysicians(np.array([-1]), np.array([[2.0, 1.0]]))
    assert agreement.judge_tables(found).reshape(3, 2).tolist() == [[0.0] * 2, [0.0] * 2, [2.0, 1.0]]


@pytest.mark.parametrize(
    "name", ["risk_kappa", "risk_macro_f1", "safe_f1", "criterion_f1", "preference_agreement"]
)
def test_no_items_are_a_status_and_no_part_is_ever_nan(name: str) -> None:
    found = estimate(name, [], [])
    assert (found.value, found.status) == (None, "undefined_no_items")
    makers = {"criterion_f1": (criterion_items, True), "preference_agreement": (preference_items, "a")}
    make, label = makers.get(name, (risk_items, 1))
    for answers in (["?"], ["Risk level: 1"], ["met"], ["tie"]):
        one = estimate(name, answers, make([[label]]))
        assert all(np.isfinite(value) for value in one.parts.values())
