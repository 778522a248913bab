"""Results printed elsewhere become boards of their own, beside runs and apart from them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from leaderboard.domain.specifications import specifications
from leaderboard.domain.table import Slice, Table
from leaderboard.models import ReportedRow, ReportedTable
from leaderboard.selectors import boards
from tests.leaderboard.taking_printed import CSV, file, take

pytestmark = pytest.mark.django_db


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


def test_the_shipped_boards_can_be_read() -> None:
    assert {"bridge", "meds-bench", "multimedqa"} <= set(specifications())
    assert len(specifications()["bridge"].columns) == 87
