"""What all readers of free text share: reasoning is left out, and no text makes them fail or hang."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.answers.choice import choice_letters
from evaluation.domain.answers.errors import error_line
from evaluation.domain.answers.final import final_part
from evaluation.domain.answers.labels import label, labels, yes_no_maybe
from evaluation.domain.answers.numbers import date, number, weeks_days
from evaluation.domain.answers.records import records

OPTIONS = {
    "A": "Aspirin",
    "B": "Emergent dialysis",
    "C": "Insulin",
    "D": "CT scan of the head",
    "E": "Escherichia coli",
}
SMALL = {letter.lower(): text for letter, text in OPTIONS.items()}
NLI = ["entailment", "neutral", "contradiction"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  B ", "B"),
        ("Ｂ．", "B."),
        ("<think>A or C?</think>\n\nB", "B"),
        ("A or C? </think> B", "B"),
        ("<THINKING>x</THINKING>B", "B"),
        ("<reasoning>x</reasoning><reasoning>y</reasoning>B", "B"),
        ("◁think▷x◁/think▷B", "B"),
        ("B <think>am I sure?</think>", "B"),
        ("<think>it must be B", ""),
        ("B. <think>or", "B."),
        ("<think>x</think>", ""),
        ("analysisIt must be A.assistantfinalB", "B"),
        ("<|channel|>analysis<|message|>A?<|end|><|channel|>final<|message|>B<|return|>", "B"),
        ("B<|eot_id|>", "B"),
        ("Analysis: A is wrong.\nResult: B", "B"),
        ("**Analysis:**\nA\n**Result:** B", "B"),
        ("Result: all normal", "Result: all normal"),
        ("", ""),
    ],
)
def test_the_final_part_leaves_reasoning_out(text: str, said: str) -> None:
    assert final_part(text) == said


def every_reader(text: str) -> None:
    final_part(text)
    choice_letters(text, OPTIONS)
    choice_letters(text, SMALL)
    label(text, NLI)
    labels(text, NLI)
    labels(text, None)
    yes_no_maybe(text)
    number(text)
    date(text)
    weeks_days(text)
    records(text, ["entity", "type"])
    error_line(text)


WORDS = st.sampled_from(
    [
        *(
            "the answer is ",
            "A",
            "b",
            ".",
            "\n",
            "(",
            ")",
            '{"answer": ',
            '"',
            "[",
            "]",
            "}",
            "答案",
            "：",
            "1",
            ",",
        ),
        *(
            "<think>",
            "</think>",
            "2024-02-30",
            "entity:",
            "type:",
            "-1",
            "NA",
            "\\boxed{",
            "Option ",
            "yes",
            "not ",
        ),
        *("\x00", "\ud800", "²", "ß", "İ", "= ", "1e999", "Question:", "assistantfinal", "ﷺ"),
    ]
)


@given(st.one_of(st.text(), st.lists(WORDS, max_size=30).map("".join)))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_a_reader_fail(text: str) -> None:
    every_reader(text)


HOSTILE = [
    *(
        "answer ",
        "answer is ",
        "答案",
        "(",
        "[[",
        "{",
        '{"a":',
        '"a',
        "**a",
        "*",
        "\n",
        " ",
        "A, ",
        "A. ",
        "A.\n",
    ),
    *(
        "option A ",
        "therefore is ",
        "<think>",
        "</think>",
        "\\boxed{",
        "Question:\n",
        "1",
        "1,",
        "1.",
        "1 3 ",
    ),
    *(
        "12 weeks ",
        "1/1/",
        "May 1",
        "entity:",
        "entity: a, ",
        "Analysis:\n",
        "= ",
        "not ",
        "flag: ",
        "ﷺ",
        "$",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_repetition_is_read_like_any_other_text(piece: str) -> None:
    """Patterns that backtrack would not come back from these within the life of the machine."""
    text = piece * (1_000_000 // len(piece))
    every_reader(text + "!")


def test_what_options_have_in_them_is_text_and_no_pattern() -> None:
    odd = {"A": "(a+)+$", "B": "[", "C": "\\", "D.": "x", "*": "y"}
    for text in ("The answer is (a+)+$", "*", "D.", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"):
        choice_letters(text, odd)
    assert choice_letters("(a+)+$", odd) == ("A",)
    assert label("a", [*string.punctuation, "(a+)+"]) is None
