"""What is said about waiting is no more than is known."""

from __future__ import annotations

import pytest

from evaluation.domain.queue import forecast_start, seconds_left


def test_the_wait_is_the_items_ahead_over_what_all_hands_do() -> None:
    # 600 items ahead, 2 workers of 100 items a second: 600 / 200 = 3 s
    assert forecast_start(600, 100.0, 2).seconds == pytest.approx(3.0)


def test_without_a_worker_no_time_is_promised() -> None:
    forecast = forecast_start(0, 100.0, 0)
    assert forecast.seconds is None
    assert "no worker" in forecast.why


def test_without_a_known_speed_no_time_is_promised_but_next_in_line_is_now() -> None:
    assert forecast_start(10, None, 1).seconds is None
    assert forecast_start(0, None, 1).seconds == 0.0


def test_time_left_is_at_the_pace_so_far() -> None:
    # 30 of 120 done in 10 s: 90 more at 3 a second take 30 s
    assert seconds_left(30, 120, 10.0) == pytest.approx(30.0)
    assert seconds_left(0, 120, 10.0) is None
