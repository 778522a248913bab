"""Charts by address: all on a page, one as fragment, figure and numbers; confidence counted once."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.files.base import File
from django.test import Client

from evaluation.services import submissions
from leaderboard.selectors import calibration
from workers import tasks

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def with_confidence(content: bytes, sure: float) -> bytes:
    rows = [json.loads(line) | {"confidence": sure} for line in content.splitlines()]
    return "\n".join(map(json.dumps, rows)).encode()


@pytest.fixture
def board(lab: Any, tiny: Any, answers_to: Callable[..., bytes]) -> None:
    for system, content in [
        ("Alpha", with_confidence(answers_to(wrong=("c0",)), 0.9)),
        ("Beta", answers_to(wrong=("v0", "v1"))),
    ]:
        submissions.submit(lab, tiny, system, "", "p.jsonl", File(io.BytesIO(content), name="p.jsonl"))
        tasks.serve_queue()


def test_every_chart_of_a_board_has_a_page_a_fragment_a_figure_and_its_numbers(
    client: Client, board: None
) -> None:
    page = client.get("/boards/tiny/charts/").content.decode()
    names = re.findall(r'data-figure="/boards/tiny/charts/([\w-]+)\.json"', page)
    assert {"forest", "heat", "profile", "wins", "calibration"} <= set(names)
    for name in names:
        told = client.get(f"/boards/tiny/charts/{name}.json").json()
        written = list(
            csv.reader(io.StringIO(client.get(f"/boards/tiny/charts/{name}.csv").content.decode()))
        )
        assert written[0] == told["table"]["header"] and len(written) == len(told["table"]["rows"]) + 1
        whole = client.get(f"/boards/tiny/charts/{name}/").content.decode()
        fragment = client.get(f"/boards/tiny/charts/{name}/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" in whole and "<html" not in fragment
        assert 'data-figure="' in fragment and "<table" in fragment
        assert re.search(r"<details class=\"chart-numbers\" open>", whole), (
            "without a script the table is open"
        )


def test_a_chart_follows_the_slice(client: Client, board: None) -> None:
    heat = client.get("/boards/tiny/charts/forest.json?language=es").json()
    assert heat != client.get("/boards/tiny/charts/forest.json").json()
    page = client.get("/boards/tiny/charts/forest/?language=es").content.decode()
    assert 'data-figure="/boards/tiny/charts/forest.json?language=es"' in page
    assert client.get("/boards/tiny/charts/forest.csv?as_of=x").status_code == 400
    assert client.get("/boards/tiny/charts/forest/?as_of=x").status_code == 400


def test_there_is_no_chart_of_another_name_or_board(client: Client, board: None) -> None:
    for path in [
        "tiny/charts/pie/",
        "tiny/charts/pie.json",
        "tiny/charts/pie.csv",
        "nowhere/charts/",
        "nowhere/charts/forest.json",
    ]:
        assert client.get(f"/boards/{path}").status_code == 404, path


def test_confidence_is_counted_over_public_answers_that_are_right_or_wrong(
    client: Client, board: None, django_assert_max_num_queries: Any
) -> None:
    told = client.get("/boards/tiny/charts/calibration.json").json()
    [line] = told["table"]["rows"]
    public = [
        json.loads(each) for each in body(client.get("/api/v1/benchmarks/tiny/items.jsonl?split=public"))
    ]
    assert line[0] == "Alpha" and line[3] == len(public) and line[4] == 90.0
    table_rows = client.get("/api/v1/boards/tiny/?split=public").json()["rows"]
    alpha = next(row for row in table_rows if row["system"] == "Alpha")
    right = sum(cell["value"] * cell["n"] for cell in alpha["scores"].values() if cell["n"])
    assert line[5] == pytest.approx(100 * right / len(public), abs=0.1)


def body(response: Any) -> list[bytes]:
    return b"".join(response.streaming_content).splitlines()


def test_confidence_is_counted_once_for_a_scoring(
    client: Client, board: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get("/boards/tiny/charts/calibration.json").content
    counted: list[int] = []
    read = calibration._answers

    def watched(run: Any, scoring: int) -> Any:
        counted.append(run.pk)
        return read(run, scoring)

    monkeypatch.setattr(calibration, "_answers", watched)
    assert client.get("/boards/tiny/charts/calibration.json").content == first
    assert counted == []


def test_the_library_is_the_pinned_packages_own_script() -> None:
    found = finders.find("plotly.min.js")
    assert isinstance(found, str)
    script = Path(found).read_text(encoding="utf-8")
    assert "Licensed under the MIT license" in script[:400]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert f"plotly=={version('plotly')}" in lock
    assert finders.find("plotly.min.js", find_all=True) == [found]
    assert finders.find("widgetbundle.js") is None


def test_the_styles_the_library_would_inject_are_held_off() -> None:
    """It looks for elements of these ids; a release that looks for others must be noticed."""
    head = (ROOT / "templates/leaderboard/_charts_head.html").read_text(encoding="utf-8")
    found = finders.find("plotly.min.js")
    assert isinstance(found, str)
    script = Path(found).read_text(encoding="utf-8")
    for name in re.findall(r'\bid="([0-9a-f]{64})"', head):
        assert f'getElementById("{name}")' in script
    assert (
        'id="plotly.js-style-global"' in head
        and "plotly.js-style-" in script
        and ".no-inline-styles" in script
    )
