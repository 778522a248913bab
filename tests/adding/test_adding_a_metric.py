"""docs/adding-a-metric.md, followed to the letter in a copy of the house."""

from __future__ import annotations

import html
from typing import Any

import httpx

from tests.adding.guides import guide

GUIDE, BENCHMARK = guide("metric"), guide("benchmark")


def test_a_metric_is_added_and_scores(house: Any, tmp_path: Any) -> None:
    folder = tmp_path / "words"
    BENCHMARK.follow(tmp_path, only="ward-round")
    (tmp_path / "ward-round").rename(folder)
    specification = folder / "benchmark.toml"
    text = specification.read_text(encoding="utf-8").replace("ward-round", "ward-words")
    assert 'metric = "rougeL"' in text
    specification.write_text(text.replace('metric = "rougeL"', 'metric = "token_f1"'), encoding="utf-8")
    (house.root / "answers.jsonl").write_text(BENCHMARK.files["answers.jsonl"], encoding="utf-8")
    load, send = BENCHMARK.commands

    assert "ward-words v1" in house.run(load.removesuffix("ward-round") + str(folder))
    said = house.scored(house.run(send.replace("benchmark=ward-round", "benchmark=ward-words")))

    advice = next(score for score in said["scores"] if score["task"] == "advice")
    assert advice["metric"] == "token_f1"
    row = house.row("ward-words", "My first system")
    assert 0 < row["scores"]["advice"]["value"] < 1


def test_the_methods_page_tells_its_formula_and_where_it_is_from(house: Any) -> None:
    page = httpx.get(f"{house.site.address}/methods/").text
    _, _, entry = page.partition('id="metric-token_f1"')
    entry = html.unescape(entry.partition("</article>")[0])
    assert "1/n Σ max_r 2 |a ∩ r| / (|a| + |r|)" in entry
    assert "Rajpurkar et al. 2016" in entry


def test_the_tests_that_the_guide_names_pass_there(house: Any) -> None:
    (command,) = GUIDE.commands
    said = house.run(command)
    assert "2 passed" in said, said


def test_a_metric_that_is_not_explained_fails_its_test(house: Any) -> None:
    """What the guide promises of the third place."""
    register = house.root / "leaderboard" / "specs" / "methods.toml"
    whole = register.read_text(encoding="utf-8")
    begins = whole.index('\n[[metric]]\nname = "token_f1"')
    try:
        register.write_text(whole[:begins], encoding="utf-8")
        assert "test_every_metric_is_explained_and_no_other" in house.refused(GUIDE.commands[0])
    finally:
        register.write_text(whole, encoding="utf-8")
