"""A table as CSV, JSON, Parquet and LaTeX: nothing lost, nothing run, nothing set that was not meant."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.domain.table import Cell, Slice
from leaderboard.files import FORMATS, Source
from leaderboard.files.latex import escaped
from leaderboard.files.spreadsheet import defused
from tests.leaderboard.made_tables import AT, column, row, table

SOURCE = Source("https://example.org/boards/tiny/?as_of=2026-05-01T12:00:00+00:00&q=50%25_x#top")


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_every_format_gives_every_row_and_number() -> None:
    board = table(
        row("run-1", "Alpha", {"qa": 0.5, "ner": 0.7}, attributes={"size_b": 7, "licence": "MIT"}),
        row("run-2", "Beta", {"qa": 0.25, "ner": None}),
    )
    [alpha, beta] = read_csv(FORMATS["csv"].write(board, SOURCE))
    assert (float(alpha["qa"]), float(alpha["qa.low"]), alpha["qa.n"]) == (0.5, 0.48, "100")
    assert (alpha["attribute.size_b"], beta["attribute.size_b"], beta["ner"], beta["missing"]) == (
        "7",
        "",
        "",
        "1",
    )
    document = json.loads(FORMATS["json"].write(board, SOURCE))
    assert [each["system"] for each in document["rows"]] == ["Alpha", "Beta"]
    assert document["rows"][1]["scores"]["ner"] == {
        "value": None, "low": None, "high": None, "n": None, "status": "missing", "unparsed": 0,
    }  # fmt: skip
    written = pq.read_table(io.BytesIO(FORMATS["parquet"].write(board, SOURCE)))
    assert written.column("qa").to_pylist() == [0.5, 0.25]
    assert written.column("ner").to_pylist() == [0.7, None]
    assert written.column_names == list(alpha)
    paper = FORMATS["tex"].write(board, SOURCE).decode()
    assert "50.0 {\\footnotesize (48.0 to 52.0)}" in paper
    assert "Alpha &  & 1--2 &" in paper
    assert "Beta &  & -- & -- &" in paper


def test_a_board_without_rows_is_a_file_with_its_columns() -> None:
    board = table(columns=(column("qa"),))
    assert read_csv(FORMATS["csv"].write(board, SOURCE)) == []
    assert pq.read_table(io.BytesIO(FORMATS["parquet"].write(board, SOURCE))).num_rows == 0
    assert json.loads(FORMATS["json"].write(board, SOURCE))["rows"] == []
    assert "\\bottomrule" in FORMATS["tex"].write(board, SOURCE).decode()


def test_the_same_slice_is_the_same_bytes() -> None:
    board = table(row("run-1", "Alpha", {"qa": 0.5}))
    for name, form in FORMATS.items():
        assert form.write(board, SOURCE) == form.write(board, SOURCE), name


def test_parquet_says_itself_what_it_is_of() -> None:
    board = table(row("run-1", "Alpha", {"qa": 0.5}), slice=Slice(split="private", as_of=AT))
    said = pq.read_schema(io.BytesIO(FORMATS["parquet"].write(board, SOURCE))).metadata
    told = {name.decode(): value.decode() for name, value in said.items()}
    assert (told["consilium.board"], told["consilium.revision"]) == ("tiny", "7")
    assert told["consilium.as_of"] == "2026-05-01T12:00:00+00:00"
    assert (told["consilium.licence"], told["consilium.citation"]) == ("CC0-1.0", "Nobody (2026)")
    assert told["consilium.page"] == SOURCE.page
    assert json.loads(told["consilium.slice"])["split"] == "private"


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1+1", "\n=1", "\r@x"]
)
def test_no_text_of_a_csv_begins_like_a_formula(name: str) -> None:
    board = table(
        row("run-1", name, {name: 0.5}, mode=name, attributes={name: name}), columns=(column(name),)
    )
    content = FORMATS["csv"].write(board, SOURCE).decode()
    for line in csv.reader(io.StringIO(content, newline="")):
        assert not [cell for cell in line if cell.lstrip()[:1] in set("=+-@＝＋－＠") and cell.lstrip() != ""]


def test_a_negative_number_of_a_csv_stays_a_number() -> None:
    assert defused(-0.25) == -0.25
    [alpha] = read_csv(FORMATS["csv"].write(table(row("run-1", "A", {"kappa": -0.25})), SOURCE))
    assert float(alpha["kappa"]) == -0.25


@given(st.text())
def test_no_text_escapes_into_latex(text: str) -> None:
    shown = escaped(text)
    assert "\n" not in shown and "\r" not in shown
    for meant in ("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar",
                  "textasciigrave"):  # fmt: skip
        shown = shown.replace(f"\\{meant}{{}}", "")
    shown = re.sub(r"\\[&%$#_{}]", "", shown).replace("{-}", "").replace("{[}", "").replace("{]}", "")
    shown = shown.replace("{''}", "")
    assert not set(shown) & set('\\&%$#_{}~^<>|"`')


def test_a_paper_says_where_and_when_the_table_is_from() -> None:
    board = table(
        row("run-1", "A_1 & co", {"qa": 0.5}), row("reported-2", "B", {"qa": 0.4}, origin="reported")
    )
    paper = FORMATS["tex"].write(board, SOURCE).decode()
    assert "A\\_1 \\& co" in paper
    assert "revision 7 of 2026-05-01 12:00 UTC" in paper
    assert "q=50\\%25\\_x\\#top" in paper
    assert "B$^\\dagger$" in paper and "reported, not run here" in paper


def test_a_long_table_may_break_over_pages_and_bands_are_set_apart() -> None:
    many = [row(f"run-{n}", f"S{n}", {"qa": 0.5}, starts_band=n == 3) for n in range(60)]
    paper = FORMATS["tex"].write(table(*many), SOURCE).decode()
    assert paper.count("\\begin{longtable}") == paper.count("\\end{longtable}") == 1
    assert paper.count("\\addlinespace") == 1


def test_columns_that_do_not_fit_a_paper_are_said_to_be_left_out() -> None:
    board = table(row("run-1", "A", {f"t{n}": 0.5 for n in range(30)}))
    assert "12 of 30 columns" in FORMATS["tex"].write(board, SOURCE).decode()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on this machine")
def test_latex_sets_the_table(tmp_path: Path) -> None:
    nasty = '\\input{x} 100% $5 #1 a_b {c} ~ ^ <d> | "e" `f` --- [g]'
    paper = FORMATS["tex"].write(table(row("run-1", nasty, {"qa": 0.5})), SOURCE).decode()
    (tmp_path / "t.tex").write_text(
        f"\\documentclass{{article}}\\usepackage{{booktabs,longtable}}\\begin{{document}}{paper}\\end{{document}}"
    )
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_numbers_on_other_scales_are_set_in_their_own_units() -> None:
    strengths = (column("overall", scale="logit", counted="votes"),)
    board = table(row("study-1", "A", {"overall": 0.0}), columns=strengths)
    assert "1000 {\\footnotesize" in FORMATS["tex"].write(board, SOURCE).decode()
    points = (column("score", scale="points"),)
    assert (
        " 3.50 {"
        in FORMATS["tex"].write(table(row("s", "A", {"score": 3.5}), columns=points), SOURCE).decode()
    )


def test_a_cells_second_number_has_a_column_of_its_own() -> None:
    one = row("reported-1", "A", {"sum": 0.2}, origin="reported")
    one = replace(one, cells={"sum": Cell(0.2, second=0.3)})
    [written] = read_csv(FORMATS["csv"].write(table(one, columns=(column("sum", second="ROUGE"),)), SOURCE))
    assert (written["sum"], written["sum.second"]) == ("0.2", "0.3")
