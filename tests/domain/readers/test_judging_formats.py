"""Published files in which people judged answers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import cohen_kappa_score, f1_score

from evaluation.domain.benchmarks import BenchmarkError, Question
from evaluation.domain.loading import LoadedBenchmark, load
from evaluation.domain.metrics import metric

MEDVAL = ("#", "id", "task", "input", "reference_output", "output", "physician_error_assessment",
          "physician_risk_grade")  # fmt: skip


def medval(folder: Path, *changes: dict[str, str]) -> LoadedBenchmark:
    sample = {
        "#": "1", "id": "7", "task": "report2impression", "input": "No effusion.", "reference_output": "",
        "output": "Effusion.", "physician_error_assessment": "Error 1: Fabricated claim: effusion",
        "physician_risk_grade": "4",
    }  # fmt: skip
    with (folder / "medval_bench.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, MEDVAL)
        writer.writeheader()
        writer.writerows(sample | change for change in changes)
    return load(Path("medval_bench"), folder)


def test_a_second_grading_of_one_output_is_a_second_label(tmp_path: Path) -> None:
    second = {"physician_risk_grade": "3.0", "physician_error_assessment": "none", "#": "2"}
    other = {"output": "No effusion, thus normal.", "physician_error_assessment": "Error 1: odd"}
    questions = list(medval(tmp_path, {}, second, other).questions)
    assert [question.gold["labels"] for question in questions] == [
        [{"rater": "grading-1", "risk": 4, "errors": ["fabricated_claim"]},
         {"rater": "grading-2", "risk": 3, "errors": []}],
        [{"rater": "grading-1", "risk": 4}],  # an error without a category that could be read: none are given
    ]  # fmt: skip
    assert questions[0].cluster == questions[1].cluster
    assert questions[0].input == {
        "question": "report to impression",
        "context": "No effusion.",
        "answer": "Effusion.",
    }


def test_rows_that_nobody_graded_and_copies_are_left_out_and_said(tmp_path: Path) -> None:
    loaded = medval(tmp_path, {}, {}, {"physician_risk_grade": "", "output": "x"})
    assert len(list(loaded.questions)) == 1
    assert set(loaded.questions.dropped) == {
        "the row repeats another one word for word", "no physician graded this output",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"physician_risk_grade": "high"}, "line 2.*'high' is not among 1, 2, 3 and 4"),
     ({"task": "note2poem"}, "line 2.*'note2poem' belongs to no task")],
)  # fmt: skip
def test_broken_medval_rows_are_refused_with_their_line(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    with pytest.raises(BenchmarkError, match=reason):
        list(medval(tmp_path, change).questions)


def meta(folder: Path, **change: Any) -> LoadedBenchmark:
    row = {
        "prompt": [{"role": "user", "content": "My chest hurts."}], "completion": "Call for help now.",
        "rubric": "Sends the user to emergency care.", "category": "emergency_referrals", "completion_id": "c",
        "binary_labels": [True, False], "anonymized_physician_ids": ["d1", "d2"],
    } | change  # fmt: skip
    (folder / "oss_meta_eval.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return load(Path("healthbench_meta"), folder)


def test_a_line_of_healthbench_s_meta_evaluation_has_every_physician_s_label(tmp_path: Path) -> None:
    (question,) = meta(tmp_path).questions
    assert question.gold == {"labels": [{"rater": "d1", "met": True}, {"rater": "d2", "met": False}]}
    assert question.input == {
        "dialogue": "User: My chest hurts.", "answer": "Call for help now.",
        "criterion": "Sends the user to emergency care.",
    }  # fmt: skip


def test_labels_without_their_physicians_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"line 1.*2 labels of 1 physicians"):
        list(meta(tmp_path, anonymized_physician_ids=["d1"]).questions)
    with pytest.raises(BenchmarkError, match="labelled the same reply twice"):
        list(meta(tmp_path, anonymized_physician_ids=["d1", "d1"]).questions)


def test_votes_on_the_same_two_summaries_are_labels_of_one_item(published_data: Path) -> None:
    with (published_data / "mslr_human_eval" / "pairwise.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    questions = {question.key: question for question in load(published_data / "mslr_human_eval").questions}
    assert sum(len(question.gold["labels"]) for question in questions.values()) == len(rows)
    for row in rows:
        question = questions["/".join((row["review_id"], *sorted((row["sys_a"], row["sys_b"]))))]
        (label,) = [each for each in question.gold["labels"] if each["rater"] == row["annotator"]]
        chosen = {"a": question.input["answers"]["a"], "b": question.input["answers"]["b"]}.get(
            label["preference"]
        )
        assert chosen == {"A": row["A"], "B": row["B"]}.get(row["choice"].split()[0])
    assert (
        load(published_data / "mslr_human_eval").spec.tasks[0].options["labelled_by"].startswith("annotators")
    )


@pytest.mark.parametrize("judge", ["gpt35_result", "pandalm7b_result"])
def test_two_real_judges_get_the_agreement_that_scikit_learn_finds(published_data: Path, judge: str) -> None:
    """PandaLM's votes: three people and two language models on 200 pairs, all crossed."""
    lines = (published_data / "pandalm_votes" / "votes.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    said = {"0": "tie", "1": "a", "2": "b"}
    items = [
        Question("t", str(row["idx"]), "public", {"answers": {"a": row["response1"], "b": row["response2"]}},
                 {"labels": [{"rater": f"p{n}", "preference": said[str(row[f"annotator{n}"])]} for n in (1, 2, 3)]})
        for row in rows
    ]  # fmt: skip
    rule = metric("preference_agreement")
    counts = rule.count([said.get(str(row[judge]).strip(), "?") for row in rows], items, {})
    found = rule.estimate(counts, {})
    pairs = [
        (said.get(str(row[judge]).strip(), "?"), said[str(row[f"annotator{n}"])])
        for row in rows
        for n in (1, 2, 3)
    ]
    mine, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    assert found.value == pytest.approx(f1_score(theirs, mine, average="micro"), abs=1e-9)
    if found.n_unparsed == 0:
        assert found.parts["kappa"] == pytest.approx(cohen_kappa_score(mine, theirs))
    assert found.low < found.value < found.high
    people = [
        row[f"annotator{n}"] == row[f"annotator{m}"]
        for row in rows
        for n in (1, 2, 3)
        for m in (1, 2, 3)
        if n != m
    ]
    assert found.parts["one_physician"] == pytest.approx(sum(people) / len(people))
    assert found.parts["not_inferior"] == 0.0  # neither model of 2023 was as good as one of the people
