"""Published results are taken in whole or not at all, and every fault is named by its place with the remedy."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from leaderboard.domain.printed import UnreadableTableError, read_table
from leaderboard.domain.specifications import SpecificationError, parse_specification, specifications
from leaderboard.domain.table import Slice, Table
from leaderboard.models import ReportedRow, ReportedTable
from leaderboard.selectors import boards

pytestmark = pytest.mark.django_db

CSV = "Model,Domain,Size (B),Reading,Coding\nAlpha,Medical,7,81.5,40\nBeta,General,Unknown,-,55.25\n"


def take(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("import_results", str(path), *options, stdout=said)
    return said.getvalue()


def file(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def board(slug: str, **wanted: Any) -> Table:
    table = boards.table(slug, Slice(**wanted))
    assert table is not None
    return table


def test_a_csv_becomes_a_board_of_its_own(tmp_path: Path, client: Client) -> None:
    said = take(
        file(tmp_path, CSV),
        "--board",
        "mine",
        "--title",
        "A paper, table 2",
        "--url",
        "https://example.org/p",
    )
    assert said == "mine: 2 reported systems on 2 tasks.\n"
    table = board("mine")
    rows = {row.system: row for row in table.rows}
    assert (table.head.title, table.head.kind) == ("A paper, table 2", "reported")
    assert rows["Alpha"].cells["reading"].value == 0.815
    assert rows["Alpha"].average == pytest.approx(0.6075)
    assert rows["Alpha"].attributes == {
        "domain": "Medical", "size_b": 7.0, "source": "A paper, table 2", "url": "https://example.org/p",
    }  # fmt: skip
    assert (rows["Beta"].average, rows["Beta"].missing, rows["Beta"].place) == (None, 1, None)
    assert "reading" not in rows["Beta"].cells
    assert [listing.head.slug for listing in boards.listed()] == ["mine"]
    assert "reported, not run here" in client.get("/boards/mine/").content.decode()


def test_what_this_site_exports_it_takes_in_again(tmp_path: Path, client: Client) -> None:
    take(file(tmp_path, CSV), "--board", "mine")
    exported = client.get("/boards/mine.json").content
    assert (
        take(file(tmp_path, exported, "mine.json"), "--board", "copy")
        == "copy: 2 reported systems on 2 tasks.\n"
    )
    first, second = board("mine"), board("copy")
    assert first.columns == second.columns
    assert [(row.system, row.cells, row.average, row.place) for row in first.rows] == [
        (row.system, row.cells, row.average, row.place) for row in second.rows
    ]


def bridge(**changes: Any) -> str:
    table = {
        "T": {"0": 1, "1": 2},
        "Model": {"0": "Alpha", "1": "Beta"},
        "Average Performance": {"0": "75.00", "1": "50.0"},
        "Reading": {"0": 80.0, "1": 60.0},
        "Coding": {"0": 70.0, "1": 40.0},
    }
    return json.dumps({**table, **changes})


FAULTS = [
    ("a.csv", "", "the file is empty"),
    ("a.csv", "system,a\nX,1e999\n", "line 2 (X), column 'a': '1e999' is no number"),
    ("a.csv", "system,a\nX,nan\n", "'nan' is no number"),
    ("a.csv", "system,a\nX,1_0\n", "'1_0' is no number"),
    ("a.csv", "system,a\nX,101\n", "101 is outside -100 to 100; scores are taken as percent"),
    ("a.csv", "system,a\nX,0.5\nY,0.7\n", "say --unit share"),
    ("a.csv", "system,a\n=cmd(),50\n", "begins as a spreadsheet's formula does"),
    ("a.csv", "system,a\nX,=1+1\n", "'=1+1' is no number"),
    ("a.csv", "system,a\nX,50\n x ,40\n", "row 2: 'x' is row 1 again"),
    ("a.csv", "system,Read ing,read-ing\nX,50,40\n", "are one task; keep one"),
    ("a.csv", "system,a\nX,50,40\n", "line 2: 3 cells under 2 columns"),
    ("a.csv", 'system,a\n"X,50\n', "broken CSV"),
    ("a.csv", "system,a\n,50\n", "is no system's name"),
    ("a.csv", "system,a\nX\x07Y,50\n", "is no system's name"),
    ("a.csv", "system,a\nX,\n", "has no score in any column"),
    ("a.csv", b"system,a\n\xff\xfe,50\n", "line 2: not UTF-8 text"),
    ("a.csv", "system,a\nX\0,50\n", "zero byte"),
    ("a.csv", "system,domain\nX,General\n", "there is no task in this file"),
    ("a.csv", "system\n", "there is no system in this file"),
    ("a.csv", "system" + ",a" * 2_001 + "\n", "too much for a table"),
    ("a.txt", "system,a\nX,50\n", "neither .csv nor .json"),
    ("a.json", "[1]", "the JSON is no object"),
    ("a.json", "{", "not JSON"),
    ("a.json", "[" * 100_000, "nested too deeply"),
    ("a.json", '{"Model": {"0": "X"}, "Model": {}}', "'Model' is there twice"),
    ("a.json", '{"Model": {"0": "X"}, "A": {"0": NaN}}', "NaN is no number"),
    ("a.json", '{"A": {"0": 1}}', 'there is no column "Model"'),
    ("a.json", '{"Model": ["X"]}', 'there is no column "Model"'),
    ("a.json", bridge(Reading={"0": 80.0}), "column 'Reading': rows 1 are not in both"),
    ("a.json", bridge(Reading=[80.0, 60.0]), "column 'Reading': holds [80.0, 60.0]"),
    (
        "a.json",
        bridge(Reading={"0": {"x": {"y": 1}}, "1": 60}),
        "row 0 (Alpha), column 'Reading': {'x': {'y': 1}} is no number",
    ),
    ("a.json", bridge(Reading={"0": True, "1": 60}), "True is no number"),
    (
        "a.json",
        bridge(Reading={"0": 88.0, "1": 60}),
        "Average Performance is 75, the mean of its tasks 79.00",
    ),
    ("a.json", bridge(Model={"0": "Alpha", "1": 7}), "row 1: Model is 7, not a name"),
    ("a.json", bridge(Model={"0": "Alpha", "1": "ＡＬＰＨＡ"}), "is row 1 again"),
    (
        "a.json",
        '{"columns": [], "rows": [{"system": 1, "scores": {}}]}',
        "not a board as this site writes it",
    ),
    (
        "a.json",
        '{"columns": [{"key": "a", "name": "a"}], "rows": [{"system": "X", "scores": {"a": {"value": 50}}}]}',
        "50 is no share",
    ),
    (
        "a.json",
        """{"columns": [{"key": "a", "name": "a"}], "rows": [
            {"system": "X", "mode": "cot", "scores": {"a": {"value": 0.5}}},
            {"system": "X", "scores": {"a": {"value": 0.5}}}]}""",
        "export one with ?mode=",
    ),
]


@pytest.mark.parametrize(("name", "text", "told"), FAULTS, ids=[fault[2][:40] for fault in FAULTS])
def test_a_fault_is_named_and_nothing_is_stored(
    tmp_path: Path, name: str, text: str | bytes, told: str
) -> None:
    with pytest.raises(CommandError) as refused:
        take(file(tmp_path, text, name), "--board", "mine")
    assert told in str(refused.value)
    assert "nothing was stored" in str(refused.value)
    assert not ReportedTable.objects.exists()


def test_every_fault_of_a_file_is_told_at_once() -> None:
    rows = "".join(f"S{n},x\n" for n in range(80))
    with pytest.raises(UnreadableTableError) as refused:
        read_table(f"system,a\n{rows}".encode(), "a.csv")
    assert "line 2 (S0)" in str(refused.value)
    assert "line 51 (S49)" in str(refused.value)
    assert "… and 110 more" in str(refused.value)  # the cells, and rows left without a score


def test_a_file_too_large_for_a_table_is_refused_before_it_is_read() -> None:
    with pytest.raises(UnreadableTableError, match="too many for a table"):
        read_table(b" " * 30_000_001, "a.json")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "--board is missing"),
        (["--board", "no slug"], "Enter a valid"),
        (["--board", "mine", "--url", "javascript:alert(1)"], "Enter a valid URL"),
        (["--board", "mine", "--mode", "x" * 41], "at most 40"),
        (["--board", "bridge", "--mode", "sideways"], "zero-shot, cot, few-shot"),
    ],
)
def test_options_that_cannot_be_are_refused(tmp_path: Path, options: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        take(file(tmp_path, CSV), *options)
    with pytest.raises(CommandError, match="check the path"):
        take(tmp_path / "nowhere.csv", "--board", "mine")


def test_shares_may_be_given_as_shares(tmp_path: Path) -> None:
    take(file(tmp_path, "system,a\nX,0.5\n"), "--board", "mine", "--unit", "share")
    assert ReportedRow.objects.get().scores == {"a": {"value": 0.5}}


def test_modes_are_tables_of_their_own_and_the_first_is_shown(tmp_path: Path) -> None:
    for mode, score in [("few-shot", "50"), ("zero-shot", "40")]:
        take(file(tmp_path, f"system,MedNLI\nX,{score}\n"), "--board", "bridge", "--mode", mode)
    table = board("bridge")
    assert (table.head.modes, table.slice.mode) == (("zero-shot", "few-shot"), "zero-shot")
    assert [row.average for row in table.rows] == [0.4]
    assert [row.average for row in board("bridge", mode="few-shot").rows] == [0.5]
    assert table.columns[0].facets["language"] == ("en",)  # the specification knows the task


def shipped(slug: str) -> None:
    call_command("import_results", "--spec", slug, stdout=io.StringIO())


def test_meds_bench_shows_its_published_rows(client: Client) -> None:
    shipped("meds-bench")
    table = board("meds-bench", chosen=())
    rows = {row.system: row for row in table.rows}
    gpt, claude = rows["GPT-4"], rows["Claude-3.5"]
    assert (gpt.cells["mcqa"].value, gpt.cells["diagnosis"].value) == (0.753, 0.5813)
    assert (gpt.cells["summarisation"].value, gpt.cells["summarisation"].second) == (0.2446, 0.2566)
    assert "rationale" not in gpt.cells
    assert (claude.cells["rationale"].value, claude.cells["rationale"].second) == (0.4626, 0.3697)
    assert rows["MMed-Llama 3"].cells["mmedbench-accuracy"].value == 0.6775
    assert len(rows) == 18
    assert {row.origin for row in table.rows} == {"reported"}
    assert {(row.average, row.rank_low, row.place) for row in table.rows} == {(None, None, None)}
    assert "no mean over all its columns" in table.order_scope
    assert "not recomputed" in table.note
    page = client.get("/boards/meds-bench/").content.decode()
    assert "reported, not run here" in page
    assert "24.5" in page


def test_each_category_of_meds_bench_is_a_table(client: Client) -> None:
    shipped("meds-bench")
    sister = board(
        "meds-bench", chosen=(("category", ("MMedBench (sister board)",)),), sort="mmedbench-accuracy"
    )
    assert [row.system for row in sister.rows][:3] == ["GPT-4", "MMed-Llama 3", "MMedLM 2"]
    (only,) = board("meds-bench", chosen=(("category", ("Diagnosis",)),)).columns
    assert only.key == "diagnosis"
    assert (
        board("meds-bench", chosen=(("task", ("diagnosis",)),), sort="average").rows[0].system == "Claude-3.5"
    )


def test_multimedqa_is_ranked_over_its_nine_sets() -> None:
    shipped("multimedqa")
    rows = {row.system: row for row in board("multimedqa").rows}
    assert f"{100 * rows['GPT-4'].average:.2f}" == "85.36"
    assert f"{100 * rows['MedPaLM 2'].average:.2f}" == "86.66"
    assert (rows["MedPaLM 2"].place, rows["GPT-4"].place) == (1, 2)
    assert rows["MedPaLM 2"].rank_high > 1  # nine sets do not separate these two
    assert rows["MEDITRON 7B"].rank_low > 2
    shipped("multimedqa")
    assert ReportedTable.objects.count() == 1


def test_a_board_without_printed_rows_says_which_have_them() -> None:
    with pytest.raises(CommandError, match="meds-bench, multimedqa"):
        shipped("bridge")


def test_printed_rows_stand_beside_runs_in_a_group_of_their_own(tiny: Any, tmp_path: Path) -> None:
    take(file(tmp_path, "system,choice,verdict\nPrinted,75,50\n"), "--board", "tiny", "--title", "A paper")
    (row,) = board("tiny").rows
    assert (row.origin, row.average, row.place, row.rank_low, row.band) == ("reported", 0.625, 1, None, None)
    assert board("tiny", chosen=(("language", ("es",)),)).rows[0].average == 0.5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('slug = "x"', "title"),
        ('slug = "x"\ntitle = "X"\nheight = 3', "height"),
        ('slug = "x"\ntitle = "X"\n[[columns]]\nkey = "a"', "name"),
        ("slug =", "x.toml"),
        ('slug = "x"\ntitle = "X"\n[[rows]]\nsystem = "s"\nscores = { a = 1.0 }', r"\[reported\]"),
        (
            'slug = "x"\ntitle = "X"\n[reported]\ntitle = "t"\n[[rows]]\nsystem = "s"\nscores = { a = 1.0 }',
            "no column",
        ),
        (
            """slug = "x"
            title = "X"
            reported = { title = "t" }
            rows = [{ system = "s", scores = { a = [1.0, 2.0] } }]
            columns = [{ key = "a", name = "A", metric = "accuracy" }]""",
            "one number",
        ),
        (
            'slug = "x"\ntitle = "X"\n' + '[[columns]]\nkey = "a"\nname = "A"\nmetric = "accuracy"\n' * 2,
            "several",
        ),
    ],
)
def test_a_broken_specification_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(SpecificationError, match=told):
        parse_specification(text.encode(), "x.toml")


def test_the_shipped_boards_can_be_read() -> None:
    assert {"bridge", "meds-bench", "multimedqa"} <= set(specifications())
    assert len(specifications()["bridge"].columns) == 87
