"""Records found in texts: worked sets, scikit-learn as oracle, deletion by brute force."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.estimates import Estimate
from evaluation.domain.metrics import metric
from evaluation.domain.metrics.extraction import ENTITY_F1, EVENT_F1, RecordF1

OPTIONS = {"subject": ["entity"], "fields": ["entity", "type"]}
Pair = tuple[str, str]


def asked(*records: Pair) -> Question:
    gold = [{"entity": entity, "type": kind} for entity, kind in records]
    return Question("task", "1", "public", {"context": "A sentence."}, {"records": gold})


def written(records: set[Pair]) -> str:
    lines = (f"entity: {entity}, type: {kind};" for entity, kind in sorted(records))
    return "\n".join(lines) or "none"


def test_entities_compare_subjects_and_events_compare_all_fields() -> None:
    answer = "entity: aspirin, type: drug;\nentity: fever, type: drug;\nentity: rash, type: symptom;"
    question = asked(("aspirin", "drug"), ("fever", "symptom"))
    # subjects: aspirin and fever right, rash not asked for; events: fever has the wrong type
    assert ENTITY_F1.count([answer], [question], OPTIONS).table.tolist() == [[2, 1, 0, 0]]
    assert EVENT_F1.count([answer], [question], OPTIONS).table.tolist() == [[1, 2, 1, 0]]


def test_case_width_and_spacing_do_not_matter() -> None:
    answer = "entity:  ＡＳＰＩＲＩＮ  acid , type: Drug;"
    assert EVENT_F1.count([answer], [asked(("Aspirin Acid", "drug"))], OPTIONS).table.tolist() == [
        [1, 0, 0, 1]
    ]


def test_records_are_a_set() -> None:
    answer = "entity: aspirin, type: drug;\nentity: Aspirin, type: drug;"
    assert EVENT_F1.count([answer], [asked(("aspirin", "drug"))], OPTIONS).table.tolist() == [[1, 0, 0, 1]]


def test_the_first_field_is_the_subject_unless_the_task_says_otherwise() -> None:
    answer, question = "entity: aspirin, type: x;", asked(("aspirin", "drug"))
    assert ENTITY_F1.count([answer], [question], {"fields": ["entity", "type"]}).table.tolist() == [
        [1, 0, 0, 1]
    ]
    by_type = {"fields": ["entity", "type"], "subject": ["type"]}
    assert ENTITY_F1.count([answer], [question], by_type).table.tolist() == [[0, 1, 1, 0]]


def test_f1_precision_and_recall_by_hand() -> None:
    questions = [
        asked(("aspirin", "drug"), ("fever", "symptom")),
        asked(),
        asked(("rash", "symptom")),
        asked(),
    ]
    answers = ["entity: aspirin, type: drug;", "none", "no idea", "no idea either"]
    counts = EVENT_F1.count(answers, questions, OPTIONS)
    # one found, one missed; rightly empty; unread, one missed; unread though empty: wrong, but no error of F1
    assert counts.table.tolist() == [[1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]]
    found = EVENT_F1.estimate(counts, OPTIONS)
    assert found.value == pytest.approx(2 / (2 + 0 + 2))
    assert found.parts == pytest.approx(
        {"precision": 1, "recall": 1 / 3, "exact": 1 / 4, "item_f1": (2 / 3 + 1) / 4}
    )
    assert found.item_scores == pytest.approx([2 / 3, 1, 0, 0])
    assert found.n_unparsed == 2


def test_fields_are_needed() -> None:
    with pytest.raises(BenchmarkError, match=r"list them in options\.fields"):
        ENTITY_F1.count(["none"], [asked()], {})


def test_nothing_to_find_is_undefined_and_one_item_too_few() -> None:
    none = ENTITY_F1.estimate(ENTITY_F1.count(["none"] * 3, [asked()] * 3, OPTIONS), OPTIONS)
    assert (none.value, none.status) == (None, "undefined_no_positives")
    counts = ENTITY_F1.count(["entity: a, type: b;"], [asked(("a", "b"))], OPTIONS)
    one = ENTITY_F1.estimate(counts, OPTIONS)
    assert (one.value, one.low, one.status) == (1.0, None, "too_few_items")
    empty = ENTITY_F1.estimate(ENTITY_F1.count([], [], OPTIONS), OPTIONS)
    assert (empty.value, empty.status) == (None, "undefined_no_items")


def test_perfect_extraction_has_no_interval_of_width_zero() -> None:
    counts = EVENT_F1.count(["entity: a, type: b;"] * 10, [asked(("a", "b"))] * 10, OPTIONS)
    found = EVENT_F1.estimate(counts, OPTIONS)
    assert (found.low, found.high) == (pytest.approx(0.05 ** (1 / 10)), 1.0)


UNIVERSE = [(entity, kind) for entity in ("aspirin", "fever", "rash") for kind in ("drug", "sign")]
SETS = st.lists(
    st.tuples(st.sets(st.sampled_from(UNIVERSE)), st.sets(st.sampled_from(UNIVERSE))), min_size=3, max_size=20
)


def estimate_of(rule: RecordF1, pairs: list[tuple[set[Pair], set[Pair]]], groups: int = 0) -> Estimate:
    questions = [asked(*sorted(right)) for right, _ in pairs]
    counts = rule.count([written(said) for _, said in pairs], questions, OPTIONS)
    clusters = np.arange(len(pairs)) % groups if groups else None
    return rule.estimate(counts, OPTIONS, clusters)


@settings(deadline=None)
@given(SETS)
def test_event_f1_equals_scikit_learn_on_indicators(pairs: list[tuple[set[Pair], set[Pair]]]) -> None:
    right, said = (np.array([[key in pair[side] for key in UNIVERSE] for pair in pairs]) for side in (0, 1))
    found = estimate_of(EVENT_F1, pairs)
    if not right.any() and not said.any():
        assert found.status == "undefined_no_positives"
        return
    assert found.value == pytest.approx(f1_score(right, said, average="micro", zero_division=0))
    assert found.parts["precision"] == pytest.approx(
        precision_score(right, said, average="micro", zero_division=0)
    )
    assert found.parts["recall"] == pytest.approx(recall_score(right, said, average="micro", zero_division=0))


@settings(deadline=None)
@given(SETS)
def test_event_f1_deletes_every_item(pairs: list[tuple[set[Pair], set[Pair]]]) -> None:
    found = estimate_of(EVENT_F1, pairs)
    if found.status != "ok":
        return
    others = [estimate_of(EVENT_F1, pairs[:i] + pairs[i + 1 :]).value for i in range(len(pairs))]
    deleted = np.array(others, dtype=float)
    assert found.influence == pytest.approx((len(pairs) - 1) * (deleted.mean() - deleted), abs=1e-9)


def test_clusters_of_like_items_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    pairs = []
    for _ in range(12):
        good = rng.random() < 0.6
        right = {UNIVERSE[int(rng.integers(6))]}
        pairs += [(right, right if good else set())] * 5
    questions = [asked(*sorted(right)) for right, _ in pairs]
    counts = EVENT_F1.count([written(said) for _, said in pairs], questions, OPTIONS)
    alone = EVENT_F1.estimate(counts, OPTIONS)
    together = EVENT_F1.estimate(counts, OPTIONS, np.repeat(np.arange(12), 5))
    assert alone.value == together.value
    assert alone.low is not None and together.low is not None
    assert together.low < alone.low
    assert together.interval == "cluster jackknife-t"


def test_what_was_read_is_json_and_the_registry_knows_these_rules() -> None:
    read = EVENT_F1.read("entity: aspirin, type: drug;", asked(), OPTIONS)
    assert json.loads(json.dumps(read)) == [{"entity": "aspirin", "type": "drug"}]
    assert metric("entity_f1") is ENTITY_F1
    assert metric("event_f1") is EVENT_F1


def test_published_entities_written_out_are_read_back_whole(published_data: Path) -> None:
    path = published_data / "biomed_ner" / "sentences.jsonl"
    if not path.is_file():
        pytest.skip("biomed_ner is not in the data folder")
    answers, questions, n_entities = [], [], 0
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found: set[Pair] = set()
        words: list[str] = []
        for token, tag in [*zip(row["tokens"], row["tags"], strict=True), ("", "O")]:
            if not tag.startswith("I-") and words:
                found.add((" ".join(words), "Entity"))
                words = []
            if tag != "O":
                words.append(token)
        answers.append(written(found))
        questions.append(asked(*sorted(found)))
        n_entities += len(found)
    counts = EVENT_F1.count(answers, questions, OPTIONS)
    assert n_entities > 100
    assert counts.table[:, 1:3].sum() == 0
    assert counts.table[:, 3].all()
