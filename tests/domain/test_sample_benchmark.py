"""The sample benchmark keeps what its README promises: shape, balance and right sums."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.benchmarks import CONSULTING, FAMILIES, JUDGING
from evaluation.domain.metrics import METRICS
from evaluation.domain.readers import reader
from evaluation.domain.readers.rows import DataFile
from evaluation.domain.specification import read_specification
from evaluation.domain.validation import validated

SAMPLE = Path(__file__).parents[2] / "evaluation" / "specs" / "sample"
SPEC = tomllib.loads((SAMPLE / "benchmark.toml").read_text(encoding="utf-8"))
TASKS: dict[str, dict[str, Any]] = {task["slug"]: task for task in SPEC["tasks"]}
ITEMS: list[dict[str, Any]] = [
    json.loads(line) for line in (SAMPLE / "items.jsonl").read_text(encoding="utf-8").splitlines()
]
BY_ID = {item["id"]: item for item in ITEMS}


def items_of(*families: str) -> list[dict[str, Any]]:
    return [item for item in ITEMS if TASKS[item["task"]]["family"] in families]


def by_task(items: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for item in items:
        groups[item["task"]].append(item)
    return dict(groups)


def test_the_sample_says_that_it_is_synthetic_and_free_to_use() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert SPEC["synthetic"] is True
    assert SPEC["licence"] == "CC0-1.0"
    assert {task["licence"] for task in TASKS.values()} == {"CC0-1.0"}
    assert "not validated by physicians" in readme
    assert "synthetic" in readme


def test_the_platform_s_own_loader_takes_every_item() -> None:
    spec = read_specification(SAMPLE / "benchmark.toml")
    rows = [
        row
        for file in spec.files
        for row in reader(file.reader)([DataFile(SAMPLE / path, path) for path in file.paths], file.settings)
    ]
    assert [getattr(row, "key", row) for row in validated(spec, rows)] == list(BY_ID)


def test_there_are_about_a_hundred_and_twenty_items_with_ids_and_contents_of_their_own() -> None:
    assert 110 <= len(ITEMS) <= 130
    assert len(BY_ID) == len(ITEMS)
    contents = {(item["task"], json.dumps(item["input"], sort_keys=True)) for item in ITEMS}
    assert len(contents) == len(ITEMS)


def test_every_task_has_five_to_ten_items_on_both_sides_of_the_split() -> None:
    groups = by_task(ITEMS)
    assert len(TASKS) == len(SPEC["tasks"])
    assert groups.keys() == TASKS.keys()
    for items in groups.values():
        splits = Counter(item["split"] for item in items)
        assert splits.keys() == {"public", "private"}
        assert 5 <= len(items) <= 10
        assert 0.25 <= splits["public"] / len(items) <= 0.5
    assert 0.35 <= sum(item["split"] == "public" for item in ITEMS) / len(ITEMS) <= 0.45


def test_every_family_and_four_languages_occur_and_every_metric_is_known() -> None:
    assert {task["family"] for task in TASKS.values()} == set(FAMILIES) - {*JUDGING, *CONSULTING}
    assert {task["language"] for task in TASKS.values()} == {"en", "es", "zh", "ja"}
    assert {task["metric"] for task in TASKS.values()} <= METRICS.keys()


@pytest.mark.parametrize("facet", ["document_type", "stage", "application"])
def test_a_board_can_be_filtered_by_each_facet(facet: str) -> None:
    assert all(task[facet] for task in TASKS.values())
    assert len({task[facet] for task in TASKS.values()}) >= 4


def test_a_cluster_lies_on_one_side_of_the_split() -> None:
    splits, sizes = defaultdict(set), Counter[str]()
    for item in ITEMS:
        if cluster := item.get("cluster"):
            splits[cluster].add(item["split"])
            sizes[cluster] += 1
    assert splits
    assert all(len(sides) == 1 for sides in splits.values())
    assert min(sizes.values()) >= 2  # a cluster of one shares nothing


def test_right_letters_are_among_the_options_and_no_letter_is_a_good_guess() -> None:
    for items in by_task(items_of("multiple_choice")).values():
        letters = Counter(letter for item in items for letter in item["gold"]["letters"])
        fewest = min(len(item["input"]["options"]) for item in items)
        assert max(letters.values()) / letters.total() <= max(0.4, 1 / fewest)
        for item in items:
            options, gold = item["input"]["options"], item["gold"]["letters"]
            assert "".join(options) == "ABCDEFGHIJ"[: len(options)]
            assert len(set(options.values())) == len(options)
            assert gold == sorted(set(gold))
            assert set(gold) <= options.keys()


def test_several_letters_are_right_only_where_all_of_them_are_asked_for() -> None:
    for item in items_of("multiple_choice"):
        asks_for_all = TASKS[item["task"]]["metric"] == "exact_set"
        assert (len(item["gold"]["letters"]) > 1) == asks_for_all


def test_the_longest_option_is_not_usually_right() -> None:
    single = [item for item in items_of("multiple_choice") if len(item["gold"]["letters"]) == 1]
    longest = [max(item["input"]["options"].items(), key=lambda option: len(option[1]))[0] for item in single]
    hits = sum(letter == item["gold"]["letters"][0] for letter, item in zip(longest, single, strict=True))
    assert hits / len(single) <= 0.4


def test_labels_are_those_of_the_task_and_none_is_missing_from_the_items() -> None:
    for slug, items in by_task(items_of("yes_no_maybe", "classification", "multi_label")).items():
        found = [item["gold"].get("labels") or [item["gold"]["label"]] for item in items]
        assert {label for labels in found for label in labels} == set(TASKS[slug]["options"]["labels"])
        assert all(len(set(labels)) == len(labels) > 0 for labels in found)


def test_records_have_the_fields_of_the_task_and_the_words_of_the_text() -> None:
    for item in items_of("extraction"):
        options = TASKS[item["task"]]["options"]
        assert set(options["subject"]) <= set(options["fields"])
        for record in item["gold"]["records"]:
            assert list(record) == options["fields"]
            copied = [value for field, value in record.items() if field != "type"]
            assert all(words in item["input"]["context"] for words in copied)
            assert record.get("type", "drug") in {"drug", "condition"}


def test_a_wrong_sentence_is_one_of_the_note_and_its_correction_differs() -> None:
    for item in items_of("error_correction"):
        sentences, gold = dict(item["input"]["sentences"]), item["gold"]
        assert list(sentences) == [str(number) for number in range(1, len(sentences) + 1)]
        if gold["flag"]:
            assert sentences[gold["sentence_id"]] != gold["correction"]
        else:
            assert gold == {"flag": 0, "sentence_id": None, "correction": None}


def test_a_third_of_the_notes_hold_no_error() -> None:
    for items in by_task(items_of("error_correction")).values():
        assert sum(1 - item["gold"]["flag"] for item in items) / len(items) == pytest.approx(1 / 3)


def test_texts_have_one_or_two_references() -> None:
    for item in items_of("summarisation", "open_question"):
        references = item["gold"]["references"]
        assert 1 <= len(references) <= 2
        assert all(reference.strip() == reference != "" for reference in references)


FIGURE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def after(words: str, note: str) -> float:
    """The first figure that follows `words` in the note."""
    return float(FIGURE.findall(note[note.index(words) + len(words) :])[0])


def dates(note: str) -> list[date]:
    return [date.fromisoformat(found) for found in re.findall(r"\d{4}-\d\d-\d\d", note)]


def creatinine_clearance(note: str) -> float:
    # Cockcroft-Gault, woman: (140 − 76) × 58 / (72 × 1.3) × 0.85 = 33.71
    return (140 - after("age", note)) * after("weight", note) / (72 * after("creatinine", note)) * 0.85


def dose_volume(note: str) -> float:
    # 90 mg/kg × 14 kg / 2 doses = 630 mg; 400 mg / 5 mL = 80 mg/mL; 630 / 80 = 7.875 mL
    dose = after("amoxicillin", note) * after("weight", note) / after("divided into", note)
    return dose / (after("contains", note) / after("mg in", note))


def maintenance_rate(note: str) -> float:
    # 23 kg: 4 × 10 + 2 × 10 + 1 × 3 = 63
    return 4 * 10 + 2 * 10 + 1 * (after("weight", note) - 20)


def osmolality(note: str) -> float:
    # 2 × 131 + 540 / 18 + 28 / 2.8 = 302
    return 2 * after("sodium", note) + after("glucose", note) / 18 + after("urea nitrogen", note) / 2.8


def cha2ds2_vasc(note: str) -> float:
    # heart failure 1, hypertension 1, age 77: 2, transient ischaemic attack 2, woman 1
    patient = note.split("No diabetes")[0]
    points = {"heart failure": 1, "hypertension": 1, "transient ischaemic attack": 2, "Woman": 1}
    return sum(value for word, value in points.items() if word in patient) + 2 * (after("age", patient) >= 75)


def gestational_age(note: str) -> list[int]:
    # 2023-11-06 to 2024-03-19 (leap year): 134 days = 19 weeks 1 day
    visit, last_period = dates(note)
    return list(divmod((visit - last_period).days, 7))


FORMULAS: dict[str, Callable[[str], Any]] = {
    "sample-calculation-001": creatinine_clearance,
    "sample-calculation-002": lambda note: after("weight", note) / (after("height", note) / 100) ** 2,
    "sample-calculation-003": lambda note: (
        after("sodium", note) - after("chloride", note) - after("bicarbonate", note)
    ),
    "sample-calculation-004": osmolality,
    "sample-calculation-005": lambda note: after("calcium", note) + 0.8 * (4.0 - after("albumin", note)),
    "sample-calculation-006": dose_volume,
    "sample-calculation-007": gestational_age,
    "sample-calculation-008": lambda note: (dates(note)[0] + timedelta(days=280)).isoformat(),
    "sample-calculation-009": maintenance_rate,
    "sample-calculation-010": cha2ds2_vasc,
}


def test_every_calculation_has_its_formula_here() -> None:
    assert FORMULAS.keys() == {item["id"] for item in items_of("calculation")}


@pytest.mark.parametrize("key", FORMULAS)
def test_a_calculation_comes_out_of_the_figures_in_its_note(key: str) -> None:
    gold, result = BY_ID[key]["gold"], FORMULAS[key](BY_ID[key]["input"]["context"])
    if gold["kind"] in {"number", "integer"}:
        # references are kept to two decimals
        assert gold["value"] == pytest.approx(result, abs=0.006 if gold["kind"] == "number" else 1e-9)
    else:
        assert gold["value"] == result


def test_the_bounds_of_a_number_are_the_task_s_tolerance_and_hold_its_rounded_value() -> None:
    tolerance = TASKS["calculation"]["options"]["tolerance"]
    numbers = [item["gold"] for item in items_of("calculation") if item["gold"]["kind"] == "number"]
    assert numbers
    for gold in numbers:
        assert gold["lower"] == pytest.approx(gold["value"] * (1 - tolerance), abs=1e-3)
        assert gold["upper"] == pytest.approx(gold["value"] * (1 + tolerance), abs=1e-3)
        assert gold["lower"] <= round(gold["value"], 1) <= gold["upper"]  # one decimal is what is asked for
