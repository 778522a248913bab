"""Checking one question after another against its task."""

from __future__ import annotations

from typing import Any

import pytest

from evaluation.domain.benchmarks import BenchmarkError, BenchmarkSpec, FileSpec, Question, TaskSpec
from evaluation.domain.readers.rows import Dropped, Located, Origin
from evaluation.domain.validation import MAX_TEXT, validated

TASKS = (
    TaskSpec("choice", "Choice", "multiple_choice", "accuracy"),
    TaskSpec("several", "Several", "multiple_choice", "exact_set"),
    TaskSpec("verdict", "Verdict", "yes_no_maybe", "accuracy"),
    TaskSpec("level", "Level", "classification", "macro_f1", options={"labels": ["mild", "severe"]}),
    TaskSpec("organs", "Organs", "multi_label", "multilabel_exact", options={"labels": ["liver", "lung"]}),
    TaskSpec("codes", "Codes", "multi_label", "bridge.multilabel", options={"open_set": True}),
    TaskSpec("drugs", "Drugs", "extraction", "event_f1", options={"fields": ["drug", "dose"]}),
    TaskSpec("errors", "Errors", "error_correction", "error_correction"),
    TaskSpec("note", "Note", "summarisation", "rougeL"),
    TaskSpec("figure", "Figure", "calculation", "numeric_tolerance"),
    TaskSpec("published", "Published", "multiple_choice", "meds_bench.mcqa"),
)
SPEC = BenchmarkSpec("made_up", "Made up", "", TASKS, (FileSpec("items", ("items.jsonl",)),))

OPTIONS = {"A": "aspirin", "B": "heparin", "C": "warfarin"}
ASKED: dict[str, dict[str, Any]] = {
    "choice": {"question": "Which?", "options": OPTIONS},
    "several": {"question": "Which ones?", "options": OPTIONS},
    "errors": {"sentences": [["0", "First."], ["1", "Second."]]},
    "note": {"dialogue": "Doctor: Hello."},
}
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("choice", {"letters": ["B"]}),
    ("several", {"letters": ["A", "C"]}),
    ("verdict", {"label": "maybe"}),
    ("level", {"label": "severe"}),
    ("organs", {"labels": ["lung", "liver"]}),
    ("organs", {"labels": []}),
    ("codes", {"labels": ["C50.9"]}),
    ("drugs", {"records": [{"drug": "aspirin", "dose": "100 mg"}]}),
    ("drugs", {"records": []}),
    ("errors", {"flag": 1, "sentence_id": "1", "correction": "Another second."}),
    ("errors", {"flag": 0, "sentence_id": None, "correction": None}),
    ("note", {"references": ["Greeted."]}),
    ("figure", {"kind": "number", "value": 4.2, "lower": 4.0, "upper": 4.4}),
    ("figure", {"kind": "integer", "value": 4}),
    ("figure", {"kind": "date", "value": "2024-02-29"}),
    ("figure", {"kind": "weeks_days", "value": [12, 3]}),
    ("published", {"references": ["The right answer is B"]}),
]
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("choice", {"letters": ["D"]}, "right answer 'D' is not among the options A, B, C"),
    ("choice", {"letters": ["A", "B"]}, "metric 'accuracy' takes one right letter"),
    ("choice", {"letters": []}, "gold letters must not be empty"),
    ("choice", {"label": "B"}, "gold: Object contains unknown field `label`"),
    ("several", {"letters": ["A", "A"]}, "name a letter twice"),
    ("verdict", {"label": "perhaps"}, "gold label 'perhaps' is not among the task's labels: yes, no, maybe"),
    ("level", {"label": "moderate"}, "gold label 'moderate' is not among the task's labels: mild, severe"),
    ("organs", {"labels": ["lung", "lung"]}, "gold names a label twice"),
    ("organs", {"labels": ["heart"]}, "gold label 'heart' is not among"),
    ("codes", {"labels": [" "]}, "gold label is empty"),
    ("drugs", {"records": [{"drug": "aspirin", "route": "oral"}]}, "gold has field 'route'"),
    ("drugs", {"records": [{"drug": ""}]}, "gold has an empty record"),
    ("errors", {"flag": 1, "sentence_id": "7", "correction": "x"}, "sentence '7' is not among the sentences"),
    ("errors", {"flag": 1, "sentence_id": "1", "correction": " "}, "flag 1 (error) needs a correction"),
    ("errors", {"flag": 0, "sentence_id": "1", "correction": None}, "flag 0 (no error) cannot name"),
    ("errors", {"flag": 2, "sentence_id": None, "correction": None}, "gold: Invalid enum value 2"),
    ("note", {"references": []}, "gold references must not be empty"),
    ("note", {"references": ["fine", ""]}, "gold references must not be empty"),
    ("figure", {"kind": "number", "value": 5, "lower": 4.0, "upper": 4.4}, "5.0 is not between 4.0 and 4.4"),
    ("figure", {"kind": "number", "value": float("nan"), "lower": 0, "upper": 1}, "finite numbers"),
    ("figure", {"kind": "integer", "value": 2**60}, "too large"),
    ("figure", {"kind": "date", "value": "2023-02-29"}, "is not a day"),
    ("figure", {"kind": "weeks_days", "value": [12, 7]}, "is not weeks and days"),
    ("figure", {"kind": "fraction", "value": 1}, "gold: Invalid value 'fraction'"),
    ("published", {"references": [""]}, "gold references must not be empty"),
]


def question(task: str, gold: dict[str, Any], key: str = "q1", **asked: Any) -> Question:
    return Question(task, key, "public", asked or ASKED.get(task, {"question": "What?"}), gold)


def checked(*questions: Question) -> list[Question | Dropped]:
    located = [Located(each, Origin("items.jsonl", line)) for line, each in enumerate(questions, start=1)]
    return list(validated(SPEC, located))


def refusal(*questions: Question) -> str:
    with pytest.raises(BenchmarkError) as refused:
        checked(*questions)
    return str(refused.value)


@pytest.mark.parametrize(("task", "gold"), GOOD)
def test_a_reference_of_the_documented_shape_passes(task: str, gold: dict[str, Any]) -> None:
    asked = question(task, gold)
    assert checked(asked) == [asked]


@pytest.mark.parametrize(("task", "gold", "said"), BAD)
def test_another_reference_is_refused_with_file_line_key_and_reason(
    task: str, gold: dict[str, Any], said: str
) -> None:
    message = refusal(question(task, gold))
    assert message.startswith("items.jsonl, line 1: item 'q1': ")
    assert said in message


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"question": " ", "options": OPTIONS}, "empty question"),
        ({"question": "Which?"}, "options must be two or more letters A to Z, not none"),
        ({"question": "Which?", "options": {"A": "one"}}, "options must be two or more letters"),
        ({"question": "Which?", "options": {"A": "one", "b": "two"}}, "letters A to Z, not A, b"),
        ({"question": "Which?", "options": {"A": "one", "B": ""}}, "option B has no text"),
        ({"question": "Which?", "options": OPTIONS, "solution": "B"}, "input: Object contains unknown field"),
        ({"question": "Which?", "options": OPTIONS, "answer": "B"}, "input has answer: only risk_label"),
        ({"question": "Which?\x00", "options": OPTIONS}, "the character NUL"),
        ({"question": "Which \ud800?", "options": OPTIONS}, "half a surrogate pair"),
        ({"question": "W" * (MAX_TEXT + 1), "options": OPTIONS}, "a text has 500001 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], said: str) -> None:
    assert said in refusal(question("choice", {"letters": ["A"]}, **asked))


@pytest.mark.parametrize("sentences", [[["0", "One."], ["0", "Two."]], [["0", "One."], ["1", " "]]])
def test_sentences_need_a_number_of_their_own_and_a_text(sentences: list[list[str]]) -> None:
    gold = {"flag": 0, "sentence_id": None, "correction": None}
    assert "sentences must have a text each" in refusal(question("errors", gold, sentences=sentences))


@pytest.mark.parametrize("key", ["", "two words", "k" * 201])
def test_a_key_that_cannot_stand_in_a_run_file_is_refused(key: str) -> None:
    message = refusal(question("verdict", {"label": "no"}, key))
    assert "a key needs 1 to 200 characters without spaces" in message


def test_a_key_used_twice_is_refused_with_both_places() -> None:
    first, second = question("verdict", {"label": "no"}), question("choice", {"letters": ["A"]})
    message = refusal(first, second)
    assert message.startswith("items.jsonl, line 2: item 'q1': ")
    assert "already used in items.jsonl, line 1" in message


def test_an_unknown_task_or_split_is_refused() -> None:
    assert "unknown task 'quiz'; the specification has: choice" in refusal(question("quiz", {}))
    hidden: Any = "hidden"
    strange = Question("verdict", "q1", hidden, {"question": "What?"}, {"label": "no"})
    assert "split must be one of public, private, not 'hidden'" in refusal(strange)


def test_a_dropped_row_is_passed_on_unchecked() -> None:
    dropped = Dropped("it has no answer", Origin("items.jsonl", 1))
    assert list(validated(SPEC, [dropped])) == [dropped]
