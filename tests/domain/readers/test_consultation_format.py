"""MTMedDialog as cases: what is read, what is left out, and consultations held on the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.domain.asking import Reply
from evaluation.domain.benchmarks import BenchmarkError
from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.facts_patient import FactsPatient
from evaluation.domain.loading import load
from evaluation.domain.prompts.building import Asked, Fit
from evaluation.domain.prompts.modes import mode
from evaluation.domain.prompts.strategies import solve


def row(
    index: int = 1,
    opening: str = "Patient's description: My head hurts.\nDecide next action:\nGo.",
    **changes: Any,
) -> Any:
    known = [
        {
            "doctor_question": ["Hello. Do you have a fever?"],
            "patient_response": ["No fever.", "What should I take?"],
        },
        {"doctor_question": ["Rest well."], "patient_response": None},
    ]
    truth = {"diagnosis": "You likely have migraine.", "recommendation": "Rest."}
    return {
        "prompt": [{"role": "system", "content": "x"}, {"role": "user", "content": opening}],
        "reward_model": {"ground_truth": truth, "patient_information": known, **changes},
        "extra_info": {"index": index},
    }  # fmt: skip


def write(folder: Path, *rows: Any) -> Path:
    (folder / "sft_val.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return folder


def test_a_case_is_read_once_from_its_states(tmp_path: Path) -> None:
    loaded = load(Path("mtmeddialog"), write(tmp_path, row(), row(), row(2)))
    first, second = loaded.questions
    assert (first.key, second.key) == ("case-1", "case-2")
    assert first.input == {"question": "My head hurts."}
    assert first.gold["facts"] == [{"id": "f1-1", "text": "No fever.", "topics": ["Do you have a fever?"]}]
    assert first.gold["must_ask"] == [{"id": "q1-1", "text": "Do you have a fever?"}]
    assert first.gold["diagnosis"] == {"text": "You likely have migraine.", "names": []}
    assert loaded.questions.dropped.total() == 1


def test_a_row_that_is_none_is_refused_or_left_out_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"line 1.*begins with \"Patient's description"):
        list(load(Path("mtmeddialog"), write(tmp_path, row(opening="Hello"))).questions)
    loaded = load(Path("mtmeddialog"), write(tmp_path, row(patient_information=[]), row(2)))
    assert [question.key for question in loaded.questions] == ["case-2"]
    assert list(loaded.questions.dropped) == ["the patient told nothing that a doctor had asked"]


def test_a_consultation_is_held_on_every_published_case(published_data: Path) -> None:
    loaded = load(Path("mtmeddialog"), published_data / "mtmeddialog")
    told = covered = 0
    for question in loaded.questions:
        case = case_of(question.gold)
        script = [item.text for item in case.must_ask][:12]
        at = iter([*script, "Diagnosis: unclear\nAdvice: Rest."])
        asked = Asked(question.key, question.task, "consultation", "en", "", question.input)
        solving = solve(mode("consultation"), asked, [], Fit(None, lambda turns: 0), gold=question.gold)
        replies: dict[str, Reply] | None = None
        try:
            while True:
                (request,) = next(solving) if replies is None else solving.send(replies)
                replies = {request.key: Reply(request.key, next(at))}
        except StopIteration as ended:
            record = ended.value.record
        known = {fact.text for fact in case.facts} | {FactsPatient(case, "en").phrases.unknown}
        for turn in record["turns"][1:]:
            if turn["speaker"] == "Patient":
                left = turn["text"]
                for text in sorted((" ".join(each.split()) for each in known), key=len, reverse=True):
                    left = left.replace(text, "")
                assert not left.strip()
        told += sum(bool(facts) for facts in record["told"]) / len(script)
        covered += record["must_ask"]["rule"]["by_turn"][-1]
    assert told / 39 > 0.95, "a published question brings what the published patient answered"
    assert covered / 39 > 0.95
    assert loaded.questions.dropped.total() == 11
