"""docs/adding-a-backend.md, followed to the letter in a copy of the house whose workers then answer with it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx

from tests.adding.guides import guide

GUIDE = guide("backend")
MODEL = ".consilium/models/ward-words/bigrams.json"


def test_the_command_line_runs_it_in_one_process(house: Any) -> None:
    evaluate, _ = GUIDE.commands
    said = json.loads(house.run(evaluate))
    (score,) = said["scores"]
    assert score["task"] == "cardiology-choice" and score["n"] == 8


def test_a_worker_answers_with_it_and_the_receipt_says_so(house: Any) -> None:
    _, send = GUIDE.commands
    said = house.scored(house.run(send))

    assert said["answered"] == 123
    assert "bigrams" in httpx.get(f"{house.site.address}/queue/").text  # the worker says what it can serve
    assert {finding["state"] for finding in said["preflight"]} <= {"ok", "warning"}
    assert any(finding["text"] == "bigrams.json is there." for finding in said["preflight"])
    assert house.row("sample", "Ward words, queued")["average"] is not None
    with house.client() as client:
        told = client.get(f"/api/v1/receipts/{said['receipt']}/").raise_for_status().json()
    (engine,) = told["manifest"]["source"]["engines"]
    assert engine["backend"] == "bigrams"
    assert engine["weights"] == {
        "bigrams.json": hashlib.sha256((house.root / MODEL).read_bytes()).hexdigest()
    }


def test_the_api_page_names_it(house: Any) -> None:
    assert "bigrams" in httpx.get(f"{house.site.address}/api/").text


def test_a_folder_without_the_file_is_refused_in_the_words_of_the_guide(house: Any) -> None:
    (house.root / ".consilium/models/empty").mkdir(exist_ok=True, parents=True)
    evaluate, _ = GUIDE.commands
    said = house.refused(evaluate.replace("ward-words", "empty").replace("Ward words", "Nothing"))
    assert "has no bigrams.json. Check the folder." in said
