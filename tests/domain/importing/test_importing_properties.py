"""What holds of every file that could be read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain.importing import READERS, ImportedStudy, UnusableRatingsError
from raters.domain.importing.clinsumm import VALUES
from raters.domain.importing.naming import CODE, coded

Rows = list[dict[str, Any]]
SCORES = {value: score for score, value in VALUES.items()}
SAMPLED = sorted(set(READERS) - {"coding_matrix"})


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("importing")


@pytest.mark.parametrize("reader", SAMPLED)
def test_the_form_of_a_study_takes_its_ratings_and_stores_them_as_they_are(
    rows: Callable[[str], Rows],
    write: Callable[[str, Rows], Path],
    misfits_of: Callable[[ImportedStudy], list[str]],
    reader: str,
) -> None:
    study = READERS[reader](write(reader, rows(reader)))
    assert list(study.ratings)
    assert misfits_of(study) == []


def test_the_form_of_a_matrix_takes_its_codes(
    tmp_path: Path, misfits_of: Callable[[ImportedStudy], list[str]]
) -> None:
    (tmp_path / "codings.csv").write_text("1,2,3\n1,,3\n")
    assert misfits_of(READERS["coding_matrix"](tmp_path)) == []


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-2, 2), st.booleans()), min_size=1, max_size=12))
def test_scores_can_be_told_from_the_ratings_and_turning_a_screen_changes_nothing(
    folder: Path, screens: list[tuple[int, bool]]
) -> None:
    def study(turn: bool) -> ImportedStudy:
        path = folder / "ratings.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["reader", "sample", "axis", "raw_score", "switched"])
            for number, (score, switched) in enumerate(screens):
                writer.writerow(
                    ["R1", number, "correctness", -score if turn else score, int(switched != turn)]
                )
        return READERS["clinsumm_reader_study"](path)

    plain = study(turn=False)
    assert plain == study(turn=True)
    scores = [SCORES[one.payload["correctness"]] for one in plain.ratings]
    assert scores == [-score if switched else score for score, switched in screens]


@given(st.lists(st.text(min_size=1) | st.from_regex(CODE, fullmatch=True)))
def test_codes_tell_raters_apart_and_name_nobody(names: list[str]) -> None:
    codes = coded(names)
    assert set(codes) == set(names)
    assert len(set(codes.values())) == len(codes)
    assert all(CODE.fullmatch(code) for code in codes.values())


def test_names_of_people_and_numbers_of_registers_are_replaced_and_codes_are_kept(
    rows: Callable[[str], Rows], write: Callable[[str, Rows], Path]
) -> None:
    given = rows("llmfao_votes")
    given[0]["worker"], given[1]["worker"] = "Ada Example", "1234567893"
    study = READERS["llmfao_votes"](write("llmfao_votes", given))
    assert [rater.name for rater in study.raters] == ["rater-1", "rater-2"]
    assert [rating.rater for rating in study.ratings] == ["rater-1", "rater-2"]
    assert "2 names of raters, replaced by codes" in study.left_out
    assert coded(["A1", "reader 2", "31"]) == {"A1": "A1", "reader 2": "reader 2", "31": "31"}


@pytest.mark.parametrize("reader", sorted(READERS))
@settings(max_examples=40)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(folder: Path, reader: str, content: bytes) -> None:
    path = folder / "any.csv"
    path.write_bytes(content)
    with suppress(UnusableRatingsError):
        assert list(READERS[reader](path).ratings)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("reader", SAMPLED)
@settings(max_examples=40)
@given(data=st.data())
def test_any_value_in_any_column_is_read_or_refused_with_the_name_of_the_file(
    folder: Path, sampled: Callable[[], dict[str, tuple[str, Rows]]], reader: str, data: st.DataObject
) -> None:
    name, given_rows = sampled()[reader]
    row = given_rows[0]
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON)
    path = folder / name
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(one) + "\n" for one in given_rows), encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
            writer = csv.DictWriter(file, list(row))
            writer.writeheader()
            writer.writerows(given_rows)
    try:
        study = READERS[reader](path)
    except UnusableRatingsError as refusal:
        assert name in str(refusal)
    else:
        assert list(study.ratings)
