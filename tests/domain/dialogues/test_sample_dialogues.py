"""The sample consultations keep what their README promises."""

from __future__ import annotations

import json
from collections import Counter

from evaluation.domain.dialogues.case import case_of
from evaluation.domain.dialogues.words import tokens
from evaluation.domain.loading import load, shipped

FOLDER = shipped()["sample_dialogues"].parent


def test_the_cases_say_that_they_are_invented_and_free_to_use():
    spec, readme = (
        load(shipped()["sample_dialogues"]).spec,
        (FOLDER / "README.md").read_text(encoding="utf-8"),
    )
    assert spec.synthetic and spec.licence == "CC0-1.0"
    assert {task.licence for task in spec.tasks} == {"CC0-1.0"}
    assert "not validated by physicians" in readme and "synthetic" in readme
    questions = list(load(shipped()["sample_dialogues"]).questions)
    for task in spec.tasks:
        splits = Counter(question.split for question in questions if question.task == task.slug)
        assert f"| {splits.total()} ({splits['public']}) |" in readme


def test_no_opening_tells_a_fact_or_the_diagnosis(consultations):
    for _, question in consultations:
        case = case_of(question.gold)
        opening = tokens(question.input["question"])
        assert set(question.input) == {"question"}
        assert not any(tokens(name) <= opening for name in case.diagnosis.names)
        assert not any(fact.text in question.input["question"] for fact in case.facts)


def test_no_fact_names_the_diagnosis_of_the_patient(consultations):
    for _, question in consultations:
        case = case_of(question.gold)
        for fact in case.facts:
            if not any(word in fact.text for word in ("father", "sister", "aunt")):
                assert not any(tokens(name) <= tokens(fact.text) for name in case.diagnosis.names)


def test_every_case_has_some_eight_facts_and_eight_things_to_ask():
    lines = (FOLDER / "items.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line)["gold"] for line in lines]
    assert len(cases) == 6
    assert all(8 <= len(case["facts"]) <= 12 and 7 <= len(case["must_ask"]) <= 12 for case in cases)
