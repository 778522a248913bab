"""A rubric followed by a newer version of itself: what is said to differ, and what bars it."""

from __future__ import annotations

import pytest

from raters.domain.rubric import Rubric, read_rubric, variables
from raters.domain.rubric.succession import joined, shared, succession

FIRST = """
id = "safe_or_not"
title = "Safe or not"
description = "Two questions."
unit = "answer"
source = "Made for these tests."
guidelines = "Choose."

[[axes]]
id = "safe"
label = "Safe"
question = "Is it safe?"
type = "binary"
options = [{ value = "yes", label = "Yes" }, { value = "no", label = "No" }]

[[axes]]
id = "harm"
label = "Harm"
question = "How grave is it?"
type = "ordinal"
options = [{ value = "mild", label = "Mild" }, { value = "grave", label = "Grave" }]
"""
HARM = FIRST[FIRST.index('\n[[axes]]\nid = "harm"') :]
CLEAR = HARM.replace("harm", "clear").replace("Harm", "Clear").replace("grave is", "clear is")


def change(old: str, new: str, *earlier: str) -> object:
    return succession(read_rubric(old), read_rubric(new), [read_rubric(each) for each in earlier])


def test_other_words_are_named_and_bar_nothing() -> None:
    new = FIRST.replace('label = "Grave"', 'label = "Very grave"').replace('"Choose."', '"Choose well."')
    new = new.replace('"Is it safe?"', '"Is this safe?"')
    found = change(FIRST, new)
    assert [(each.axis.id, each.what) for each in found.changed] == [
        ("safe", ("the question",)),
        ("harm", ("the words of its options",)),
    ]
    assert found.other == ("the guidelines",)
    assert (found.added, found.removed, found.barriers) == ((), (), ())


def test_questions_added_and_taken_away_are_named_and_bar_nothing() -> None:
    found = change(FIRST, FIRST.replace(HARM, CLEAR))
    assert [axis.id for axis in found.added] == ["clear"]
    assert [axis.id for axis in found.removed] == ["harm"]
    assert not found.barriers


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('type = "ordinal"', 'type = "nominal"'),
        ('{ value = "grave", label = "Grave" }', '{ value = "grave", label = "Grave" }, { value = "fatal", label = "F" }'),
        ('{ value = "grave", label = "Grave" }', '{ value = "severe", label = "Grave" }'),
        ('{ value = "mild", label = "Mild" }', '{ value = "mild", label = "Mild", top_bin = true }'),
    ],
)  # fmt: skip
def test_another_scale_under_the_same_name_bars_it_and_says_what_to_do(was: str, now: str) -> None:
    found = change(FIRST, FIRST.replace(was, now))
    (barrier,) = found.barriers
    assert "Harm" in barrier
    assert "new id" in barrier
    assert [(each.axis.id, each.what[0]) for each in found.changed] == [("harm", "its scale")]


def test_a_question_that_comes_back_with_another_scale_is_barred_by_the_version_it_was_in() -> None:
    without = FIRST.replace(HARM, "")
    back = FIRST.replace('type = "ordinal"', 'type = "nominal"')
    assert not change(without, back).barriers
    assert change(without, back, FIRST).barriers


def test_screens_of_another_shape_bar_it() -> None:
    new = FIRST.replace('unit = "answer"', 'unit = "answer"\nshows = ["question", "context"]')
    (barrier,) = change(FIRST, new).barriers
    assert "new study" in barrier


def test_what_is_computed_from_a_question_may_not_change_its_meaning() -> None:
    made = '\n[[derived]]\nid = "bad"\nlabel = "Bad"\naxis = "harm"\nvalues = ["{}"]\n'
    assert not change(FIRST + made.format("mild"), FIRST + made.format("mild")).barriers
    (barrier,) = change(FIRST + made.format("mild"), FIRST + made.format("grave")).barriers
    assert '"bad"' in barrier


def test_results_are_read_by_the_questions_of_all_versions_each_once() -> None:
    old, new = read_rubric(FIRST), read_rubric(FIRST.replace(HARM, CLEAR))
    both = joined(new, [old])
    assert names(both) == ["safe", "clear", "harm"]
    assert names(joined(both, [old])) == ["safe", "clear", "harm"]
    assert names(shared(new, [old])) == ["safe"]


def names(rubric: Rubric) -> list[str]:
    return [variable.id for variable in variables(rubric)]
