"""What a case or a mode of several turns must not be, in words."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from evaluation.domain.benchmarks import TaskSpec
from evaluation.domain.prompts.mode_files import ModeError, parse_mode
from evaluation.domain.prompts.modes import FOLDER
from evaluation.domain.shapes import UnusableError, check_shape
from evaluation.domain.validation import check_task

TASK = TaskSpec("t", "T", "consultation", "must_ask_coverage")


def changed(question, **changes):
    gold = copy.deepcopy(dict(question.gold))
    gold.update(changes)
    return replace(question, gold=gold)


def test_a_case_as_documented_is_taken(chest):
    check_shape(chest, TASK)
    check_task(TASK)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"facts": []}, "gold facts must not be empty"),
        ({"facts": [{"id": "f1", "text": "a"}, {"id": "f1", "text": "b"}]}, "an id of its own"),
        ({"facts": [{"id": "f1", "text": " "}]}, "needs a text"),
        ({"must_ask": []}, "gold must_ask must not be empty"),
        ({"diagnosis": {"text": ""}}, "diagnosis needs a text"),
        ({"diagnosis": {"text": "x", "names": [" "]}}, "names must not be empty"),
        ({"diagnosis": "asthma"}, "gold"),
        ({"hidden": 1}, "gold"),
    ],
)
def test_a_broken_case_is_refused_with_its_reason(chest, changes, reason):
    with pytest.raises(UnusableError, match=reason):
        check_shape(changed(chest, **changes), TASK)


def test_an_input_that_holds_more_than_the_opening_is_refused(chest):
    with pytest.raises(UnusableError, match="opening as its question, nothing else"):
        check_shape(replace(chest, input={**chest.input, "context": "The patient smokes."}), TASK)
    with pytest.raises(UnusableError, match="unknown field"):
        check_shape(replace(chest, input={**chest.input, "facts": ["I smoke."]}), TASK)


def test_a_diagnosis_without_a_name_cannot_be_scored_by_name(chest):
    nameless = changed(chest, diagnosis={"text": "You may have a cold."})
    check_shape(nameless, TASK)
    with pytest.raises(UnusableError, match="use 'must_ask_coverage'"):
        check_shape(nameless, replace(TASK, metric="diagnosis_named"))
    with pytest.raises(UnusableError, match="does not score family"):
        check_task(replace(TASK, metric="accuracy"))


def edited(name, *edits):
    content = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in content
        content = content.replace(old, new)
    return content.encode()


@pytest.mark.parametrize(
    ("name", "edit", "reason"),
    [
        ("followups", ("rounds = 3", "rounds = 0"), "needs both"),
        ("followups", ("rounds = 3", "rounds = 21"), "followups.rounds is 21"),
        ("followups", ('id = "doubt"', 'id = "authority"'), "an id twice"),
        ("followups", ("{other}. Give", "{gold}. Give"), "its only place"),
        ("followups", ('strategy = "followups"', 'strategy = "direct"'), "go with the strategy 'followups'"),
        ("consultation", ("exchanges = 12", "exchanges = 13"), "between 1 and 12"),
        ("consultation", ("{questions}", "some"), r"the place \{questions\} 0 times"),
        ("consultation", ('strategy = "consultation"', 'strategy = "direct"'), "strategy 'consultation'"),
        ("consultation", ('patient = "facts"', 'patient = "actor"'), "patient"),
    ],
)
def test_a_mistaken_mode_of_talks_is_refused_with_the_reason(name, edit, reason):
    with pytest.raises(ModeError, match=reason):
        parse_mode(edited(name, edit), "mine.toml")
