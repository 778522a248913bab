"""What counts as close enough to the expected rating, axis by axis."""

import pytest

from raters.domain.quality import agreement_with_expected, agrees
from raters.domain.rubric.rubric import Axis, Option, Rubric


def options(*values):
    return tuple(Option(value=value, label=value.upper()) for value in values)


def rubric(kind, **more):
    axis = Axis(id="x", label="X", question="?", type=kind, **more)
    return Rubric(id="r", title="", description="", unit="answer", source="", guidelines="", axes=(axis,))


def line(kind, given, expected, order=(), **more):
    (found,) = agreement_with_expected(rubric(kind, **more), {"x": given}, {"x": expected}, order)
    return found


def test_choices_must_be_the_same_and_the_expected_one_is_named():
    assert line("binary", "yes", "yes", options=options("no", "yes")).close_enough
    off = line("nominal", "a", "b", options=options("a", "b"))
    assert not off.close_enough and "B" in off.why


@pytest.mark.parametrize(
    ("levels", "given", "close"),
    [("1234", "2", True), ("1234", "1", True), ("1234", "4", False), ("123", "1", False)],
)
def test_one_level_is_close_where_there_are_four_or_more(levels, given, close):
    assert line("ordinal", given, "2", options=options(*levels)).close_enough == close


@pytest.mark.parametrize(
    ("given", "close"), [("first_much", True), ("first", True), ("tie", False), ("second", False)]
)
def test_of_a_pair_the_side_counts_and_not_the_strength(given, close):
    assert line("pairwise", given, "first").close_enough == close


def test_a_turned_pair_is_compared_as_it_was_shown():
    """Canonical "first" is answer 0, which stood second on a screen of order (1, 0)."""
    found = line("pairwise", "second", "first", order=(1, 0))
    assert found.close_enough and found.expected == "second"
    assert not line("pairwise", "second", "first", order=(0, 1)).close_enough


def test_ranks_and_answers_follow_the_order_of_the_screen():
    """Order (2, 0, 1): canonical answers 3, 1, 2 stand at positions 1, 2, 3."""
    ranked = line("rank", [2, 3, 1], [1, 2, 3], order=(2, 0, 1))
    assert ranked.expected == [2, 3, 1] and ranked.close_enough
    each = line(
        "binary",
        {"1": "no", "2": "yes"},
        {"1": "yes", "2": "no"},
        order=(1, 0),
        options=options("no", "yes"),
        per="answer",
    )
    assert each.expected == {"1": "no", "2": "yes"} and each.close_enough


def test_one_turned_pair_of_a_ranking_is_close_two_are_not():
    assert line("rank", [2, 1, 3], [1, 2, 3]).close_enough
    assert not line("rank", [2, 3, 1], [1, 2, 3]).close_enough
    assert not line("rank", [1, 2], [1, 2, 3]).close_enough


def test_numbers_are_close_within_a_tenth_of_the_range_or_a_step():
    assert line("interval", 58.0, 50.0, low=0.0, high=100.0, step=1.0).close_enough
    assert not line("interval", 61.0, 50.0, low=0.0, high=100.0, step=1.0).close_enough
    assert line("interval", 4.0, 5.0, low=1.0, high=9.0, step=1.0).close_enough
    assert not line("number", 3, 5).close_enough


def test_half_of_a_selection_is_close():
    some = options("a", "b", "c")
    assert line("multi_select", ["a", "b"], ["a"], options=some).close_enough
    off = line("multi_select", ["b", "c"], ["a", "b"], options=some)
    # one of three named by both
    assert not off.close_enough and "A" in off.why and "C" in off.why
    assert line("multi_select", [], [], options=some).close_enough
    assert not line("multi_select", ["a"], [], options=some).close_enough


def span(start, end, category="a", side="output"):
    return {
        "side": side,
        "start": start,
        "end": end,
        "text": "",
        "category": category,
        "severity": "",
        "note": "",
    }


@pytest.mark.parametrize(
    ("given", "close"),
    [
        ([span(5, 15)], True),
        ([span(10, 20)], False),
        ([span(5, 15, "b")], False),
        ([span(5, 15, side="source")], False),
        ([span(5, 15), span(30, 40, "b")], True),
        ([span(5, 15), span(30, 40, "b"), span(50, 60)], False),
        ([], False),
    ],
)
def test_a_span_counts_where_it_overlaps_one_of_its_category(given, close):
    """Expected: 0 to 10, category a. Offsets end before the last: 10 to 20 does not touch it."""
    assert line("spans", given, [span(0, 10)], options=options("a", "b")).close_enough == close


def test_where_no_error_is_expected_none_may_be_marked():
    assert line("spans", [], []).close_enough
    assert not line("spans", [span(0, 1)], []).close_enough


def test_four_fifths_of_a_checklist_are_close():
    expected = {str(n): {"met": "met"} for n in range(5)}
    four = {**expected, "0": {"met": "not_met"}}
    three = {**four, "1": {"met": "cannot_judge"}}
    assert line("checklist", four, expected).close_enough
    found = line("checklist", three, expected)
    assert not found.close_enough and "3 of 5" in found.why


def test_cannot_judge_agrees_with_cannot_judge_alone():
    unsure = {"cannot_judge": "missing_context", "note": ""}
    yes = options("no", "yes")
    assert line("binary", unsure, {"cannot_judge": "ambiguous"}, options=yes).close_enough
    assert not line("binary", unsure, "yes", options=yes).close_enough
    assert not line("binary", "yes", unsure, options=yes).close_enough


def test_a_missing_answer_is_not_close_text_and_unexpected_axes_are_left_out():
    form = Rubric(
        id="r",
        title="",
        description="",
        unit="answer",
        source="",
        guidelines="",
        axes=(
            Axis(id="a", label="", question="", type="binary", options=options("no", "yes")),
            Axis(id="t", label="", question="", type="text"),
            Axis(id="b", label="", question="", type="binary", options=options("no", "yes")),
        ),
    )
    found = agreement_with_expected(form, {"b": "no"}, {"a": "yes", "t": "word"})
    assert [(one.axis, one.given, one.close_enough) for one in found] == [("a", None, False)]
    assert not agrees(found)
    assert agrees(agreement_with_expected(form, {"a": "yes"}, {"a": "yes"}))
    assert not agrees([])
