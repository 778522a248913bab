"""docs/adding-a-benchmark.md, followed to the letter."""

from __future__ import annotations

from typing import Any

import httpx

from tests.adding.guides import guide

GUIDE = guide("benchmark")


def test_a_benchmark_is_added_answered_and_on_its_board(house: Any) -> None:
    GUIDE.follow(house.root)
    load, send = GUIDE.commands

    assert "ward-round v1 (6 items) loaded" in house.run(load)
    assert "already loaded" in house.run(load)
    page = httpx.get(f"{house.site.address}/benchmarks/ward-round/").text
    assert "One best option" in page and "protamine" not in page.lower()  # w3 is private

    said = house.scored(house.run(send))
    choice = next(score for score in said["scores"] if score["task"] == "choice")
    assert choice["n"] == 3 and choice["value"] is not None
    row = house.row("ward-round", "My first system")
    assert set(row["scores"]) == {"choice", "advice"}
    board = httpx.get(f"{house.site.address}/boards/ward-round/").text
    assert "My first system" in board and "Ward round" in board


def test_what_the_guide_says_of_a_broken_item_is_so(house: Any, tmp_path: Any) -> None:
    broken = tmp_path / "broken"
    GUIDE.follow(tmp_path, only="ward-round")
    (tmp_path / "ward-round").rename(broken)
    items = broken / "items.jsonl"
    items.write_text(items.read_text(encoding="utf-8").replace('{"letters": ["B"]}', '{"letters": ["Z"]}'))

    done = house.refused(f"{GUIDE.commands[0].removesuffix('ward-round')}{broken}")

    assert "items.jsonl" in done and "line 2" in done and "w2" in done and "Nothing was loaded" in done


def test_an_answer_in_words_counts_as_the_guide_shows(house: Any) -> None:
    """ "I would give vitamin K, so B" is read as B, which is wrong: two of three are right."""
    GUIDE.follow(house.root)
    house.run(GUIDE.commands[0])
    house.scored(house.run(GUIDE.commands[1]))
    with house.client() as client:
        row = next(
            row
            for row in client.get("/api/v1/boards/ward-round/?split=public").json()["rows"]
            if row["system"] == "My first system"
        )
    assert row["scores"]["choice"]["value"] == 1.0  # w1 alone is public
