"""Small files in the published layouts, with invented content."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from raters.domain.importing import ImportedStudy
from raters.domain.rubric.case import Screen
from raters.domain.rubric.checking import check
from raters.domain.rubric.observing import observations
from raters.domain.rubric.reading import read_rubric
from raters.domain.rubric.rubric import Rubric

Rows = list[dict[str, Any]]

SAME = "Is the *{0}* in the generated summary the same as the {0} in the target summary?"
FACETS = {
    "Target Summary": "Tea helps.",
    "Generated Summary": "Tea may help.",
    "Is the generated summary fluent?": "2: Yes--no errors",
    SAME.format("population"): "1: Partially",
    SAME.format("intervention"): "0: No",
    SAME.format("outcome"): "N/A: No outcome in generated summary",
    "Comments about PIO agreement (optional)": "",
    "What is the effect direction in the *target* summary?": "(+1): Positive effect",
    "What is the effect direction in the *generated* summary?": "(-1): Negative effect",
    "Comments about effect directions (optional)": "odd",
    "What is the strength of the claim made in the *target* summary?": "3: Strong claim",
    "What is the strength of the claim made in the *generated* summary?": "Other / uncertain (please comment)",
    "Comments about strength of claim (optional)": "",
    "annotator": "A1",
}


def samples() -> dict[str, tuple[str, Rows]]:
    """Reader → name of the file and rows that it takes."""
    vote = {"idx": 1, "cmp_key": "ant_bee", "instruction": "Sum up.", "input": "A text.", "response1": "One.",
            "response2": "Two.", "annotator1": 1, "annotator2": 2, "annotator3": 0}  # fmt: skip
    label = {"pmid": "1", "question": "Does it?", "contexts": ["We asked.", "It did."], "labels": ["AIM", "RESULTS"],
             "long_answer": "It does.", "reasoning_free_pred": "yes", "reasoning_required_pred": "maybe",
             "final_decision": "yes"}  # fmt: skip
    facts = {"row": 103, "ID": 3, "Dialogue": "Doctor: Hm? Patient: Yes.", "Reference Summary": "Yes.",
             "Automatic Summary": "No.", "FactualPrecision": 0.5, "FactualRecall": 1, "FactualF1": 0.66666667,
             "HallucinationRate": 0, "OmissionRate": 0.125, "Edit Distance (Correction)": 1}  # fmt: skip
    graded = {"#": 1, "id": 7, "task": "report2impression", "input": "Lungs are clear.", "reference_output": "Clear.",
              "output": "Pneumonia.", "physician_error_assessment": "Error 1: Fabricated claim: pneumonia",
              "physician_risk_grade": 4}  # fmt: skip
    return {
        "clinsumm_reader_study": ("ratings.csv", [
            {"reader": "R1", "sample": "5", "axis": "completeness", "raw_score": 2, "switched": 1},
            {"reader": "R1", "sample": "5", "axis": "correctness", "raw_score": -1, "switched": 1},
            {"reader": "R2", "sample": "5", "axis": "completeness", "raw_score": "", "switched": 1},
            {"reader": "R2", "sample": "5", "axis": "conciseness", "raw_score": 0, "switched": 1},
        ]),
        "llmfao_votes": ("votes_subset.csv", [
            {"prompt": 4, "worker": 12, "winner": "left", "left": "Yak", "right": "Ant"},
            {"prompt": 4, "worker": 13, "winner": "tie", "left": "Yak", "right": "Ant"},
        ]),
        "medquad_judged": ("judged_answers.jsonl", [
            {"question_id": "7", "grade": "1", "answer_id": "a.txt", "answer": "Wash it."},
            {"question_id": "7", "grade": "4", "answer_id": "b.txt", "answer": "See a doctor."},
        ]),
        "medval_csv": ("medval_bench.csv", [graded]),
        "mslr_human_eval": ("facets.csv", [{"ExpID": "01ABCDEFGHIJ", "ReviewID": "CD1", **FACETS}]),
        "mslr_human_eval_pairwise": ("pairwise.csv", [
            {"annotator": "A3", "review_id": "CD1", "target": "Tea helps.", "sys_a": "ZZ", "A": "It may.",
             "sys_b": "BB", "B": "It does.", "choice": "Neither is more accurate (use sparingly)", "notes": "hm"},
        ]),
        "mslr_human_eval_pilot": ("pilot_3raters.csv", [{"docid": "1", "model": "bart_predictions", **FACETS}]),
        "mts_dialog": ("summaries_with_manual_scores.csv", [facts]),
        "pandalm_votes": ("votes.jsonl", [vote]),
        "pubmedqa": ("pqal.jsonl", [label]),
    }  # fmt: skip


def write_rows(path: Path, rows: Rows) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def sampled() -> Callable[[], dict[str, tuple[str, Rows]]]:
    return samples


@pytest.fixture
def rows() -> Callable[[str], Rows]:
    """Fresh rows that a reader takes."""
    return lambda reader: samples()[reader][1]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, Rows], Path]:
    """Writes rows as the file of a reader."""
    return lambda reader, given: write_rows(tmp_path / samples()[reader][0], given)


def screens(study: ImportedStudy) -> Iterator[tuple[Any, Screen]]:
    """Each rating with the screen it was given on."""
    cases = {item.key: item.case for item in study.items}
    answers = {(one.item, one.system): one.answer for one in study.answers}
    for rating in study.ratings:
        canonical = sorted(rating.systems, key=study.systems.index)
        shown = tuple(answers[rating.item, system] for system in rating.systems)
        order = tuple(canonical.index(system) for system in rating.systems)
        yield rating, Screen(case=cases[rating.item], answers=shown, order=order)


def misfits(study: ImportedStudy) -> list[str]:
    """What the form of the study has against its own ratings, and what it would store otherwise."""
    rubric, found = read_rubric(study.rubric_toml), []
    for rating, screen in screens(study):
        checked = check(rubric, rating.payload, screen)
        found += [f"{rating}: {problem}" for problem in checked.problems]
        found += [f"{rating}: stored as {checked.payload}"] if checked.payload != rating.payload else []
    return found


def observed(study: ImportedStudy, variable: str) -> tuple[list[str], list[str], list[Any]]:
    """Units, raters and values of one variable, ready for a coefficient."""
    rubric: Rubric = read_rubric(study.rubric_toml)
    units, raters, values = [], [], []
    for rating, screen in screens(study):
        for one in observations(rubric, rating.payload, screen):
            if one.variable == variable:
                units.append("/".join([rating.item, *sorted(rating.systems), one.part]))
                raters.append(rating.rater)
                values.append(one.value)
    return units, raters, values


@pytest.fixture
def misfits_of() -> Callable[[ImportedStudy], list[str]]:
    return misfits


@pytest.fixture
def observed_in() -> Callable[[ImportedStudy, str], tuple[list[str], list[str], list[Any]]]:
    return observed
