"""Charts are functions of a table: a figure Plotly takes, the same numbers as a table, a sentence that is true."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import plotly.graph_objects as go
import pytest

from leaderboard.charts import CHARTS, Chart, Material, Reliability, of_table
from leaderboard.charts.calibration import expected_error
from leaderboard.charts.shape import SERIES, labels
from leaderboard.domain.table import Cell, Row, Slice, Table
from tests.leaderboard.made_tables import column, pairs, row, table

LIGHT, DARK = "#ffffff", "#172028"  # the cards of both schemes


def material(board: Table, **more: Any) -> Material:
    found = {each.key: each.average for each in board.rows if each.average is not None}
    return Material(**{"table": board, "pairs": lambda: pairs(found), "reliability": tuple, **more})


def draw(name: str, board: Table, **more: Any) -> Chart:
    return CHARTS[name].draw(material(board, **more))


@pytest.fixture
def board() -> Table:
    released = {"size_b": 7, "released": "2025-03-01"}
    return table(
        row("run-1", "Alpha", {"qa": 0.8, "ner": 0.6, "sum": 0.4}, rank_low=1, rank_high=1, attributes=released),
        row("run-2", "Beta", {"qa": 0.5, "ner": 0.5, "sum": 0.5}, rank_low=2, rank_high=3, band=2,
            attributes={"size_b": 70.0, "released": "2024-01-01"}),
        row("run-3", "Gamma", {"qa": 0.45, "ner": 0.5, "sum": 0.49}, rank_low=2, rank_high=3, band=2,
            attributes={"size_b": 13, "released": "2024-06"}),
        row("reported-4", "Delta", {"qa": 0.3, "ner": None, "sum": 0.2}, origin="reported"),
    )  # fmt: skip


RELIABLE = Reliability("run-1", (0.0, 0.5, 1.0), (10, 30), (0.3, 0.9), (0.4, 0.6))


def test_every_figure_is_one_that_plotly_takes(board: Table) -> None:
    for name in CHARTS:
        drawn = draw(name, board, reliability=lambda: [RELIABLE])
        figure = go.Figure(in_colours({"data": drawn.traces, "layout": drawn.layout}))
        assert bool(figure.data) is not bool(drawn.empty), name
        json.dumps(drawn.as_json(), allow_nan=False)


def in_colours(figure: Any) -> Any:
    """The browser fills in the colours of the page; Plotly's own check knows colours only."""
    return json.loads(re.sub(r'"var\(--[\w-]+\)"', '"#888888"', json.dumps(figure)))


def test_every_chart_says_its_numbers_as_a_table_and_in_a_sentence(board: Table) -> None:
    for name in CHARTS:
        drawn = draw(name, board, reliability=lambda: [RELIABLE])
        assert drawn.reading.endswith("."), name
        if not drawn.empty:
            assert drawn.rows and all(len(line) == len(drawn.header) for line in drawn.rows), name


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_board_with_nothing_to_draw_says_what_is_needed(name: str) -> None:
    for nothing in (table(), table(row("run-1", "A", {"qa": None}))):
        drawn = CHARTS[name].draw(Material(table=nothing, pairs=lambda: None, reliability=tuple))
        assert drawn.empty and drawn.empty == drawn.reading
        assert not drawn.traces
    assert of_table(table()) == []


def test_the_forest_says_who_leads_and_whom_the_data_do_not_separate(board: Table) -> None:
    assert draw("forest", board).reading == (
        "Alpha comes first by average, 60.0 (58.0 to 62.0). It is ahead of every other. "
        "3 systems fall into 2 tie bands."
    )
    tied = table(row("run-1", "A", {"qa": 0.5}), row("run-2", "B", {"qa": 0.4}))
    assert (
        "The data do not separate it from B. 2 systems fall into 1 tie band." in draw("forest", tied).reading
    )
    [stripe] = draw("forest", board).layout["shapes"]
    assert (stripe["y0"], stripe["y1"]) == (0.5, 2.5)


def test_a_board_of_strengths_is_drawn_by_its_column_in_elo_points() -> None:
    cells = {"overall": Cell(0.5, 0.2, 0.8, 40, rank_low=1, rank_high=1, band=1)}
    one = replace(row("study-1", "A", {"overall": 0.5}), average=None, low=None, high=None, cells=cells)
    drawn = draw("forest", table(one, columns=(column("overall", scale="logit"),)))
    assert drawn.header[3] == "Overall"
    assert drawn.rows[0][3] == pytest.approx(1086.86, abs=0.01)


def test_the_profile_draws_whom_the_reader_compares(board: Table) -> None:
    compared = replace(board, slice=Slice(compare=("run-3", "run-2")))
    assert [line[0] for line in draw("profile", compared).rows] == ["Gamma", "Beta"]
    assert [trace["name"] for trace in draw("profile", compared).traces] == ["Gamma", "Beta"]
    assert "Alpha is highest in Qa (80.0) and lowest in Sum (40.0)" in draw("profile", board).reading


def test_many_tasks_are_taken_together_by_category() -> None:
    columns = tuple(column(f"t{n}", category=f"kind {n % 3}") for n in range(30))
    board = table(row("run-1", "A", {f"t{n}": n / 30 for n in range(30)}), columns=columns)
    drawn = draw("profile", board)
    assert drawn.header == ("System", "kind 0", "kind 1", "kind 2")
    assert drawn.rows[0][1] == pytest.approx(100 * sum(range(0, 30, 3)) / 10 / 30, abs=0.01)


def test_size_and_release_come_with_their_rank_correlation(board: Table) -> None:
    size = draw("size", board)
    assert [line[:2] for line in size.rows] == [("Alpha", 7), ("Beta", 70.0), ("Gamma", 13)]
    assert "of 3 systems. Rank correlation -0.50, no interval" in size.reading
    assert [line[1] for line in draw("date", board).rows] == ["2025-03-01", "2024-01-01", "2024-06-01"]
    assert (
        "Left out, for their size is not known: 1." in draw("size", with_a_row_of_unknown_size(board)).reading
    )


def with_a_row_of_unknown_size(board: Table) -> Table:
    rows = (*board.rows, row("run-9", "Omega", {"qa": 0.1, "ner": 0.1, "sum": 0.1}))
    return replace(board, rows=rows)


@pytest.mark.parametrize(
    "said", [{"size_b": "big"}, {"size_b": -1}, {"size_b": "nan"}, {"released": "soon"}, {"released": 3}]
)
def test_what_a_published_table_says_of_a_system_may_be_anything(said: dict[str, Any]) -> None:
    board = table(
        row("run-1", "A", {"qa": 0.5}, attributes=said), row("run-2", "B", {"qa": 0.5}, attributes=said)
    )
    assert draw("size", board).empty and draw("date", board).empty


def test_the_heat_map_has_a_gap_where_a_result_is_missing(board: Table) -> None:
    drawn = draw("heat", board)
    [cells] = drawn.traces
    assert cells["z"][3] == [30.0, None, 20.0]
    assert "4 systems on 3 tasks. 1 result is missing." in drawn.reading
    assert drawn.key is not None and drawn.key[:2] == ("20.0", "80.0")


def test_pairs_that_are_apart_are_starred_and_counted(board: Table) -> None:
    drawn = draw("wins", board)
    [cells] = drawn.traces
    assert "2 of 3 pairs are separated" in drawn.reading
    assert "Alpha is ahead of Beta and Gamma" in drawn.reading
    assert cells["text"][0] == ["", "*", "*"] and cells["text"][1] == ["*", "", ""]
    assert len(drawn.rows) == 3
    assert cells["zmin"] == -cells["zmax"]


def test_strengths_are_shown_as_chances_to_win() -> None:
    columns = (column("overall", scale="logit"),)
    board = table(row("s-1", "A", {"overall": 1.0}), row("s-2", "B", {"overall": 0.0}), columns=columns)
    [line] = draw("wins", board).rows
    assert line[2] == pytest.approx(73.11)


def test_a_reliability_diagram_tells_the_expected_error() -> None:
    assert expected_error(RELIABLE) == pytest.approx((10 * 0.1 + 30 * 0.3) / 40)
    drawn = draw("calibration", table(row("run-1", "A", {"qa": 0.5})), reliability=lambda: [RELIABLE])
    assert "over 40 answers" in drawn.reading and "25.0 points" in drawn.reading
    assert drawn.rows == (("A", 0.0, 0.5, 10, 30.0, 40.0), ("A", 0.5, 1.0, 30, 90.0, 60.0))


def test_coverage_is_drawn_turn_by_turn() -> None:
    columns = tuple(column(f"asked@turn-{n}", category="asked by turn") for n in (1, 2, 10))
    board = table(
        row("study-1", "A", {"asked@turn-1": 0.2, "asked@turn-2": 0.4, "asked@turn-10": 0.9}), columns=columns
    )
    drawn = draw("turns", board)
    assert drawn.traces[0]["x"] == [1, 2, 10]
    assert drawn.reading == "By turn 10 A has covered most, 90.0 %, after 20.0 % at turn 1."


def test_agreement_is_drawn_for_questions_that_have_one() -> None:
    columns = (column("safe", counted="ratings"), column("kind", counted="ratings"))
    board = table(row("study-1", "A", {"safe": 0.7, "kind": 0.9}), columns=columns)
    told = [
        {"key": "safe", "agreement": {"coefficient": "alpha", "value": 0.61, "low": 0.5, "high": 0.7}},
        {"key": "kind", "agreement": {"coefficient": "alpha", "value": 0.1, "low": None, "high": None}},
        {"key": "other", "agreement": None},
    ]
    drawn = draw("agreement", board, study=lambda: told)
    assert "raters agree most on Safe (0.61) and least on Kind (0.10)" in drawn.reading
    assert drawn.rows[0] == ("Safe", "Alpha", 0.61, 0.5, 0.7, 70.0)


def test_both_scores_of_a_joint_board_stand_with_both_intervals() -> None:
    said = SimpleNamespace(
        human=column("safe"), automatic=column("qa"), sentence="The two agree.",
        beside=[
            SimpleNamespace(system="A", human=Cell(0.7, 0.6, 0.8), automatic=Cell(0.5, 0.4, 0.6), flag="placed apart"),
            SimpleNamespace(system="B", human=Cell(0.5, 0.4, 0.6), automatic=Cell(0.6, 0.5, 0.7), flag=""),
            SimpleNamespace(system="C", human=None, automatic=Cell(0.6), flag=""),
        ],
    )  # fmt: skip
    drawn = draw("joint", table(row("study-1", "A", {"safe": 0.7})), joint=lambda: said)
    assert drawn.traces[0]["marker"]["symbol"] == ["x", "circle"]
    assert drawn.rows[2] == ("C", 60.0, None, None, None, None, None, None)
    assert "1 system, marked with a cross" in drawn.reading


def test_no_name_acts_in_a_figure() -> None:
    nasty = '<b>&amp;</b><a href="javascript:x">$x$</a>'
    board = table(row("run-1", nasty, {nasty: 0.5, "ner": 0.4}), row("run-2", "B", {nasty: 0.5, "ner": 0.2}),
                  columns=(column(nasty, name=nasty), column("ner")))  # fmt: skip
    for name in ("forest", "profile", "heat", "wins"):
        drawn = json.dumps(
            [CHARTS[name].draw(material(board)).traces, CHARTS[name].draw(material(board)).layout]
        )
        shown = re.sub(r"<extra></extra>", "", drawn)
        axes = re.findall(r'"(?:ticktext|x|y|name)": (\[[^\]]*\]|"[^"]*")', shown)
        assert axes and not [text for text in axes if "<" in text or "&" in text], name


def test_labels_are_short_and_no_two_are_alike() -> None:
    long = "a very long name of a system that goes on and on"
    rows = [row("1", long, {}, mode="x"), row("2", long, {}, mode="x"), row("3", "b", {}, mode="x")]
    found = labels(rows)
    assert len(set(found)) == 3 and max(map(len, found)) <= 38
    assert found[2] == "b", "a mode all share is not said"
    assert labels([row("1", "b", {}, mode="x"), row("2", "b", {}, mode="y")]) == ["b (x)", "b (y)"]


@pytest.mark.parametrize("colour", SERIES)
def test_colours_of_series_are_seen_in_both_schemes(colour: str) -> None:
    assert contrast(colour, LIGHT) >= 3
    assert contrast(colour, DARK) >= 3


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_chart_of_a_single_row_does_not_claim_to_beat_anybody() -> None:
    alone: Row = row("run-1", "A", {"qa": 0.5}, rank_low=1, rank_high=1)
    assert "ahead" not in draw("forest", table(alone)).reading
