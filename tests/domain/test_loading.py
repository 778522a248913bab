"""What a person may name, and what it stands for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.loading import load, resolve, shipped

SPECIFICATION = """
slug = "bedside"
name = "Bedside"
description = "Made up."
[[files]]
reader = "items"
paths = ["items*.jsonl"]
[[tasks]]
slug = "verdict"
name = "Verdict"
family = "yes_no_maybe"
metric = "accuracy"
"""


def item(number: int, **change: object) -> str:
    asked = {"task": "verdict", "id": f"q{number}", "split": "public", "input": {"question": "Is it?"}}
    return json.dumps({**asked, "gold": {"label": "no"}, **change}) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "benchmark.toml").write_text(SPECIFICATION)
    (tmp_path / "items.jsonl").write_text(item(1) + item(2))
    return tmp_path


def refusal(path: Path, data: Path | None = None) -> str:
    with pytest.raises(BenchmarkError) as refused:
        list(load(path, data).questions)
    return str(refused.value)


def test_a_folder_and_its_specification_stand_for_the_same(folder: Path) -> None:
    assert resolve(folder) == resolve(folder / "benchmark.toml")
    assert [question.key for question in load(folder).questions] == ["q1", "q2"]


def test_the_data_may_lie_elsewhere(folder: Path) -> None:
    other = folder / "elsewhere"
    other.mkdir()
    (other / "items.jsonl").write_text(item(3))
    assert [question.key for question in load(folder, other).questions] == ["q3"]


def test_files_of_a_pattern_are_read_in_the_order_of_their_names(folder: Path) -> None:
    (folder / "items-b.jsonl").write_text(item(4))
    (folder / "items-a.jsonl").write_text(item(3))
    assert [question.key for question in load(folder).questions] == ["q3", "q4", "q1", "q2"]


def test_questions_can_be_read_again(folder: Path) -> None:
    questions = load(folder).questions
    assert list(questions) == list(questions) != []


def test_a_folder_called_as_a_shipped_benchmark_is_read_with_its_specification(tmp_path: Path) -> None:
    (tmp_path / "medmcqa").mkdir()
    row = {"realidx": "1", "question": "Which?", "options": {"A": "x", "B": "y"}, "answer_idx": "B"}
    (tmp_path / "medmcqa" / "questions.jsonl").write_text(json.dumps(row))
    loaded = load(tmp_path / "medmcqa")
    assert (loaded.spec.slug, len(list(loaded.questions))) == ("medmcqa", 1)
    assert resolve(Path("medmcqa"), tmp_path / "medmcqa").spec == loaded.spec


def test_the_sample_benchmark_brings_its_own_data() -> None:
    loaded = load(Path("sample"))
    assert loaded.spec.synthetic and len(list(loaded.questions)) > 100


def test_a_shipped_name_without_its_data_is_refused() -> None:
    assert (
        refusal(Path("medqa"))
        == "benchmark medqa comes without its data: name the folder of its data as well"
    )


def test_what_does_not_exist_is_refused_with_the_shipped_names() -> None:
    message = refusal(Path("medqq"))
    assert message.startswith("medqq does not exist, nor is a benchmark of that name shipped")
    assert ", ".join(shipped()) in message


def test_a_folder_or_file_that_says_nothing_is_refused(tmp_path: Path) -> None:
    assert "holds no benchmark.toml" in refusal(tmp_path)
    (tmp_path / "notes.txt").write_text("notes")
    assert "neither a TOML specification nor a file that describes itself" in refusal(tmp_path / "notes.txt")


def test_a_missing_data_folder_or_file_is_refused(folder: Path) -> None:
    assert refusal(folder, folder / "none") == f"data folder {folder / 'none'} does not exist"
    (folder / "benchmark.toml").write_text(SPECIFICATION.replace("items*.jsonl", "other.jsonl"))
    assert (
        refusal(folder)
        == f"[[files]] number 1: {folder / 'other.jsonl'} does not exist; is this the data folder?"
    )


def test_files_without_questions_are_refused(folder: Path) -> None:
    (folder / "items.jsonl").write_text("")
    assert refusal(folder) == "bedside: the files hold no questions; are they empty?"


def test_a_fault_of_the_settings_names_its_table(folder: Path) -> None:
    (folder / "benchmark.toml").write_text(
        SPECIFICATION.replace("[[tasks]]", '[files.settings]\ntsk = "a"\n[[tasks]]')
    )
    assert refusal(folder).startswith("bedside: [[files]] number 1, reader 'items': settings: ")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (item(1), "items.jsonl, line 2: item 'q1': this key was already used in items.jsonl, line 1"),
        (item(2, gold={"label": "perhaps"}), "items.jsonl, line 2: item 'q2': gold label 'perhaps'"),
        (item(2, input={"question": ""}), "items.jsonl, line 2: item 'q2': empty question"),
        (item(2, task="other"), "items.jsonl, line 2: item 'q2': unknown task 'other'"),
        (item(2)[:30], "items.jsonl, line 2: broken JSON"),
    ],
)
def test_a_broken_item_is_refused_with_file_line_and_reason(folder: Path, broken: str, said: str) -> None:
    (folder / "items.jsonl").write_text(item(1) + broken)
    assert refusal(folder).startswith(said)
