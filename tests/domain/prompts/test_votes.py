"""Plurality among samples, and the part of a reply that people read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.prompts.final_part import final_part, without_reasoning
from evaluation.domain.prompts.votes import plurality, tally, vote_of

VALUES = st.lists(st.none() | st.sampled_from(["A", "B", 3.5, ["a", "b"], {"x": 1}]), max_size=20)


@given(VALUES, st.randoms(use_true_random=False))
def test_votes_do_not_depend_on_the_order_of_samples_but_for_ties(values, random):
    mixed = values[:]
    random.shuffle(mixed)
    one, two = plurality(values), plurality(mixed)
    most = [entry["votes"] for entry in tally(values)]
    if most and most.count(most[0]) == 1:
        assert values[one] == mixed[two]
    else:
        assert (one is None) == (two is None) == (not most)


@given(VALUES)
def test_the_winner_is_the_first_of_the_most_frequent_values(values):
    place = plurality(values)
    said = [value for value in values if value is not None]
    if place is None:
        assert not said
    else:
        most = max(said.count(value) for value in said)
        assert values[place] == next(value for value in said if said.count(value) == most)
        assert values.index(values[place]) == place


def test_judges_vote_with_their_verdict_and_not_with_the_errors_they_list():
    read = [{"risk": 3, "errors": ["x"]}, {"risk": 1, "errors": []}, {"risk": 3, "errors": ["y"]}, None]
    votes = [vote_of("risk_label", value) for value in read]
    assert votes == [3, 1, 3, None] and plurality(votes) == 0
    assert vote_of("criterion", {"met": False, "turn": None}) is False
    assert vote_of("preference", {"preference": "tie", "orders": []}) == "tie"
    assert vote_of("multiple_choice", "B") == "B"


@pytest.mark.parametrize(
    ("text", "marker", "final"),
    [
        ("Analysis: a\nRESULT: b result: c", "Result:", "b result: c"),
        ("<think>Result: x</think>Result: y", "Result:", "y"),
        ("a assistantfinal b", "", "b"),
        ("plain", "Result:", "plain"),
        ("İ ß result: z", "Result:", "z"),
    ],
)
def test_the_final_part_follows_the_published_order(text, marker, final):
    assert final_part(text, marker) == final


def test_reasoning_is_left_out_unless_nothing_else_was_said():
    assert without_reasoning("<think>a</think> b") == "b"
    assert without_reasoning("<think>a</think>") == "<think>a</think>"
