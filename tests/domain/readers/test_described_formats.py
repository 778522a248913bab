"""Task files that describe themselves: MedS-Bench and BRIDGE, with small files of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.benchmarks import BenchmarkError, Question, TaskSpec
from evaluation.domain.loading import LoadedBenchmark, load


def task_file(instances: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    return {"Definition": ["Say why."], "Input_language": ["French"], "Instances": instances, **more}


def instance(number: int, *outputs: str) -> dict[str, Any]:
    return {"id": f"i{number}", "input": f"Input {number}", "output": list(outputs)}


def record(number: int, output: str, **more: Any) -> dict[str, Any]:
    asked = {"instruction": "Say.", "input": f"Report {number}", "output": output}
    return {"task": "Made up", "language": "en", "task type": "Question Answering"} | (
        {"id": number, "split": "test"} | asked | more
    )


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def only(loaded: LoadedBenchmark) -> tuple[TaskSpec, list[Question]]:
    (task,) = loaded.spec.tasks
    return task, list(loaded.questions)


def refusal(path: Path) -> str:
    with pytest.raises(BenchmarkError) as refused:
        list(load(path).questions)
    return str(refused.value)


def test_a_meds_bench_file_is_a_benchmark_of_one_task(tmp_path: Path) -> None:
    content = task_file([instance(1, "Because.", "Since."), instance(2, ""), instance(3)])
    loaded = load(written(tmp_path / "task53_rationale_fr.json", content))
    task, questions = only(loaded)
    assert (loaded.spec.slug, task.slug) == ("task53-rationale-fr", "task53-rationale-fr")
    assert (task.language, task.metric, task.prompt) == ("fr", "meds_bench.rougeL", "Say why.")
    # published scoring looks at output[0] alone
    assert [(q.key, q.input, q.gold) for q in questions] == [
        ("task53-rationale-fr-i1", {"question": "Input 1"}, {"references": ["Because."]})
    ]
    assert loaded.questions.dropped == {"the published output is empty": 2}


@pytest.mark.parametrize(
    ("name", "family", "metric", "options"),
    [
        ("task4_x.json", "multiple_choice", "meds_bench.mcqa", {}),
        ("task123_x.json", "multiple_choice", "meds_bench.mcqa", {"letters": "yn"}),
        ("task29_x.json", "extraction", "meds_bench.substring", {}),
        ("task127_x.json", "extraction", "meds_bench.ner", {}),
        ("task117_x.json", "classification", "meds_bench.true_false", {}),
        ("task106_x.json", "multi_label", "meds_bench.hallmarks", {}),
        ("task16_x.json", "classification", "meds_bench.first_line", {}),
    ],
)
def test_the_number_of_a_meds_bench_file_says_how_it_is_scored(
    tmp_path: Path, name: str, family: str, metric: str, options: dict[str, Any]
) -> None:
    task, _ = only(load(written(tmp_path / name, task_file([instance(1, "B")]))))
    assert (task.family, task.metric, task.options) == (family, metric, options)


def test_a_meds_bench_file_without_language_takes_that_of_its_number(tmp_path: Path) -> None:
    unnamed = {**task_file([instance(1, "理由。")]), "Input_language": [""]}
    assert only(load(written(tmp_path / "task54_x.json", unnamed)))[0].language == "ja"


def test_a_folder_of_meds_bench_files_is_one_benchmark(tmp_path: Path) -> None:
    written(tmp_path / "task51_a.json", task_file([instance(1, "One.")]))
    written(tmp_path / "task52_b.json", task_file([instance(1, "Two.")]))
    loaded = load(tmp_path)
    assert [task.slug for task in loaded.spec.tasks] == ["task51-a", "task52-b"]
    assert [question.key for question in loaded.questions] == ["task51-a-i1", "task52-b-i1"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("task_x.json", task_file([]), "is called task<number>_<name>.json"),
        ("task999_x.json", task_file([]), "task 999 has no published MedS-Bench rule"),
        ("task53_x.json", {"Definition": ["Say."]}, "missing required field `Instances`"),
        ("task53_x.json", task_file([], Input_language=["Klingon"]), "Input_language 'klingon' is unknown"),
        (
            "task53_x.json",
            task_file([{"id": "i1"}]),
            "task53_x.json, record 1: Object missing",
        ),
        ("task53_x.json", task_file([]), "the files hold no questions"),
    ],
)
def test_a_meds_bench_file_of_another_shape_is_refused(
    tmp_path: Path, name: str, content: Any, said: str
) -> None:
    assert said in refusal(written(tmp_path / name, content))


def test_a_broken_meds_bench_file_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "task53_x.json"
    path.write_text('{\n"Definition": ["Say."],\n"Instances": [\n{"id": 1,]}\n')
    assert refusal(path).startswith("task53_x.json, line 4: broken JSON")


def test_bridge_asks_the_test_split_and_leaves_out_what_has_no_output(tmp_path: Path) -> None:
    records = [
        record(1, "Rest."),
        record(2, ""),
        record(3, "Rest.", split="train"),
        record(4, "", output_list=["a", "b"]),
    ]
    loaded = load(written(tmp_path / "Made up.SFT.json", records))
    task, questions = only(loaded)
    assert (task.slug, task.family, task.metric) == ("made-up", "open_question", "bridge.generation")
    assert questions[0].input == {"instruction": "Say.", "context": "Report 1"}
    assert [(q.key, q.gold) for q in questions] == [
        ("made-up-1", {"references": ["Rest."]}),
        ("made-up-4", {"references": ["a", "b"]}),
    ]
    assert sorted(loaded.questions.dropped.values()) == [1, 1]


def test_a_bridge_label_is_what_follows_its_prefix(tmp_path: Path) -> None:
    named = {"task": "BrainMRI-AIS", "task type": "Text Classification"}
    named["instruction"] = 'AIS: label\nThe optional list for "label" is ["Yes", "No"].'
    task, questions = only(load(written(tmp_path / "x.SFT.json", [record(1, "AIS: No", **named)])))
    assert task.options == {"prefix": "AIS", "labels": ["Yes", "No"]}
    assert questions[0].gold == {"label": "No"}
    assert (task.access, task.specialty) == ("regulated", ("Neurology", "Radiology"))  # from the catalogue


def test_bridge_labels_without_a_list_are_those_of_the_references(tmp_path: Path) -> None:
    records = [record(1, "area: chest", task="CARES-Area"), record(2, "area: knee", task="CARES-Area")]
    task, _ = only(load(written(tmp_path / "x.SFT.json", records)))
    assert task.options["labels"] == ["chest", "knee"]


def test_bridge_codes_are_an_open_set_of_labels(tmp_path: Path) -> None:
    records = [record(1, "codes: C50.9, C34", task="Cantemist-Coding")]
    task, (question,) = only(load(written(tmp_path / "x.SFT.json", records)))
    assert (task.metric, task.options) == ("bridge.multilabel", {"prefix": "codes", "open_set": True})
    assert question.gold == {"labels": ["C50.9", "C34"]}


def test_bridge_records_are_read_by_the_fields_of_the_catalogue(tmp_path: Path) -> None:
    lines = "drug: aspirin, dosage: 100 mg;\ndrug: heparin, dosage: 5 IU;"
    records = [record(1, lines, task="ADE-Drug dosage"), record(2, "nothing to list", task="ADE-Drug dosage")]
    loaded = load(written(tmp_path / "x.SFT.json", records))
    task, (question,) = only(loaded)
    assert task.options == {"subject": ["drug"], "features": ["dosage"]}
    assert question.gold["records"] == [
        {"drug": "aspirin", "dosage": "100 mg"},
        {"drug": "heparin", "dosage": "5 IU"},
    ]
    assert loaded.questions.dropped == {"no reference can be read from the published output": 1}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([record(1, "x", split="holdout")], "x.SFT.json, record 1: Invalid enum value 'holdout'"),
        ([record(1, "")], "no record of the test split has an output"),
        ([record(1, "x", **{"task type": "Poetry"})], "of type 'Poetry' is not a published BRIDGE task"),
        ([record(1, "x", language="english")], "language 'english': use two letters"),
        ([record(1, "x"), record(1, "y")], "record 2: item 'made-up-1': this key was already used"),
        ({"task": "Made up"}, "x.SFT.json: Expected `array`, got `object`"),
    ],
)
def test_a_bridge_file_of_another_shape_is_refused(tmp_path: Path, records: Any, said: str) -> None:
    assert said in refusal(written(tmp_path / "x.SFT.json", records))
