"""Macro F1 and label sets: worked tables, scikit-learn as oracle, deletion by brute force."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support, precision_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.influence import cluster_codes, variance
from evaluation.domain.metrics import Counts, metric
from evaluation.domain.metrics.labels import (
    MACRO_F1,
    MULTILABEL_EXACT,
    MULTILABEL_MACRO_F1,
    MULTILABEL_MICRO_F1,
)

YES_NO = {"labels": ["yes", "no", "maybe"]}
SIGNS = ["cough", "fever", "rash", "nausea"]


def labelled(label: str) -> Question:
    return Question("task", "1", "public", {"question": "Does it?"}, {"label": label})


def several(labels: list[str]) -> Question:
    return Question("task", "1", "public", {"question": "Which?"}, {"labels": labels})


def macro_of(right: list[str], said: list[str], clusters: np.ndarray | None = None) -> Estimate:
    counts = MACRO_F1.count(said, [labelled(label) for label in right], YES_NO)
    return MACRO_F1.estimate(counts, YES_NO, clusters)


def sklearn_macro(right: list[str], said: list[str]) -> float:
    return float(f1_score(right, said, labels=sorted(set(right)), average="macro", zero_division=0))


PAIRS = st.lists(
    st.tuples(st.sampled_from(YES_NO["labels"]), st.sampled_from([*YES_NO["labels"], "unsure"])),
    min_size=3,
    max_size=30,
)


def test_macro_f1_by_hand() -> None:
    # yes: 2 right of 3 said and 2 expected, F1 = 4/5; no: 1 right, 1 said, 2 expected, F1 = 2/3;
    # maybe is never expected and does not count; one answer cannot be read
    right = ["yes", "yes", "no", "no", "no"]
    said = ["yes", "yes", "no", "yes", "hm"]
    # so no: 1 right, 1 said, 3 expected: 2/4
    found = macro_of(right, said)
    assert found.value == pytest.approx((4 / 5 + 2 / 4) / 2)
    assert found.n_unparsed == 1
    assert found.parts == pytest.approx(
        {"precision": (2 / 3 + 1) / 2, "recall": (1 + 1 / 3) / 2, "accuracy": 3 / 5}
    )
    assert found.item_scores.tolist() == [1, 1, 1, 0, 0]


@settings(deadline=None)
@given(PAIRS)
def test_macro_f1_equals_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    right, said = map(list, zip(*pairs, strict=True))
    found = macro_of(right, said)
    assert found.value == pytest.approx(sklearn_macro(right, said))
    precision, recall, _, _ = precision_recall_fscore_support(
        right, said, labels=sorted(set(right)), average="macro", zero_division=0
    )
    assert found.parts["precision"] == pytest.approx(precision)
    assert found.parts["recall"] == pytest.approx(recall)
    assert found.parts["accuracy"] == pytest.approx(accuracy_score(right, said))


@settings(deadline=None)
@given(PAIRS)
def test_macro_f1_deletions_by_kind_equal_deleting_every_item(pairs: list[tuple[str, str]]) -> None:
    right, said = map(list, zip(*pairs, strict=True))
    found = macro_of(right, said)
    n = len(right)
    deleted = np.array(
        [sklearn_macro(right[:i] + right[i + 1 :], said[:i] + said[i + 1 :]) for i in range(n)]
    )
    assert found.influence == pytest.approx((n - 1) * (deleted.mean() - deleted), abs=1e-9)


@settings(deadline=None)
@given(PAIRS, st.data())
def test_macro_f1_deletes_clusters_whole(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    right, said = map(list, zip(*pairs, strict=True))
    n = len(right)
    clusters = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    codes = cluster_codes(clusters)
    found = macro_of(right, said, clusters)
    if codes is None or found.status != "ok":
        return
    groups = int(codes.max()) + 1
    deleted = np.array(
        [
            sklearn_macro(
                [label for label, code in zip(right, codes, strict=True) if code != group],
                [label for label, code in zip(said, codes, strict=True) if code != group],
            )
            for group in range(groups)
        ]
    )
    brute = (groups - 1) / groups * np.sum((deleted - deleted.mean()) ** 2)
    assert variance(found.influence, codes) == pytest.approx(brute, abs=1e-12)


def test_a_perfect_macro_f1_is_as_uncertain_as_its_rarest_class() -> None:
    # 30 yes and 4 maybe, all right: nothing varies, and of maybe only 4 were seen
    right = ["yes"] * 30 + ["maybe"] * 4
    found = macro_of(right, right)
    assert (found.value, found.interval) == (1.0, "rule-of-three")
    assert found.low == pytest.approx(0.05 ** (1 / 4))
    # in two clusters, each with maybe
    clustered = macro_of(right, right, np.arange(34) % 2)
    assert clustered.low == pytest.approx(0.05 ** (1 / 2))


def test_macro_f1_without_items_or_with_one() -> None:
    none = MACRO_F1.estimate(MACRO_F1.count([], [], YES_NO), YES_NO)
    assert (none.value, none.status) == (None, "undefined_no_items")
    one = macro_of(["yes"], ["yes"])
    assert (one.value, one.low, one.status) == (1.0, None, "too_few_items")


def test_macro_f1_reads_as_accuracy_does() -> None:
    assert MACRO_F1.read("The answer is no.", labelled("no"), {}) == "no"
    assert MACRO_F1.read("possibly", labelled("no"), {}) is None


def test_many_items_of_few_kinds_take_no_more_room_than_their_kinds() -> None:
    rng = np.random.default_rng(3)
    table = np.stack([rng.integers(0, 3, 200_000), rng.integers(-1, 3, 200_000)], axis=1).astype(float)
    found = MACRO_F1.estimate(Counts(table, table[:, 1] < 0), YES_NO)
    expected = f1_score(table[:, 0], table[:, 1], labels=[0, 1, 2], average="macro", zero_division=0)
    assert found.value == pytest.approx(float(expected))
    assert len(np.unique(found.influence)) <= 12


def test_label_sets_by_hand() -> None:
    questions = [several(["cough", "fever"]), several(["rash"]), several([]), several(["nausea"])]
    answers = ["cough, rash", "rash", "none", "I do not know"]
    counts = MULTILABEL_MICRO_F1.count(answers, questions, {"labels": SIGNS})
    # tp fp fn exact: cough right, rash wrong, fever missed; right; rightly empty; unread, nausea missed
    assert counts.table.tolist() == [[1, 1, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1], [0, 0, 1, 0]]
    assert counts.unparsed.tolist() == [False, False, False, True]
    micro = MULTILABEL_MICRO_F1.estimate(counts, {})
    assert micro.value == pytest.approx(4 / (4 + 1 + 2))
    assert micro.item_scores == pytest.approx([0.5, 1, 1, 0])
    assert micro.parts == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 4, "exact": 2 / 4, "item_f1": 2.5 / 4}
    )
    exact = MULTILABEL_EXACT.estimate(MULTILABEL_EXACT.count(answers, questions, {"labels": SIGNS}), {})
    assert (exact.value, exact.interval) == (0.5, "wilson")


SETS = st.lists(
    st.tuples(st.sets(st.sampled_from(SIGNS)), st.sets(st.sampled_from(SIGNS))), min_size=2, max_size=25
)


def matrices(pairs: list[tuple[set[str], set[str]]]) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.array([[name in pair[side] for name in SIGNS] for pair in pairs]) for side in (0, 1))  # type: ignore[return-value]


def counted(rule: Any, pairs: list[tuple[set[str], set[str]]]) -> Estimate:
    answers = [", ".join(sorted(said)) or "none" for _, said in pairs]
    questions = [several(sorted(right)) for right, _ in pairs]
    options = {"labels": SIGNS}
    found: Estimate = rule.estimate(rule.count(answers, questions, options), options)
    return found


@settings(deadline=None)
@given(SETS)
def test_label_sets_equal_scikit_learn(pairs: list[tuple[set[str], set[str]]]) -> None:
    right, said = matrices(pairs)
    assert counted(MULTILABEL_EXACT, pairs).value == pytest.approx(accuracy_score(right, said))
    micro = counted(MULTILABEL_MICRO_F1, pairs)
    if right.any() or said.any():
        assert micro.value == pytest.approx(f1_score(right, said, average="micro", zero_division=0))
        assert micro.parts["precision"] == pytest.approx(
            precision_score(right, said, average="micro", zero_division=0)
        )
    else:
        assert (micro.value, micro.status) == (None, "undefined_no_positives")
    present = [place for place in range(len(SIGNS)) if right[:, place].any()]
    macro = counted(MULTILABEL_MACRO_F1, pairs)
    if present:
        expected = f1_score(right, said, labels=present, average="macro", zero_division=0)
        assert macro.value == pytest.approx(expected)
    else:
        assert (macro.value, macro.status) == (None, "undefined_no_positives")


@settings(deadline=None)
@given(SETS)
def test_macro_over_label_sets_deletes_every_item(pairs: list[tuple[set[str], set[str]]]) -> None:
    found = counted(MULTILABEL_MACRO_F1, pairs)
    if found.status != "ok":
        return
    others = [counted(MULTILABEL_MACRO_F1, pairs[:i] + pairs[i + 1 :]).value for i in range(len(pairs))]
    deleted = np.array(others, dtype=float)
    assert found.influence == pytest.approx((len(pairs) - 1) * (deleted.mean() - deleted), abs=1e-9)


def test_an_unread_answer_to_an_empty_reference_is_not_exact() -> None:
    counts = MULTILABEL_EXACT.count(["none", "hm"], [several([])] * 2, {"labels": SIGNS})
    assert counts.table[:, 3].tolist() == [1, 0]
    macro = MULTILABEL_MACRO_F1.estimate(
        MULTILABEL_MACRO_F1.count(
            ["none", "hm", "rash"], [several([]), several([]), several(["rash"])], {"labels": SIGNS}
        ),
        {"labels": SIGNS},
    )
    assert macro.item_scores.tolist() == [1, 0, 1]


def test_a_perfect_macro_over_label_sets_counts_the_rarest_label() -> None:
    pairs = [({"cough"}, {"cough"})] * 20 + [({"rash"}, {"rash"})] * 3
    found = counted(MULTILABEL_MACRO_F1, pairs)
    assert (found.value, found.low) == (1.0, pytest.approx(0.05 ** (1 / 3)))


def test_macro_over_label_sets_needs_the_labels() -> None:
    with pytest.raises(BenchmarkError, match=r"list them in the task's options\.labels"):
        MULTILABEL_MACRO_F1.count(["rash"], [several(["rash"])], {})


def test_an_open_set_of_labels_is_compared_as_written() -> None:
    counts = MULTILABEL_MICRO_F1.count(["I10, E11.9", "I10"], [several(["I10", "E11.9"])] * 2, {})
    assert counts.table.tolist() == [[2, 0, 0, 1], [1, 0, 1, 0]]
    assert MULTILABEL_EXACT.read("E11.9; I10", several([]), {}) == ["E11.9", "I10"]


def test_the_registry_knows_these_rules() -> None:
    for name in ("macro_f1", "multilabel_exact", "multilabel_micro_f1", "multilabel_macro_f1"):
        assert metric(name).name == name


def pubmedqa(folder: Path) -> list[dict[str, Any]]:
    path = folder / "pubmedqa" / "pqal.jsonl"
    if not path.is_file():
        pytest.skip("pubmedqa is not in the data folder")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_pubmedqa_human_macro_f1_equals_scikit_learn(published_data: Path) -> None:
    rows = pubmedqa(published_data)
    for column in ("reasoning_required_pred", "reasoning_free_pred"):
        for part in (rows, [row for row in rows if row["in_test_split"]]):
            right = [row["final_decision"] for row in part]
            said = [row[column] for row in part]
            assert macro_of(right, said).value == pytest.approx(sklearn_macro(right, said))


def test_pubmedqa_published_human_macro_f1_on_the_whole_test_set(published_data: Path) -> None:
    """72.19 % without and 84.18 % with the conclusion, on the official 500 items."""
    rows = [row for row in pubmedqa(published_data) if row["in_test_split"]]
    if len(rows) < 500:
        pytest.skip(f"only {len(rows)} of the 500 test items are in the data folder")
    for column, published in (("reasoning_required_pred", 0.7219), ("reasoning_free_pred", 0.8418)):
        found = macro_of([row["final_decision"] for row in rows], [row[column] for row in rows])
        assert found.value == pytest.approx(published, abs=5e-5)
