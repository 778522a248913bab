"""A state that edits keep up to date is the one counted anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.domain.agreement import AgreementState, Scale, coefficients_of, estimate, prevalence
from raters.domain.agreement.patterns import count_patterns, pattern_histogram

EDITS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(-1, 3)), max_size=60)


def counted(book: dict[int, dict[int, int]], size: int = 4) -> AgreementState:
    triples = [(i, r, c) for i, ratings in book.items() for r, c in ratings.items()]
    items, raters, codes = np.array(triples, dtype=np.int64).reshape(-1, 3).T
    return AgreementState.from_ratings(items, raters, codes, size)


def edit(state: AgreementState, book: dict[int, dict[int, int]], item: int, rater: int, code: int) -> None:
    """Inserts, revises, or with code -1 deletes a rating if there is one."""
    ratings = book.setdefault(item, {})
    if code < 0:
        if rater in ratings:
            state.delete(ratings, rater)
            del ratings[rater]
        return
    if rater in ratings:
        state.revise(ratings, rater, code)
    else:
        state.insert(ratings, rater, code)
    ratings[rater] = code


@given(EDITS)
def test_any_edits_leave_the_state_of_the_ratings_that_are_left(edits):
    state, book = AgreementState(4), {}
    for item, rater, code in edits:
        edit(state, book, item, rater, code)
    assert state == counted(book)
    assert state.to_bytes() == counted(book).to_bytes()


@given(EDITS, EDITS)
def test_edits_of_a_counted_and_of_a_stored_state_go_on_alike(before, after):
    grown, book = AgreementState(4), {}
    for item, rater, code in before:
        edit(grown, book, item, rater, code)
    stored, other = AgreementState.from_bytes(counted(book).to_bytes()), {k: dict(v) for k, v in book.items()}
    for item, rater, code in after:
        edit(grown, book, item, rater, code)
        edit(stored, other, item, rater, code)
    assert grown == stored == counted(book)


def test_twenty_thousand_edits_leave_no_drift():
    rng = np.random.default_rng(11)
    state, book, scale = AgreementState(5), {}, Scale("ordinal", (1, 2, 3, 4, 5))
    for item, rater, code in zip(
        rng.integers(0, 300, 20_000), rng.integers(0, 8, 20_000), rng.integers(-1, 5, 20_000), strict=True
    ):
        edit(state, book, int(item), int(rater), int(code))
    anew = counted(book, 5)
    assert state == anew
    ours, theirs = coefficients_of(state, scale), coefficients_of(anew, scale)
    for name, found in ours.items():
        assert found.value == pytest.approx(theirs[name].value, abs=1e-13)
        if found.low is not None:
            assert found.low == pytest.approx(theirs[name].low, abs=1e-12)


@given(EDITS, st.integers(0, 6), st.integers(0, 4), st.integers(0, 3))
def test_an_insert_that_is_deleted_again_leaves_no_trace(edits, item, rater, code):
    state, book = AgreementState(4), {}
    for one in edits:
        edit(state, book, *one)
    before, ratings = state.to_bytes(), book.get(item, {})
    if rater not in ratings:
        state.insert(ratings, rater, code)
        assert state.to_bytes() != before
        state.delete({**ratings, rater: code}, rater)
    assert state.to_bytes() == before


@given(EDITS)
def test_states_of_different_items_merge_into_the_state_of_all(edits):
    books: tuple[dict, dict] = ({}, {})
    states = AgreementState(4), AgreementState(4)
    for item, rater, code in edits:
        edit(states[item % 2], books[item % 2], item, rater, code)
    whole = counted({**books[0], **books[1]})
    assert states[0].merge(states[1]) == whole == states[1].merge(states[0])


def test_a_merged_state_takes_edits():
    left, right = counted({1: {1: 0, 2: 1}}), counted({2: {2: 1, 3: 1}})
    merged = left.merge(right)
    merged.revise({2: 1, 3: 1}, 3, 2)
    assert merged == counted({1: {1: 0, 2: 1}, 2: {2: 1, 3: 2}})
    assert right == counted({2: {2: 1, 3: 1}})


def test_the_size_of_a_state_does_not_follow_the_number_of_items():
    rng = np.random.default_rng(3)
    few, many = (
        AgreementState.from_ratings(
            np.repeat(np.arange(n), 5), np.tile(np.arange(5), n), rng.integers(0, 3, 5 * n), 3
        )
        for n in (2_000, 40_000)
    )
    assert len(many.to_bytes()) == len(few.to_bytes())


@pytest.mark.parametrize(
    ("edit_", "says"),
    [
        (lambda state: state.insert({7: 0}, 7, 1), "revise the rating instead"),
        (lambda state: state.revise({7: 0}, 8, 1), "insert the rating instead"),
        (lambda state: state.delete({7: 0}, 8), "nothing to delete"),
        (lambda state: state.insert({7: 0}, 8, 4), "category code 4"),
        (lambda state: state.insert({7: 1}, 8, 0), "count it anew"),
        (lambda state: state.delete({7: 0, 8: 0}, 8), "count it anew"),
        (lambda state: state.merge(AgreementState(3)), "different scales"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(edit_, says):
    state = counted({1: {7: 0}, 2: {8: 1}})
    before = state.to_bytes()
    with pytest.raises(ValueError, match=says):
        edit_(state)
    assert state.to_bytes() == before


def test_bytes_that_are_no_state_are_refused():
    stored = counted({1: {7: 0, 8: 1}}).to_bytes()
    for broken, says in ((b"TM01" + stored[4:], "not a stored"), (stored[:-8], "cut short"), (b"", "not a")):
        with pytest.raises(ValueError, match=says):
            AgreementState.from_bytes(broken)


def test_a_state_needs_categories():
    with pytest.raises(ValueError, match="number of declared categories"):
        AgreementState(0)


def test_a_state_is_read_on_the_scale_it_was_counted_on():
    with pytest.raises(ValueError, match="take the scale they were given on"):
        estimate(counted({1: {7: 0}}), "krippendorff_alpha", Scale("nominal", ("a", "b")))


def test_an_empty_state_says_that_nothing_was_rated():
    scale = Scale("nominal", ("a", "b", "c", "d"))
    found = coefficients_of(AgreementState(4), scale)
    assert {one.status for one in found.values()} == {"undefined_no_items"}
    assert {one.status for one in prevalence(AgreementState(4), scale).values()} == {"undefined_no_items"}


@settings(max_examples=60)
@given(
    st.integers(1, 12).flatmap(
        lambda size: st.tuples(
            st.just(size),
            st.lists(st.tuples(st.integers(0, 9), st.integers(0, size - 1)), min_size=1, max_size=200),
        )
    )
)
def test_patterns_are_the_distinct_rows_of_the_count_table(drawn):
    # up to 12 categories and 200 ratings of one item: 201^12 does not fit one number, both ways are taken
    size, pairs = drawn
    items, codes = np.array(pairs, dtype=np.int64).T
    table = np.zeros((items.max() + 1, size), dtype=np.int64)
    np.add.at(table, (items, codes), 1)
    rows, times = np.unique(table[table.any(axis=1)], axis=0, return_counts=True)
    found = count_patterns(items, codes, size)
    for counts, number in ((found.counts, found.items), pattern_histogram(items, codes, size)):
        order = np.lexsort(counts.T[::-1])
        np.testing.assert_array_equal(counts[order], rows)
        np.testing.assert_array_equal(number[order], times)
    np.testing.assert_array_equal(found.counts[found.of_item[items]], table[items])
