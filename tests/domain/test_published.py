"""Published result files are read whole, and what they report can be recomputed from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge import Rouge

from evaluation.domain import tokens
from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.metrics import metric
from evaluation.domain.published import (
    average_performance,
    board_rank,
    read_bridge_board,
    read_meds_bench_submission,
)

LANGUAGES = {"task51": "zh", "task52": "en", "task53": "fr", "task54": "ja", "task55": "ru", "task56": "es"}
BOARD: dict[str, dict[str, Any]] = {
    "T": {"0": 2, "7": 1},
    "Model": {"0": "older", "7": "newer"},
    "Model: License": {"0": "MIT", "7": "Apache-2.0"},
    "Average Performance": {"0": "45.25", "7": "50.00"},
    "Dosage": {"0": 40.5, "7": 60.0},
    "Dialogue": {"0": 50.0, "7": 40.0},
}


def published(folder: Path, *names: str) -> Path:
    path = folder.joinpath(*names)
    if not path.is_file():
        pytest.skip(f"no {path.name} among the published benchmark data")
    return path


def write(folder: Path, text: str) -> Path:
    path = folder / "file"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_submission_is_read_by_task(tmp_path: Path) -> None:
    path = write(tmp_path, 'task_id,input,GT,output\ntask4,"Q, 1",B,"B\nsure"\ntask9,Q,C,\ntask4,Q 2,A,a\n')
    tasks = read_meds_bench_submission(path)
    assert list(tasks) == ["task4", "task9"]
    assert tasks["task4"].answers == ("B\nsure", "a")
    assert tasks["task9"].answers == ("",)
    first, second = tasks["task4"].questions
    assert (first.key, second.key) == ("1", "3")
    assert (first.input, first.gold) == ({"instruction": "Q, 1"}, {"references": ["B"]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no column task_id, input, GT, output"),
        ("task_id,input,output\nt,i,o\n", "no column GT; a MedS-Bench submission has the columns"),
        ("task_id,input,GT,output\nt,i,g\n", "line 2: cells and columns differ in number"),
        ("task_id,input,GT,output\nt,i,g,o,p\n", "line 2: cells and columns differ in number"),
        ("task_id,input,GT,output\n ,i,g,o\n", "item 1: task_id is empty"),
        ('task_id,input,GT,output\nt,i,g,"o', "broken CSV"),
    ],
)
def test_a_broken_submission_is_refused_with_a_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BenchmarkError, match=reason):
        read_meds_bench_submission(write(tmp_path, text))


def test_a_submission_in_another_encoding_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("task_id,input,GT,output\nt,é,g,o\n".encode("latin-1"))
    with pytest.raises(BenchmarkError, match="not UTF-8"):
        read_meds_bench_submission(path)


def test_a_board_is_read_by_column(tmp_path: Path) -> None:
    board = read_bridge_board(write(tmp_path, json.dumps(BOARD)))
    assert board.systems == ("older", "newer")
    assert board.facts[1] == {"Model: License": "Apache-2.0"}
    assert board.tasks == ("Dosage", "Dialogue")
    assert board.scores.tolist() == [[40.5, 50.0], [60.0, 40.0]]
    assert average_performance(board.scores).tolist() == board.average.tolist() == [45.25, 50.0]
    assert board_rank(board.average).tolist() == board.rank.tolist() == [2, 1]


def test_equal_averages_are_ranked_in_the_order_of_the_rows() -> None:
    assert board_rank(np.array([1.0, 3.0, 1.0, 2.0])).tolist() == [3, 1, 4, 2]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Model": None}, "is one JSON object a column"),
        ({"Dosage": {"0": 1.0}}, "column 'Dosage' has other rows than 'Model'"),
        ({"Dosage": {"0": 1.0, "7": "-"}}, "column 'Dosage' holds something that is no number"),
        ({"Dosage": {"0": 1.0, "7": float("nan")}}, "column 'Dosage' has a missing value"),
    ],
)
def test_a_broken_board_is_refused_with_a_reason(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BenchmarkError, match=reason):
        read_bridge_board(write(tmp_path, json.dumps(BOARD | change)))


@pytest.mark.parametrize("missing", ["T", "Model", "Average Performance"])
def test_a_board_without_a_needed_column_is_refused_with_a_reason(tmp_path: Path, missing: str) -> None:
    board = {name: column for name, column in BOARD.items() if name != missing}
    with pytest.raises(BenchmarkError, match=f"no column '{missing}'"):
        read_bridge_board(write(tmp_path, json.dumps(board)))


def test_a_board_without_tasks_and_a_file_without_json_are_refused_with_a_reason(tmp_path: Path) -> None:
    bare = {name: BOARD[name] for name in ("T", "Model", "Average Performance")}
    with pytest.raises(BenchmarkError, match="no task columns"):
        read_bridge_board(write(tmp_path, json.dumps(bare)))
    with pytest.raises(BenchmarkError, match="not JSON"):
        read_bridge_board(write(tmp_path, "<html>"))


def test_the_published_zero_shot_board_follows_from_its_98_by_87_scores(published_data: Path) -> None:
    board = read_bridge_board(published(published_data, "bridge", "Zero-Shot_leaderboard.json"))
    assert board.scores.shape == (98, 87)
    recomputed = average_performance(board.scores)
    assert np.abs(recomputed - board.average).max() <= 0.005 + 1e-9  # rounded to two decimals
    assert np.array_equal(board_rank(recomputed), board.rank)


@pytest.mark.parametrize(("task", "language"), LANGUAGES.items())
def test_a_real_submission_scores_as_the_libraries_of_the_published_rule_score_it(
    published_data: Path, task: str, language: str
) -> None:
    path = published(published_data, "meds_bench", "eval_results_Rationale_shared.csv")
    submitted = read_meds_bench_submission(path)[task]
    options = {"language": language}
    cut = {"zh": tokens.jieba_words, "ja": tokens.janome_words}.get(language, tokens.nltk_words)
    bleu, rouge = [], []
    for answer, question in zip(submitted.answers, submitted.questions, strict=True):
        said, true = answer.strip(), question.gold["references"][0].strip()
        smoothing = SmoothingFunction().method1
        bleu.append(sentence_bleu([cut(true)], cut(said), weights=(1, 0, 0, 0), smoothing_function=smoothing))
        if language in ("zh", "ja"):
            said, true = " ".join(cut(said)), " ".join(cut(true))
        rouge.append(Rouge().get_scores(said, true)[0]["rouge-l"]["f"])
    for name, expected in (("meds_bench.bleu1", bleu), ("meds_bench.rougeL", rouge)):
        rule = metric(name)
        found = rule.estimate(rule.count(submitted.answers, submitted.questions, options), options)
        assert len(expected) == 15 and found.parts["skipped"] == 0
        assert found.item_scores == pytest.approx(expected, abs=1e-12)
        assert found.value == pytest.approx(np.mean(expected), abs=1e-12)
        assert found.low is not None and found.high is not None
        assert found.low < np.mean(expected) < found.high
