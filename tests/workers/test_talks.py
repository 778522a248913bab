"""Talks through the platform: consultations and follow-ups from the command line to scores and records."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from evaluation.domain.dialogues.transcript import read
from evaluation.domain.prompts.building import Asked, Fit
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.rendering import answer_text
from evaluation.domain.prompts.strategies import solve
from evaluation.models import Answer, Item, Run, Score, Task
from evaluation.selectors import asked, benchmarks, flips
from evaluation.services import work
from workers import running, warm
from workers.backends.baseline import BaselineBackend

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_model_stays_warm() -> Any:
    yield
    warm.drop()


@pytest.fixture
def sample_dialogues(db: None) -> Any:
    call_command("load_benchmark", "sample_dialogues", stdout=io.StringIO())
    return benchmarks.current_version("sample_dialogues")


def evaluate(benchmark: str, model: str, how: str) -> dict[str, Any]:
    words = [
        "--benchmark",
        benchmark,
        "--system",
        model,
        "--backend",
        "baseline",
        "--model",
        model,
        "--mode",
        how,
    ]
    call_command("evaluate", *words, "--json", stdout=(out := io.StringIO()))
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def test_every_baseline_holds_consultations_and_the_checklist_asks_most(sample_dialogues: Any) -> None:
    scores = {}
    for name in ("constant", "longest option", "word overlap"):
        told = evaluate("sample_dialogues", name, "consultation")
        assert told["items"] == 6
        scores[name] = {score["task"]: score["value"] for score in told["scores"]}

    coverage = {name: found["consultations"] for name, found in scores.items()}
    assert coverage["constant"] == 0
    assert 0.3 < coverage["longest option"] < 1
    assert coverage["word overlap"] < coverage["longest option"]
    assert {found["consultations-zh"] for found in scores.values()} == {0}
    longest = Answer.objects.filter(run__submission__system__name="longest option")
    for answer in longest:
        assert answer.record["exchanges"] == 12
        assert answer.record["ended_by"] == "limit"
        assert read(answer.output) is not None
        assert answer.parsed == {"exchanges": 12, "diagnosis": "a viral infection"}
    parts = Score.objects.get(run=longest[0].run_id, split="all", task__slug="consultations").parts
    assert parts["by_exchange_1"] <= parts["by_exchange_6"] <= parts["by_exchange_12"]


def test_the_same_system_holds_the_same_consultations_again(sample_dialogues: Any) -> None:
    for name in ("Baseline: longest option", "longest option"):  # one baseline under two names
        words = ["--benchmark", "sample_dialogues", "--system", name, "--backend", "baseline"]
        call_command("evaluate", *words, "--mode", "consultation", "--json", stdout=io.StringIO())
    first, second = (
        list(Answer.objects.filter(run=run).order_by("position").values_list("output", "record"))
        for run in Run.objects.order_by("pk")
    )
    assert first == second


def test_nothing_of_a_case_but_its_opening_is_on_any_page_or_in_any_file(sample_dialogues: Any) -> None:
    shown = b"".join(benchmarks.items_as_lines(sample_dialogues)).decode()
    examples = b"".join(benchmarks.example_lines(sample_dialogues)).decode()
    for item in Item.objects.select_related("reference"):
        gold = item.reference.gold
        for text in (*(fact["text"] for fact in gold["facts"]), *gold["diagnosis"]["names"], gold["advice"]):
            assert text not in shown
            assert text not in examples
        assert asked._case(item) == gold


def test_no_other_family_is_handed_its_reference(tiny: Any) -> None:
    assert {asked._case(item) for item in Item.objects.select_related("task", "reference")} == {None}


def test_a_consultation_asked_in_another_mode_is_refused_with_the_mode_to_choose(
    sample_dialogues: Any,
) -> None:
    with pytest.raises(CommandError, match="choose the mode consultation"):
        evaluate("sample_dialogues", "constant", "direct")
    with pytest.raises(CommandError, match="needs a model that plays the patient"):
        evaluate("sample_dialogues", "constant", "consultation-model-patient")


def test_transcripts_can_be_uploaded_as_a_file_and_are_scored_alike(sample_dialogues: Any, lab: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from evaluation.services import submissions

    lines = [
        {"id": item.key, "output": answer_text("consultation", item.reference.gold, options={})}
        for item in Item.objects.select_related("reference")
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode()
    submission, _ = submissions.submit(
        lab, sample_dialogues, "Ideal", "", "p.jsonl", SimpleUploadedFile("p.jsonl", content)
    )
    while (chunk := work.claim("worker/1")) is not None:
        work.do(chunk, "worker/1")
    values = Score.objects.filter(run__submission=submission, split="all").values_list("value", flat=True)
    assert set(values) == {1.0}


def test_a_choice_is_pressed_and_its_answers_are_on_record(tiny: Any) -> None:
    words = ["--benchmark", "tiny", "--system", "Floor", "--backend", "baseline", "--model", "constant"]
    call_command("evaluate", *words, "--mode", "followups", "--json", stdout=(out := io.StringIO()))
    assert json.loads(out.getvalue())["items"] == 8
    answers = list(Answer.objects.filter(position__lt=5).order_by("position"))
    assert all(len(answer.record["answers"]) == 4 for answer in answers)
    assert all(answer.output == answer.record["answers"][-1]["text"] for answer in answers)

    choice = Task.objects.get(slug="choice")
    found = flips.of_run(answers[0].run, choice)
    assert len(found) == 3
    assert found[-1].changed.count == 0, "a baseline that looks at no prompt cannot be pressed"
    assert (found[-1].right_first.count, found[-1].right_first.n, found[-1].change.p) == (1, 2, 1.0)


def test_a_run_in_which_nobody_was_pressed_has_no_flips(tiny: Any) -> None:
    words = ["--benchmark", "tiny", "--system", "Floor", "--backend", "baseline", "--model", "constant"]
    call_command("evaluate", *words, "--json", stdout=io.StringIO())
    assert flips.of_run(Run.objects.get(), Task.objects.get(slug="choice")) == []


def test_a_patient_and_a_judge_stand_beside_the_system(sample_dialogues: Any) -> None:
    items = {item.position: item for item in Item.objects.select_related("task", "reference")}
    served = {name: BaselineBackend("longest option") for name in ("system", "patient", "judge")}
    how, fit = mode("consultation-model-patient"), Fit(None, lambda turns: 0)
    solvings = {}
    for position, item in items.items():
        given = Asked(item.key, item.task.slug, "consultation", item.task.language, "", item.input)
        gold = item.reference.gold
        solvings[position] = solve(how, given, [], fit, gold=gold, served=frozenset(served))
    shown = {position: benchmarks.line_of(item) for position, item in items.items()}

    solved = dict(running.answers(served, solvings, shown, threading.Event()))

    assert len(solved) == 6
    for each in solved.values():
        assert each.failure is None
        assert {turn["text"] for turn in each.record["turns"][1:] if turn["speaker"] == "Patient"} == {
            "I don't know."
        }
        assert each.record["patient"]["requests"] == 12
        found = each.record["must_ask"]
        assert all(verdict["met"] for verdict in found["judge"]["verdicts"].values())
        assert set(found["rule"]["first_turn"]) == set(found["judge"]["verdicts"])


def test_a_real_model_holds_a_consultation_on_published_cases(
    tiny_model_at: Any, published_data: Path, tmp_path: Path, db: None
) -> None:
    """Random weights: it asks nothing sensible, and every turn of it is on record all the same."""
    rows = (published_data / "mtmeddialog" / "sft_val.jsonl").read_text(encoding="utf-8").splitlines()[:8]
    (tmp_path / "sft_val.jsonl").write_text("\n".join(rows), encoding="utf-8")
    call_command("load_benchmark", "mtmeddialog", "--data", str(tmp_path), stdout=io.StringIO())
    words = ["--benchmark", "mtmeddialog", "--system", "Noise", "--backend", "transformers"]
    words += ["--model", str(tiny_model_at("chat")), "--mode", "consultation"]
    call_command(
        "evaluate", *words, "--decoding", '{"max_new_tokens": 12}', "--json", stdout=(out := io.StringIO())
    )

    assert json.loads(out.getvalue())["items"] == 8
    answers = list(Answer.objects.filter(run__submission__system__name="Noise"))
    assert len(answers) == 8
    for answer in answers:
        turns = answer.record["turns"]
        assert turns[0]["speaker"] == "Patient"
        assert answer.record["exchanges"] <= 12
        assert answer.output.count("\n") + 1 == len(turns)
        assert answer.tokens_out
    assert any(answer.record["exchanges"] > 0 for answer in answers)


def test_what_pressure_did_stands_on_the_page(tiny: Any, client: Any) -> None:
    words = ["--benchmark", "tiny", "--system", "Floor", "--backend", "baseline", "--model", "constant"]
    call_command("evaluate", *words, "--mode", "followups", "--json", stdout=io.StringIO())
    submission = Run.objects.get().submission
    client.force_login(submission.submitter)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    assert "Under pressure" in page
    assert "1 / 2" in page, "of the public items"
    [pressed] = [each for each in flips.of_submission(submission) if each.task.slug == "choice"]
    assert [turn.turn for turn in pressed.turns] == [1, 2, 3]
