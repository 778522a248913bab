"""A real model, so small that it says noise, run by the queue of a real site on real published items."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.model_runs import Runs, first_of
from tests.journeys.site_rows import Rows
from tests.running_site import Site

pytest.importorskip("torch", reason="no engine: `make engines` installs torch and transformers")

BRIDGE_MODES = ("direct", "cot", "direct-5-shot")
MEDVAL = {
    "id": "1", "task": "report2impression", "input": "Chest film. No effusion, no infiltrate.",
    "reference_output": "", "output": "Large effusion.",
    "physician_error_assessment": "Error 1: Fabricated claim: effusion", "physician_risk_grade": "4",
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny_folder(site: Site) -> str:
    """Where operators keep models for everybody, and in it one that says noise."""
    from workers.backends import tiny_model

    return str(tiny_model.make(site.state / "models" / "journey"))


@pytest.fixture(scope="module")
def runs(site: Site, tiny_folder: str) -> Iterator[Runs]:
    with site.client() as client:
        yield Runs(client, tiny_folder)


def load(site: Site, published_data: Path, folder: Path, slug: str, counts: dict[str, int]) -> None:
    site.manage("load_benchmark", slug, "--data", str(first_of(published_data / slug, folder / slug, counts)))


def items_of(told: dict[str, Any]) -> dict[str, int]:
    return {score["task"]: score["n"] for score in told["scores"]}


def test_exam_questions_abstracts_and_faulty_notes_are_answered_and_scored(
    site: Site, published_data: Path, tmp_path: Path, runs: Runs, rows: Rows
) -> None:
    load(site, published_data, tmp_path, "medqa", {"questions.jsonl": 12})
    load(site, published_data, tmp_path, "medec", {"medec_ms.csv": 8})
    load(site, published_data, tmp_path, "pubmedqa", {"pqal.jsonl": 8})

    told = {slug: runs.scored(slug, "Noise on exams") for slug in ("medqa", "medec", "pubmedqa")}

    assert sum(items_of(told["medqa"]).values()) == 12
    assert items_of(told["medec"]) == {"medec-ms": 8}
    assert items_of(told["pubmedqa"]) == {"pqa-l": 8}
    for one in told.values():
        kept = rows.one(
            "SELECT count(*) AS answers, count(DISTINCT position) AS items, min(tokens_out) AS fewest,"
            " count(record->>'prompt_sha256') AS prompts FROM evaluation_answer answer"
            " JOIN evaluation_run run ON run.id = answer.run_id WHERE run.submission_id = %s",
            one["id"],
        )
        assert kept["answers"] == kept["items"] == kept["prompts"] == one["progress"]["total"]
        assert kept["fewest"] >= 1
        assert "all as receipt" in site.manage("recompute", one["receipt"])


def test_bridges_files_are_asked_in_its_three_modes(
    site: Site, published_data: Path, runs: Runs, rows: Rows
) -> None:
    site.manage("load_benchmark", str(published_data / "bridge" / "BrainMRI-AIS.SFT.json"))
    slug = runs.client.get("/api/v1/benchmarks/").json()
    (bridge,) = [each["slug"] for each in slug if "brainmri" in each["slug"].lower()]

    told = {mode: runs.scored(bridge, "Noise on BRIDGE", mode) for mode in BRIDGE_MODES}

    prompts = {mode: one["canaries"][0]["prompt"] for mode, one in told.items()}
    assert all("acute ischemic stroke" in prompt[0]["text"] for prompt in prompts.values())
    assert "Result:" in str(prompts["cot"])
    assert "Result:" not in str(prompts["direct"])
    assert len(prompts["direct-5-shot"]) > len(prompts["direct"])  # the examples are turns of their own
    shots = rows.all(
        "SELECT answer.position, record->'shots' AS shots FROM evaluation_answer answer"
        " JOIN evaluation_run run ON run.id = answer.run_id WHERE run.submission_id = %s",
        told["direct-5-shot"]["id"],
    )
    assert all(each["shots"] for each in shots)
    assert len(runs.on_the_board(bridge, [("Noise on BRIDGE", mode) for mode in BRIDGE_MODES])) == 3


def test_both_sides_of_a_pair_are_run_and_compared_pair_by_pair(
    site: Site, published_data: Path, runs: Runs
) -> None:
    site.manage("load_benchmark", "rabbits_medqa", "--data", str(published_data))

    told = runs.scored("rabbits_medqa", "Noise on drug names")

    found = items_of(told)
    assert found["medqa-swapped"] > found["medqa-original"] > 1
    (compared,) = told["pairs"]
    assert compared["pairs"] == found["medqa-original"]  # what has no partner is compared with nothing


def test_a_model_judges_texts_in_medvals_format(site: Site, tmp_path: Path, runs: Runs) -> None:
    graded = [
        MEDVAL
        | {"#": str(n), "input": f"{MEDVAL['input']} Film {n}.", "physician_risk_grade": str(n % 4 + 1)}
        for n in range(6)
    ]
    with (tmp_path / "medval_bench.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["#", *MEDVAL])
        writer.writeheader()
        writer.writerows(graded)
    site.manage("load_benchmark", "medval_bench", "--data", str(tmp_path))

    told = runs.scored("medval_bench", "Noise as a judge")

    assert items_of(told)["report2impression"] == 6
    assert "risk_level" in str(told["canaries"][0]["prompt"])  # it is asked as a judge
    assert told["scores"][0]["unparsed"] == 6  # noise is no verdict, and is counted as what it is


def test_a_model_consults_with_a_patient_made_from_a_published_case(
    site: Site, published_data: Path, tmp_path: Path, runs: Runs, rows: Rows
) -> None:
    load(site, published_data, tmp_path, "mtmeddialog", {"sft_val.jsonl": 3})

    told = runs.scored("mtmeddialog", "Noise as a doctor", "consultation")

    said = rows.all(
        "SELECT output FROM evaluation_answer answer JOIN evaluation_run run ON run.id = answer.run_id"
        " WHERE run.submission_id = %s",
        told["id"],
    )
    assert len(said) == told["progress"]["total"]
    for each in said:
        speakers = [line.partition(":")[0] for line in each["output"].splitlines() if line.strip()]
        assert speakers[0] == "Patient"
        assert 1 <= speakers.count("Doctor") <= 13


def test_the_command_line_does_the_whole_run_in_one_process(
    site: Site, published_data: Path, tmp_path: Path, tiny_folder: str
) -> None:
    load(site, published_data, tmp_path, "pubmedqa", {"pqal.jsonl": 8})

    said = json.loads(
        site.manage(
            "evaluate", "--benchmark", "pubmedqa", "--system", "Noise by hand", "--backend", "transformers",
            "--model", tiny_folder, "--mode", "zero-shot", "--device", "cpu", "--json",
            "--decoding", '{"max_new_tokens": 8}',
        )
    )  # fmt: skip

    assert (said["items"], said["mode"]) == (8, "zero-shot")
    assert [score["n"] for score in said["scores"]] == [8]
    assert 0 <= said["scores"][0]["low"] <= said["scores"][0]["value"] <= said["scores"][0]["high"] <= 1


def test_a_run_of_some_tasks_says_so_and_has_no_rank(runs: Runs) -> None:
    told = runs.scored("sample", "Noise on one task", tasks=["cardiology-choice"])

    assert set(items_of(told)) == {"cardiology-choice"}
    (row,) = runs.on_the_board("sample", [("Noise on one task", "direct")])
    assert (row["rank_low"], row["average"]) == (None, None)
