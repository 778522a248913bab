"""Published grades and labels of single answers, read from small invented files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raters.domain.importing import READERS, ImportedRater, ImportedStudy

Rows = list[dict[str, Any]]
GENERATED = "What is the effect direction in the *generated* summary?"


@pytest.fixture
def read(rows: Callable[[str], Rows], write: Callable[[str, Rows], Path]) -> Callable[..., ImportedStudy]:
    """The study of a reader's sample, its first row changed, more rows after it."""

    def _read(reader: str, change: dict[str, Any] | None = None, *more: dict[str, Any]) -> ImportedStudy:
        first, *others = rows(reader)
        changed = first | (change or {})
        return READERS[reader](write(reader, [changed, *others, *(changed | one for one in more)]))

    return _read


@pytest.mark.parametrize(
    ("reader", "system"), [("mslr_human_eval", "EFGHIJ"), ("mslr_human_eval_pilot", "bart")]
)
def test_facets_keep_their_codes_and_say_why_there_is_none(
    read: Callable[..., ImportedStudy], reader: str, system: str
) -> None:
    study = read(reader)
    (rating,) = study.ratings
    assert rating.systems == (system,)
    assert rating.payload == {
        "fluency": "2",
        "population": "1",
        "intervention": "0",
        "outcome": {"cannot_judge": "not_applicable"},
        "direction_target": "positive",
        "direction_generated": "negative",
        "direction_comment": "odd",
        "claim_target": "3",
        "claim_generated": {"cannot_judge": "ambiguous"},
    }
    assert study.left_out == []


def test_a_missing_direction_is_a_category_and_a_slip_in_its_wording_is_counted(
    read: Callable[..., ImportedStudy],
) -> None:
    study = read(
        "mslr_human_eval", {GENERATED: "N/A: no effect direction is specified in the target summary"}
    )
    assert next(iter(study.ratings)).payload["direction_generated"] == "not_stated"
    assert study.left_out[0].startswith("1 missing effect directions")
    proper = read("mslr_human_eval", {GENERATED: "N/A: no effect direction in the generated summary"})
    assert next(iter(proper.ratings)).payload["direction_generated"] == "not_stated"
    assert proper.left_out == []


def test_rows_without_any_answer_are_counted_not_rated(
    read: Callable[..., ImportedStudy], rows: Callable[[str], Rows]
) -> None:
    blank = {name: "" for name in rows("mslr_human_eval_pilot")[0] if "?" in name or "Comments" in name}
    study = read("mslr_human_eval_pilot", None, blank | {"annotator": "A2"})
    assert [rater.name for rater in study.raters] == ["A1"]
    assert study.left_out == ["1 rows in which nothing was answered"]


def test_files_beside_the_one_read_are_mentioned(
    rows: Callable[[str], Rows], write: Callable[[str, Rows], Path]
) -> None:
    for reader in ("mslr_human_eval", "mslr_human_eval_pairwise"):
        path = write(reader, rows(reader))
    (line,) = READERS["mslr_human_eval"](path.parent).left_out
    assert line.startswith("pairwise.csv: another form")


def test_both_annotators_labels_stay_apart_and_the_settled_one_goes_with_the_item(
    read: Callable[..., ImportedStudy],
) -> None:
    study = read("pubmedqa", {"meshes": ["Tea"], "year": None})
    assert [one.payload for one in study.ratings] == [{"answer": "yes"}, {"answer": "maybe"}]
    assert study.raters == [
        ImportedRater("annotator 1", "with conclusion"),
        ImportedRater("annotator 2", "without conclusion"),
    ]
    assert study.items[0].adjudicated == {"answer": "yes"}
    assert study.answers[0].answer.text == "AIM: We asked.\n\nRESULTS: It did."
    assert study.left_out == ["1 abstracts' subject headings"]


def test_answers_of_one_question_are_a_cluster_and_a_second_grade_is_kept(
    read: Callable[..., ImportedStudy],
) -> None:
    study = read("medquad_judged", None, {"grade": "3"})
    assert {item.cluster for item in study.items} == {"7"}
    assert [(one.item, one.rater, one.payload["grade"]) for one in study.ratings] == [
        ("7/a.txt", "rater-1", "1"),
        ("7/b.txt", "rater-1", "4"),
        ("7/a.txt", "rater-2", "3"),
    ]
    assert "1 answers with several grades: who gave the later ones is not known" in study.left_out


def test_the_number_of_a_row_tells_the_system(read: Callable[..., ImportedStudy]) -> None:
    study = read("mts_dialog", None, {"row": 303})
    assert study.systems == ["system 2", "system 4"]  # rows 1-100 are the first one's
    assert next(iter(study.ratings)).payload == {
        "precision": 0.5,
        "recall": 1.0,
        "hallucination": 0.0,
        "omission": 0.125,
        "edited": 1.0,
    }
    assert study.left_out == ["2 F1 scores: they follow from precision and recall"]


def test_shares_that_cannot_be_are_named_and_blank_ones_counted(
    read: Callable[..., ImportedStudy],
) -> None:
    study = read("mts_dialog", {"OmissionRate": -1, "HallucinationRate": "", "FactualF1": ""})
    assert next(iter(study.ratings)).payload == {"precision": 0.5, "recall": 1.0, "edited": 1.0}
    assert study.left_out == [
        "1 scores that are blank in the file",
        "1 scores of omission of -1: shares lie between 0 and 1",
    ]


def test_a_matrix_of_codes_has_a_rater_per_line_and_a_unit_per_column(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("1,2,\n1,1,10\n\n")
    study = READERS["coding_matrix"](path)
    assert [(one.item, one.rater, one.payload["code"]) for one in study.ratings] == [
        ("unit 1", "rater-1", "1"),
        ("unit 2", "rater-1", "2"),
        ("unit 1", "rater-2", "1"),
        ("unit 2", "rater-2", "1"),
        ("unit 3", "rater-2", "10"),
    ]
    assert study.left_out == ["1 cells that are empty: not coded"]
    assert study.rubric_toml.index('"2"') < study.rubric_toml.index('"10"')  # in the order of numbers
