"""Numbers as people read them."""

from __future__ import annotations

import pytest

from evaluation.templatetags import measures


@pytest.mark.parametrize(("value", "shown"), [(0.5, "50.0"), (1.0, "100.0"), (0.12345, "12.3"), (None, "–")])
def test_a_share_is_shown_times_a_hundred(value: float | None, shown: str) -> None:
    assert measures.percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (True, "yes"), (False, "no"), (0.12345, "0.123"), (1200.0, "1,200"), (3, "3"), ("a", "a")],
)
def test_a_figure_of_any_kind_is_written_as_such(value: object, shown: str) -> None:
    assert measures.figure(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "1 s"), (59, "59 s"), (180, "3 min"), (7500, "2 h 5 min"), (None, "–")]
)
def test_a_duration_is_said_in_the_unit_a_person_would_use(seconds: float | None, shown: str) -> None:
    assert measures.duration(seconds) == shown


def test_an_interval_is_drawn_to_scale_and_said_in_words() -> None:
    drawn = measures.interval_bar(0.5, 0.25, 1.0)
    # the axis runs from 2 to 118: a quarter lies at 2 + 0.25 * 116 = 31
    assert 'x1="31.0"' in drawn
    assert 'x2="118.0"' in drawn
    assert "50.0, 95 % interval 25.0 to 100.0" in drawn
    assert measures.interval_bar(None, None, None) == ""


def test_heat_steps_stay_on_the_scale() -> None:
    assert [measures.heat(value) for value in (None, 0.0, 0.49, 1.0)] == [0, 0, 4, 9]
