"""Files that cannot be taken over are refused: where the fault lies, what it is and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raters.domain.importing import READERS, UnusableRatingsError

Rows = list[dict[str, Any]]
SAMPLED = sorted(set(READERS) - {"coding_matrix"})

# reader, changes to the first row, what the refusal says of it
FAULTS = [
    ("clinsumm_reader_study", {"raw_score": 3}, "raw_score '3' is not among -2, -1, 0, 1 and 2"),
    ("clinsumm_reader_study", {"raw_score": "nan"}, "raw_score 'nan' is not among"),
    ("clinsumm_reader_study", {"raw_score": "much"}, "raw_score 'much' is not among"),
    ("clinsumm_reader_study", {"axis": "beauty"}, "beauty"),
    ("clinsumm_reader_study", {"switched": "yes"}, "switched"),
    ("llmfao_votes", {"winner": "both"}, "both"),
    ("llmfao_votes", {"left": "Ant"}, "system 'Ant' is compared with itself"),
    ("llmfao_votes", {"left": " "}, "has no system"),
    ("llmfao_votes", {"worker": ""}, "the rater of item '4' has no name"),
    ("llmfao_votes", {"prompt": ""}, "the item has no name"),
    ("medquad_judged", {"grade": "5"}, "grade"),
    ("medval_csv", {"physician_risk_grade": "5"}, "physician_risk_grade '5' is not among 1, 2, 3 and 4"),
    ("medval_csv", {"physician_risk_grade": "2.5"}, "physician_risk_grade '2.5'"),
    ("medval_csv", {"output": " "}, "the task or the output is blank"),
    ("mslr_human_eval", {"Is the generated summary fluent?": "3: Very"}, "fluency: '3: Very' is no answer"),
    ("mslr_human_eval_pairwise", {"choice": "C"}, "the choice 'C' is none of A, B and Neither"),
    ("mslr_human_eval_pairwise", {"sys_a": "BB", "A": "It does."}, "compared with itself"),
    ("mslr_human_eval_pairwise", {"sys_a": "BB"}, "system 'BB' gave another answer"),
    ("mts_dialog", {"row": 104}, "row 104 and dialogue '3' do not go together"),
    ("mts_dialog", {"ID": "third"}, "dialogue 'third'"),
    ("mts_dialog", {"FactualRecall": "all"}, "the recall 'all' is no number"),
    ("mts_dialog", {"FactualRecall": "inf"}, "the recall 'inf' is no number"),
    ("pandalm_votes", {"annotator2": 3}, "annotator2"),
    ("pandalm_votes", {"cmp_key": "ant"}, "cmp_key 'ant' names no two systems"),
    ("pubmedqa", {"final_decision": "unsure"}, "final_decision"),
    ("pubmedqa", {"labels": ["AIM"]}, "2 sections of the abstract have 1 headings"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "change", "said"), FAULTS)
def test_a_value_the_form_does_not_have_is_refused_with_file_line_and_remedy(
    rows: Callable[[str], Rows],
    write: Callable[[str, Rows], Path],
    reader: str,
    change: dict[str, Any],
    said: str,
) -> None:
    first, *others = rows(reader)
    path = write(reader, [first | change, *others])
    with pytest.raises(UnusableRatingsError) as refusal:
        READERS[reader](path)
    line = 1 if path.suffix == ".jsonl" else 2  # below the header
    assert str(refusal.value).startswith(f"{path.name}, line {line}: ")
    assert said in str(refusal.value)
    assert str(refusal.value).endswith((
        "Correct it there, or use the file as it was published.", "Each row needs both."
    ))  # fmt: skip


@pytest.mark.parametrize("reader", sorted(set(SAMPLED) - {"medquad_judged", "medval_csv"}))
def test_one_rating_twice_is_refused_where_it_comes_again(
    rows: Callable[[str], Rows], write: Callable[[str, Rows], Path], reader: str
) -> None:
    given = rows(reader)
    path = write(reader, [*given, given[0]])
    line = len(given) + (1 if path.suffix == ".jsonl" else 2)
    with pytest.raises(UnusableRatingsError, match=rf"line {line}: .* before"):
        READERS[reader](path)


def test_a_case_told_in_two_ways_is_refused(
    rows: Callable[[str], Rows], write: Callable[[str, Rows], Path]
) -> None:
    (row,) = rows("mts_dialog")
    path = write("mts_dialog", [row, row | {"row": 203, "Dialogue": "Doctor: Another talk."}])
    with pytest.raises(UnusableRatingsError, match="item '3' was told differently further up"):
        READERS["mts_dialog"](path)


@pytest.mark.parametrize("reader", SAMPLED)
def test_a_missing_column_is_named(
    rows: Callable[[str], Rows], write: Callable[[str, Rows], Path], reader: str
) -> None:
    given = rows(reader)
    column = next(iter(given[0]))
    path = write(reader, [{name: row[name] for name in row if name != column} for row in given])
    with pytest.raises(UnusableRatingsError, match=rf"(?s)line 1: .*{column}.*as it was published"):
        READERS[reader](path)


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_folder_without_the_file_is_refused(tmp_path: Path, reader: str) -> None:
    with pytest.raises(UnusableRatingsError, match=r"is no file\. Give the path of"):
        READERS[reader](tmp_path)


@pytest.mark.parametrize("reader", sorted(READERS))
def test_an_empty_file_is_refused(tmp_path: Path, reader: str) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("")
    with pytest.raises(UnusableRatingsError):
        READERS[reader](path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\n1\n", "line 2: it has 1 cells and the first line 2"),
        ("1,x\n1,2\n", "line 1: 'x' is no code"),
        ("1,-2\n1,2\n", "line 1: '-2' is no code"),
        ("1,1\n1,1\n", "1 different codes"),
        (",".join(map(str, range(101))), "101 different codes"),
        ('"1,2\n', "Save it as CSV"),
    ],
)
def test_a_matrix_that_is_none_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "codes.csv"
    path.write_text(text)
    with pytest.raises(UnusableRatingsError, match=r"^codes") as refusal:
        READERS["coding_matrix"](path)
    assert said in str(refusal.value)
