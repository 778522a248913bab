"""Files of the MedVAL columns: grades of risk and errors in free text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.answers.error_list import CATEGORIES, category_of, errors_in
from raters.domain.importing import READERS, ImportedStudy

Rows = list[dict[str, Any]]


@pytest.fixture
def read(rows: Callable[[str], Rows], write: Callable[[str, Rows], Path]) -> Callable[..., ImportedStudy]:
    (sample,) = rows("medval_csv")
    return lambda *changes: READERS["medval_csv"](write("medval_csv", [sample | one for one in changes]))


def test_a_graded_output_keeps_the_text_and_says_what_can_be_read_from_it(
    read: Callable[..., ImportedStudy],
) -> None:
    study = read({})
    (rating,) = study.ratings
    assert rating.payload == {
        "errors": "Error 1: Fabricated claim: pneumonia",
        "risk": "4",
        "categories": ["fabricated_claim"],
        "count": 1,
    }
    assert study.items[0].specialty == "Radiology"
    assert study.raters[0].group == "physicians"
    assert study.left_out == []


@pytest.mark.parametrize("marker", ["", "none", "None.", "N/A", "no errors", "No error", "Error 1: none"])
def test_markers_of_no_error_are_an_empty_list(read: Callable[..., ImportedStudy], marker: str) -> None:
    payload = next(
        iter(read({"physician_error_assessment": marker, "physician_risk_grade": 1}).ratings)
    ).payload
    assert payload["categories"] == []
    assert payload["count"] == 0
    assert payload.get("errors", "") == marker


def test_numbered_errors_are_counted_and_their_categories_stand_in_the_declared_order() -> None:
    found = errors_in(
        "Error 1: understatng intensity: mild\nError 2: the dose is gone (missing contex)\n"
        "Error 3: Missing context again\nError 4: hard to say"
    )
    assert len(found.texts) == 4
    assert found.texts[3] == "hard to say"
    assert found.categories == ("missing_context", "understating_intensity")
    assert found.unnamed == 1


def test_text_without_numbers_is_one_error() -> None:
    assert errors_in("Overstating intensity: severe pain").categories == ("overstating_intensity",)
    assert len(errors_in("Overstating intensity: severe pain").texts) == 1


@pytest.mark.parametrize("category", CATEGORIES[:-1])
def test_a_category_is_known_with_any_one_letter_missing(category: str) -> None:
    name = category.replace("_", " ")
    for place in range(len(name)):
        if name[place] != " ":
            assert category_of(f"{name[:place]}{name[place + 1 :]}: the left lung") == category


def test_other_is_a_category_only_where_it_stands_alone() -> None:
    assert category_of("Other: the layout") == "other"
    assert category_of("the layout (other)") == "other"
    assert category_of("the other lung is clear") is None
    assert category_of("Other lung mentioned") is None


def test_outputs_are_known_by_their_texts_not_by_their_numbers(read: Callable[..., ImportedStudy]) -> None:
    study = read(
        {}, {"#": 1, "id": 9, "output": "Effusion."}, {"#": 5, "id": 8, "physician_risk_grade": "3.0"}
    )
    assert len(study.items) == 2
    # the third row grades the first one's output again
    assert [(one.rater, one.payload["risk"]) for one in study.ratings] == [
        ("rater-1", "4"),
        ("rater-1", "4"),
        ("rater-2", "3"),
    ]


def test_what_holds_no_rating_is_counted(read: Callable[..., ImportedStudy]) -> None:
    study = read(
        {"lm_risk_grade": 2},
        {"lm_risk_grade": 2},
        {"output": "Clear.", "physician_error_assessment": "", "physician_risk_grade": ""},
        {"output": "Dull.", "physician_error_assessment": "too long", "physician_risk_grade": ""},
    )
    assert study.left_out == [
        "1 verdicts of a language model: no rater's",
        "1 rows that repeat another one word for word",
        "1 outputs that no physician graded",
        "1 assessments of errors without a grade of risk: kept",
        "1 errors without a category that could be read: kept in the text",
    ]
    assert [one.payload.get("risk") for one in study.ratings] == ["4", None]
    assert len(study.items) == 3


def test_a_spanish_text_is_for_raters_who_read_spanish(read: Callable[..., ImportedStudy]) -> None:
    item = read({"task": "bhc2spanish"}).items[0]
    assert (item.language, item.specialty) == ("es", "")
