"""The published BRIDGE board, imported: every average and position of it, and those of any filter."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from leaderboard.domain.table import Slice
from leaderboard.models import ReportedTable
from leaderboard.selectors import boards

pytestmark = pytest.mark.django_db

CODES = {
    "English": "en", "Chinese": "zh", "French": "fr", "German": "de", "Japanese": "ja", "Norwegian": "no",
    "Portuguese": "pt", "Russian": "ru", "Spanish": "es",
}  # fmt: skip


@pytest.fixture
def file(published_data: Path) -> Path:
    path = published_data / "bridge" / "Zero-Shot_leaderboard.json"
    if not path.is_file():
        pytest.skip(f"the published BRIDGE leaderboard is not at {path}")
    return path


@pytest.fixture
def imported(file: Path, db: None) -> str:
    return take(file)


def take(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command(
        "import_results", str(path), "--board", "bridge", "--mode", "zero-shot", *options, stdout=said
    )
    return said.getvalue()


def board(**wanted: Any) -> boards.Table:
    table = boards.table("bridge", Slice(**wanted))
    assert table is not None
    return table


def spelled(name: str) -> str:
    return name.replace(" - ", "-")


def test_all_98_systems_have_their_published_average_and_position(
    imported: str, file: Path, record_figure: Callable[..., None]
) -> None:
    printed = json.loads(file.read_text(encoding="utf-8"))
    rows = {row.system: row for row in board().rows}
    assert imported == "bridge zero-shot: 98 reported systems on 87 tasks.\n"
    assert len(rows) == 98
    for at, name in printed["Model"].items():
        row = rows[name]
        assert row.origin == "reported"
        assert f"{100 * row.average:.2f}" == f"{float(printed['Average Performance'][at]):.2f}", name
        assert row.place == printed["T"][at], name
        assert row.attributes["domain"] == printed["Model: Domain"][at]
        assert row.attributes["access"] == printed["Model: Accessibility"][at]
    name = "BRIDGE: published averages (two decimals) and ranks reproduced"
    record_figure(name, f"{len(printed['Model'])} of {len(rows)}", "98 of 98 systems", len(rows) == 98)


@pytest.mark.parametrize(
    ("facet", "value", "fact", "published"),
    [
        ("language", "zh", "Language", "Chinese"),
        ("language", "ja", "Language", "Japanese"),
        ("language", "es", "Language", "Spanish"),
        ("type", "Named entity recognition", "Task Type", "Named Entity Recognition"),
        ("type", "Normalisation and coding", "Task Type", "Normalization and Coding"),
        ("access", "open", "Data Access", "Open Access"),
        ("specialty", "Radiology", "Clinical Context", "Radiology"),
        ("stage", "Triage and Referral", "Clinical Stage", "Triage and Referral"),
        ("application", "Billing & Coding", "Applications", "Billing & Coding"),
    ],
)
def test_a_filtered_view_is_what_its_tasks_give(
    imported: str, file: Path, facet: str, value: str, fact: str, published: str
) -> None:
    printed = json.loads(file.read_text(encoding="utf-8"))
    facts = json.loads(file.with_name("task_information.json").read_text(encoding="utf-8"))
    facts = {spelled(name): of for name, of in facts.items()}
    tasks = [name for name in list(printed)[8:] if published in facts[spelled(name)][fact].split(", ")]
    expected = {
        name: sum(printed[task][at] for task in tasks) / len(tasks) for at, name in printed["Model"].items()
    }
    shown = {name: round(average + 1e-9, 2) for name, average in expected.items()}

    table = board(chosen=((facet, (value,)),))
    assert len(table.columns) == len(tasks) > 0
    for row in table.rows:
        assert row.average is not None
        assert round(100 * row.average + 1e-9, 2) == shown[row.system]
        better = sum(other > shown[row.system] for other in shown.values())
        alike = sum(other == shown[row.system] for other in shown.values())
        assert row.place is not None
        assert better < row.place <= better + alike


def test_several_values_of_a_filter_are_any_and_several_filters_are_all(imported: str) -> None:
    chosen = (("language", ("fr", "de")), ("type", ("Event extraction", "Named entity recognition")))
    keys = {column.key for column in board(chosen=chosen).columns}
    assert {"cardio-de", "bronco150-ner-status", "grassco-phi", "ex4cds", "cas-label"} == keys


def test_systems_are_ranked_as_far_as_tasks_like_these_tell_them_apart(imported: str) -> None:
    table = board()
    best = next(row for row in table.rows if row.place == 1)
    last = next(row for row in table.rows if row.place == 98)
    assert best.rank_low == 1
    assert best.rank_high is not None
    assert best.rank_high > 1  # the first is not proven to be the first
    assert last.rank_low is not None
    assert last.rank_low > best.rank_high
    assert "tasks like these" in table.order_scope
    found = boards.pairs("bridge", Slice())
    assert found is not None
    assert len(found.keys) == 98
    assert found.difference[0, 1] == pytest.approx(-found.difference[1, 0])
    for row in table.rows:
        assert row.low < row.average < row.high


def test_fewer_than_eight_tasks_give_no_ranks_and_say_so(imported: str) -> None:
    table = board(chosen=(("language", ("fr",)),))
    assert len(table.columns) == 3
    assert {row.rank_low for row in table.rows} == {None}
    assert {row.low for row in table.rows} == {None}
    assert sorted(row.place for row in table.rows) == list(range(1, 99))
    assert "fewer than 8 tasks" in table.order_scope
    assert boards.pairs("bridge", Slice(chosen=(("language", ("fr",)),))) is None


def test_a_wide_board_shows_categories_and_a_filtered_one_its_tasks(imported: str) -> None:
    table = board()
    assert len(table.columns) == 87
    assert [column.name for column in table.shown][:2] == ["Text classification", "Normalisation and coding"]
    assert len(table.shown) == 8
    sums = [column for column in table.columns if column.category == "Summarisation"]
    row = table.rows[0]
    mean = sum(row.cells[column.key].value for column in sums) / len(sums)
    assert row.cells["type:Summarisation"].value == pytest.approx(mean)
    narrow = board(chosen=(("type", ("Summarisation",)),))
    assert [column.key for column in narrow.shown] == [column.key for column in sums]
    picked = board(columns=("mednli", "type:Summarisation", "nonsense"))
    assert [column.key for column in picked.shown] == ["type:Summarisation", "mednli"]
    assert picked.rows[0].average == row.average


def test_weights_move_the_average_and_nothing_else(imported: str) -> None:
    heavy = board(weights=(("mednli", 1e6), ("no-such-task", 5.0)))
    assert heavy.slice.weights == (("mednli", 1e6),)
    for row in heavy.rows:
        assert row.average == pytest.approx(row.cells["mednli"].value, abs=1e-3)


def test_a_search_finds_names_and_leaves_ranks_as_they_are(imported: str) -> None:
    every = {row.key: row for row in board().rows}
    found = board(only="medgemma").rows
    assert {row.system for row in found} == {"medgemma-4b-it", "medgemma-27b-it"}
    for row in found:
        whole = every[row.key]
        assert (row.rank_low, row.rank_high, row.place, row.average) == (
            whole.rank_low, whole.rank_high, whole.place, whole.average,
        )  # fmt: skip


def test_the_same_file_again_does_nothing_and_says_so(imported: str, file: Path) -> None:
    assert "nothing done" in take(file)
    assert ReportedTable.objects.count() == 1


def test_what_would_separate_two_systems_is_said_in_tasks(imported: str) -> None:
    rows = {row.place: row.key for row in board().rows}
    near = boards.separation("bridge", Slice(), rows[1], rows[2])
    assert near is not None
    assert not near.separated
    assert near.n is not None
    assert near.n > 87
    assert "more tasks would separate them" in near.text
    far = boards.separation("bridge", Slice(), rows[1], rows[98])
    assert far is not None
    assert far.separated
    assert boards.separation("bridge", Slice(), rows[1], "reported-0") is None


def test_an_import_is_a_change_and_the_past_stays_without_it(
    imported: str, file: Path, tmp_path: Path
) -> None:
    then = ReportedTable.objects.get().at
    before = board(as_of=then)
    changed = json.loads(file.read_text(encoding="utf-8"))
    changed.pop("Average Performance")
    changed["MedNLI"] = dict.fromkeys(changed["MedNLI"], 1.0)
    other = tmp_path / "changed.json"
    other.write_text(json.dumps(changed), encoding="utf-8")
    take(other)
    after = board(as_of=then)
    assert (before.rows, before.revision, before.changed_at) == (after.rows, after.revision, after.changed_at)
    assert (before.revision, board().revision) == (1, 2)
    assert board().rows != before.rows


def test_every_row_of_the_page_says_that_it_was_reported(imported: str, client: Client) -> None:
    page = client.get("/boards/bridge/").content.decode()
    assert "gemini-2.5-flash" in page
    assert page.count("reported, not run here") >= 98
    assert client.get("/boards/bridge/?language=ja&type=Summarisation").status_code == 200
