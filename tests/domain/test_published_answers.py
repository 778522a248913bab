"""A published file of answers scores here as the libraries of its rule score it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge import Rouge

from evaluation.domain import tokens
from evaluation.domain.benchmarks import Question
from evaluation.domain.metrics import metric

LANGUAGES = {"task51": "zh", "task52": "en", "task53": "fr", "task54": "ja", "task55": "ru", "task56": "es"}


def submitted(path: Path, task: str) -> tuple[list[Question], list[str]]:
    """The items of a task in a MedS-Bench submission (CSV: task_id, input, GT, output), and the answers."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["task_id"].strip() == task]
    questions = [
        Question(task, str(n), "public", {"instruction": row["input"]}, {"references": [row["GT"]]})
        for n, row in enumerate(rows)
    ]
    return questions, [row["output"] for row in rows]


@pytest.mark.parametrize(("task", "language"), LANGUAGES.items())
def test_a_real_submission_scores_as_the_libraries_of_the_published_rule_score_it(
    published_data: Path, task: str, language: str
) -> None:
    path = published_data / "meds_bench" / "eval_results_Rationale_shared.csv"
    if not path.is_file():
        pytest.skip(f"no {path.name} among the published benchmark data")
    questions, answers = submitted(path, task)
    options = {"language": language}
    cut = {"zh": tokens.jieba_words, "ja": tokens.janome_words}.get(language, tokens.nltk_words)
    bleu, rouge = [], []
    for answer, question in zip(answers, questions, strict=True):
        said, true = answer.strip(), question.gold["references"][0].strip()
        smoothing = SmoothingFunction().method1
        bleu.append(sentence_bleu([cut(true)], cut(said), weights=(1, 0, 0, 0), smoothing_function=smoothing))
        if language in ("zh", "ja"):
            said, true = " ".join(cut(said)), " ".join(cut(true))
        rouge.append(Rouge().get_scores(said, true)[0]["rouge-l"]["f"])
    for name, expected in (("meds_bench.bleu1", bleu), ("meds_bench.rougeL", rouge)):
        rule = metric(name)
        found = rule.estimate(rule.count(answers, questions, options), options)
        assert len(expected) == 15 and found.parts["skipped"] == 0
        assert found.item_scores == pytest.approx(expected, abs=1e-12)
        assert found.value == pytest.approx(np.mean(expected), abs=1e-12)
        assert found.low is not None and found.high is not None
        assert found.low < np.mean(expected) < found.high
