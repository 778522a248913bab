"""The real published files: all of them load, and broken copies of them are refused."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.content import content_hash
from evaluation.domain.loading import load

# records of each folder as its SOURCE.md counts them, and what of them becomes questions
QUESTIONS = {
    "aci_bench": 20,
    "biomed_ner": 200,
    "bridge": 3,
    "casimedicos_arg": 160,
    "igakuqa119": 71,
    "m_arc": 50,
    "medagentsbench_predictions": 100,
    "medcalc_bench": 22,
    "medec": 200,
    "medmcqa": 200,
    "medqa": 200,
    "medrect": 300,  # 100 English, 100 Japanese, 100 exam questions
    "mslr_human_eval": 128,  # 148 votes; 17 pairs have two or three
    "medsss_eval": 191,  # 90 + 90 + 11
    "mmlu_medical": 200,
    "mmlu_pro_health": 100,
    "mts_dialog": 80,  # 40 dialogues, each asked for a text and for a header
    "pubmedqa": 200,
    "rabbits": 43,  # 50 MedQA swaps, 7 of them dropped by the physicians; MedMCQA's answers are hidden
    "xlinghealth": 1039,  # (80 + 50) × 2 sets × 4 languages = 1040, less one empty English question
}
DROPPED = {"rabbits": {25 + 7, 125}, "xlinghealth": {1}}
LETTERS = set("ABCDEFGHIJ")
SHOWN = {"question", "options", "context", "instruction", "sentences", "dialogue"}
JUDGED = {"answer", "answers", "criterion", "reference"}  # what a judge is shown besides


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_published_folder_loads_whole_and_always_the_same(published_data: Path, name: str) -> None:
    loaded = load(published_data / name)
    questions = list(loaded.questions)
    assert len(questions) == QUESTIONS[name]
    assert set(loaded.questions.dropped.values()) == DROPPED.get(name, set())
    assert len({question.key for question in questions}) == len(questions)
    assert content_hash(loaded.spec, questions) == content_hash(
        loaded.spec, load(published_data / name).questions
    )


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_reference_leaks_into_what_is_asked(published_data: Path, name: str) -> None:
    for question in load(published_data / name).questions:
        assert set(question.input) <= SHOWN | (JUDGED if "answers" in question.input else set())
        assert set(question.gold.get("letters", [])) <= set(question.input.get("options", {})) <= LETTERS


def tasks_of(folder: Path) -> Counter[str]:
    return Counter(question.task for question in load(folder).questions)


def test_mmlu_subjects_are_tasks(published_data: Path) -> None:
    tasks = tasks_of(published_data / "mmlu_medical")
    assert set(tasks) == {
        *("anatomy", "clinical-knowledge", "college-biology", "college-medicine"),
        *("medical-genetics", "professional-medicine"),
    }


def test_languages_and_corpora_are_tasks_of_equal_size(published_data: Path) -> None:
    assert set(tasks_of(published_data / "casimedicos_arg").values()) == {40}
    assert set(tasks_of(published_data / "biomed_ner").values()) == {40}


def test_translations_of_one_case_share_a_cluster(published_data: Path) -> None:
    clusters = Counter(question.cluster for question in load(published_data / "casimedicos_arg").questions)
    assert set(clusters.values()) == {4}


def test_medec_sentences_are_cut_where_the_file_says(published_data: Path) -> None:
    with (published_data / "medec" / "medec_ms.csv").open(encoding="utf-8", newline="") as handle:
        published = {row["Text ID"]: row for row in csv.DictReader(handle)}
    wrong = 0
    for question in load(published_data / "medec").questions:
        if question.gold["flag"]:
            wrong += 1
            text = dict(question.input["sentences"])[question.gold["sentence_id"]]
            assert text.split() == published[question.key]["Error Sentence"].split()
    assert wrong == sum(row["Error Flag"] == "1" for row in published.values())


def test_sentences_with_and_without_entities_are_both_there(published_data: Path) -> None:
    questions = list(load(published_data / "biomed_ner").questions)
    named = [question for question in questions if question.gold["records"]]
    assert len(named) == 5 * 28  # SOURCE.md: 28 of each corpus's 40 sentences have entities
    for question in named:
        assert all(record["entity"] in question.input["context"] for record in question.gold["records"])


def without_its_end(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:4], lines[4][: len(lines[4]) // 2] + b"\n", *lines[5:]])


def with_a_line_twice(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:4], lines[0], *lines[4:]])


def with_another_letter(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    row = {**json.loads(lines[4]), "answer_idx": "Z"}
    return b"".join([*lines[:4], json.dumps(row).encode() + b"\n", *lines[5:]])


def in_latin_1(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:4], lines[4].replace(b'"question": "', b'"question": "\xe9', 1), *lines[5:]])


@pytest.mark.parametrize("name", ["medqa", "medmcqa", "mmlu_medical", "mmlu_pro_health"])
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_its_end, "broken JSON"),
        (with_a_line_twice, "this key was already used in questions.jsonl, line 1"),
        (with_another_letter, "right answer 'Z' is not among the options A, B, C, D"),
        (in_latin_1, "not UTF-8 text"),
    ],
)
def test_a_damaged_question_file_is_refused_naming_file_and_line(
    published_data: Path, tmp_path: Path, name: str, damage: Callable[[bytes], bytes], said: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    content = (published_data / name / "questions.jsonl").read_bytes()
    (folder / "questions.jsonl").write_bytes(damage(content))
    with pytest.raises(BenchmarkError) as refused:
        list(load(folder).questions)
    assert str(refused.value).startswith("questions.jsonl, line 5: ")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "file"),
    [("medec", "medec_ms.csv"), ("m_arc", "questions.csv"), ("aci_bench", "encounters.csv")],
)
def test_a_table_that_breaks_off_is_refused_naming_file_and_line(
    published_data: Path, tmp_path: Path, name: str, file: str
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    content = (published_data / name / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(BenchmarkError, match=rf"^{file}, line [0-9]+: "):
        list(load(folder).questions)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_folder_without_one_of_its_files_is_refused(
    published_data: Path, tmp_path: Path, name: str
) -> None:
    needed = {pattern for file in load(published_data / name).spec.files for pattern in file.paths}
    read = {path.name for pattern in needed for path in (published_data / name).glob(pattern)}
    folder = tmp_path / name
    folder.mkdir()
    for path in (published_data / name).iterdir():
        if path.name not in read:
            shutil.copyfile(path, folder / path.name)
    with pytest.raises(BenchmarkError, match=r"not exist|hold no questions|holds no bench|called task"):
        list(load(folder).questions)
