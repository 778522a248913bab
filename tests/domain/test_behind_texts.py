"""Texts of unknown origin made visible, item difficulty, forests and matrices: the parts without a database."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.unseen import is_unseen, on_one_line, pieces
from leaderboard.domain import drawing
from leaderboard.domain.difficulty import counts_by_ease, difficulty, is_binary
from leaderboard.domain.limited import one_digit
from leaderboard.domain.matrix import p_text, ranges


@given(st.text())
def test_nothing_of_a_text_is_lost_and_nothing_unseen_stays(text: str) -> None:
    found = pieces(text)
    again = "".join(chr(int(piece.text[2:], 16)) if piece.name else piece.text for piece in found)
    assert again == text.replace("\r\n", "\n").replace("\r", "\n")
    assert not any(is_unseen(character) for piece in found if not piece.name for character in piece.text)


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u202e", "RIGHT-TO-LEFT OVERRIDE"),
        ("\u2066", "LEFT-TO-RIGHT ISOLATE"),
        ("\u200b", "ZERO WIDTH SPACE"),
        ("\x07", "control character"),
        ("\ufeff", "ZERO WIDTH NO-BREAK SPACE"),
        ("\u3164", "HANGUL FILLER"),
        ("\U000e0041", "TAG LATIN CAPITAL LETTER A"),
    ],
)
def test_what_hides_or_turns_text_is_named(character: str, name: str) -> None:
    (before, found, after) = pieces(f"a{character}b")
    assert (before.text, found.name, after.text) == ("a", name, "b")


def test_scripts_that_join_letters_and_line_breaks_stay_as_they_are() -> None:
    for text in ("क्\u200dष", "می\u200cخواهم", "line\n\tnext", "ÄÖ 心臓 кровь"):
        assert [piece.text for piece in pieces(text)] == [text]


def test_the_beginning_of_a_text_is_one_line_of_at_most_so_many_characters() -> None:
    assert on_one_line("a\n b\t c", 20) == "a b c"
    assert on_one_line("a" * 50, 20) == "a" * 19 + "…"
    assert on_one_line("a\u202eb", 20) == "a[U+202E]b"
    assert len(on_one_line("word " * 1_000_000, 140)) <= 140


def test_an_item_that_good_systems_get_and_others_miss_separates_most() -> None:
    # three systems get everything but the last item, three nothing but that; the first item is got by all
    good, poor = [1.0, 1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 1.0]
    found = difficulty(np.array([good] * 3 + [poor] * 3))
    assert found.ease.tolist() == [1.0, 0.5, 0.5, 0.5, 0.5]
    assert found.most_separating(5) == [1, 2, 3]
    assert found.against_the_order(3) == [4]
    assert found.discrimination[4] == pytest.approx(-1.0)
    assert np.isnan(found.discrimination[0]), "an item that all get says nothing"
    assert found.is_informative


def test_the_correlation_of_an_item_leaves_the_item_itself_out() -> None:
    rng = np.random.default_rng(7)
    table = rng.random((20, 9))
    found = difficulty(table)
    for item in range(9):
        rest = np.delete(table, item, axis=1).mean(axis=1)
        assert found.discrimination[item] == pytest.approx(np.corrcoef(table[:, item], rest)[0, 1])


def test_items_are_counted_by_their_ease_and_none_is_left_out() -> None:
    assert counts_by_ease(np.array([0.0, 0.1, 0.3, 0.95, 1.0])).tolist() == [1, 1, 0, 1, 0, 0, 0, 0, 0, 2]
    assert counts_by_ease(np.array([3 * 0.1])).tolist()[3] == 1, "0.30000000000000004 and 0.3 alike"
    assert is_binary(np.array([0, 1, 1.0]))
    assert not is_binary(np.array([0, 0.5]))
    assert difficulty(np.empty((2, 0))).most_separating(3) == []


def test_a_forest_is_even_about_no_difference_and_ends_beyond_the_widest_limit() -> None:
    found = drawing.forest([("a", 0.1, 0.02, 0.18), ("b", -0.3, None, None), ("c", 0.0, -0.1, 0.1)])
    left, right = found.ticks[0].x, found.ticks[-1].x
    assert found.zero - left == pytest.approx(right - found.zero)
    assert [tick.label for tick in found.ticks] == ["−40", "−20", "0", "+20", "+40"]
    assert [row.side for row in found.rows] == [1, 0, 0]
    assert found.rows[0].low_x is not None
    assert found.zero < found.rows[0].low_x < found.rows[0].x
    assert found.rows[1].low_x is None
    assert found.rows[2].x == found.zero


def test_a_p_has_few_digits_and_stays_on_its_side_of_a_twentieth() -> None:
    assert [p_text(p) for p in (0.0004, 0.0052, 0.031, 0.41, 0.999)] == ["<.001", ".005", ".03", ".41", "1"]
    rounded = one_digit(np.array([0.048, 0.052, 0.0549, 0.31, 1.0, np.nan]))
    assert rounded[:5] == pytest.approx([0.05, 0.06, 0.06, 0.3, 1.0])
    assert np.isnan(rounded[5])


def test_places_without_a_gap_are_told_as_runs() -> None:
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert ranges([]) == []
