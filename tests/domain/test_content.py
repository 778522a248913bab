"""The fingerprint of a benchmark."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.benchmarks import BenchmarkSpec, FileSpec, Question, TaskSpec
from evaluation.domain.content import ContentHash, content_hash

TASK = TaskSpec("choice", "Choice", "multiple_choice", "accuracy", options={"a": 1, "b": 2})
SPEC = BenchmarkSpec("made_up", "Made up", "", (TASK,), (FileSpec("items", ("items.jsonl",)),))
OPTIONS = {"A": "x", "B": "y"}
FIRST = Question("choice", "q1", "public", {"question": "Which?", "options": OPTIONS}, {"letters": ["A"]})
SECOND = replace(FIRST, key="q2")


def test_the_hash_is_64_hexadecimal_digits_and_the_same_each_time() -> None:
    made = content_hash(SPEC, [FIRST, SECOND])
    assert made == content_hash(SPEC, iter([FIRST, SECOND]))
    assert len(made) == 64 and set(made) <= set("0123456789abcdef")


def test_what_is_hashed_is_written_down_here() -> None:
    # one line each for the form, the specification and the question; names in alphabetical order, no spaces
    specification = (
        '{"citation":"","description":"","files":[{"paths":["items.jsonl"],"reader":"items","settings":{}}],'
        '"licence":"","name":"Made up","slug":"made_up","source":"","synthetic":false,"tasks":[{'
        '"access":"open","application":"","document_type":"","family":"multiple_choice","language":"en","licence":"",'
        '"metric":"accuracy","name":"Choice","options":{"a":1,"b":2},"prompt":"","slug":"choice","source":"",'
        '"specialty":[],"stage":""}]}'
    )
    question = (
        '{"cluster":"","gold":{"letters":["A"]},"input":{"options":[["A","x"],["B","y"]],"question":"Which?"},'
        '"key":"q1","split":"public","task":"choice"}'
    )
    lines = f"consilium benchmark content, form 1\n{specification}\n{question}\n"
    assert content_hash(SPEC, [FIRST]) == sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, key="q9"),
        replace(FIRST, split="private"),
        replace(FIRST, cluster="case 1"),
        replace(FIRST, gold={"letters": ["B"]}),
        replace(FIRST, input={**FIRST.input, "question": "Which one?"}),
        replace(FIRST, input={**FIRST.input, "options": {"B": "y", "A": "x"}}),
    ],
)
def test_any_change_of_a_question_changes_it(changed: Question) -> None:
    assert content_hash(SPEC, [changed]) != content_hash(SPEC, [FIRST])


def test_the_order_of_questions_counts_and_the_order_of_names_does_not() -> None:
    assert content_hash(SPEC, [FIRST, SECOND]) != content_hash(SPEC, [SECOND, FIRST])
    turned = replace(FIRST, input=dict(reversed(FIRST.input.items())))
    assert content_hash(SPEC, [turned]) == content_hash(SPEC, [FIRST])
    turned_task = replace(TASK, options={"b": 2, "a": 1})
    assert content_hash(replace(SPEC, tasks=(turned_task,)), []) == content_hash(SPEC, [])


def test_a_change_of_the_specification_changes_it() -> None:
    assert content_hash(replace(SPEC, tasks=(replace(TASK, prompt="Think."),)), []) != content_hash(SPEC, [])


def asked(text: str) -> Question:
    return Question("choice", "q", "public", {"question": text}, {"references": [text]})


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=5))
def test_questions_cannot_run_together(parts: list[str]) -> None:
    one_by_one = ContentHash(SPEC)
    for text in parts:
        one_by_one.add(asked(text))
    assert one_by_one.hexdigest() == content_hash(SPEC, [asked(text) for text in parts])
    joined: list[Any] = [asked("\n".join(parts))]
    assert (one_by_one.hexdigest() == content_hash(SPEC, joined)) == (len(parts) == 1)
