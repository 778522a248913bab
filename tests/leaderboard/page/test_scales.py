"""Shades and pictures: ordered, readable, and no louder than the differences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.shown.scales import STEPS, axis, picture, shades

STYLES = Path(__file__).resolve().parents[3] / "platform" / "static" / "board.css"


@given(st.lists(st.floats(0, 1), min_size=2), st.booleans())
def test_a_better_number_is_never_shaded_less(values: list[float], higher: bool) -> None:
    found = shades(values, "share", higher_is_better=higher)
    if found is None:
        assert len(set(values)) == 1
        return
    steps = [found.step(value) for value in sorted(values, reverse=not higher)]
    assert steps == sorted(steps)
    assert steps[-1] == STEPS
    assert steps[0] >= 1


def test_a_small_difference_does_not_run_through_all_shades() -> None:
    found = shades([0.50, 0.51], "share")
    assert found is not None
    assert found.step(0.50) == found.step(0.51) == STEPS


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_an_axis_holds_every_number_it_was_made_of(values: list[float]) -> None:
    found = axis(values, "share")
    assert found is not None
    assert 0 <= found.low <= 100 * min(values) + 1e-9
    assert 100 * max(values) - 1e-9 <= found.high <= 100
    places = [found.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert places[0] > 0
    assert places[-1] < 100


def test_a_picture_has_a_bar_only_where_there_is_an_interval() -> None:
    found = axis([0.2, 0.8], "share")
    assert found is not None
    assert "<path" in picture(found, 0.5, 0.4, 0.6)
    assert "<path" not in picture(found, 0.5, None, None)


@pytest.mark.parametrize(("scheme", "ink"), [("light", "#16212a"), ("dark", "#e3e9ed")])
def test_text_is_readable_on_every_shade_and_the_shades_are_ordered_by_lightness(
    scheme: str, ink: str
) -> None:
    css = STYLES.read_text(encoding="utf-8")
    light, dark = css.split("prefers-color-scheme: dark", 1)
    found = re.findall(r"\.s(\d) \{ background: (#[0-9a-f]{6})", light if scheme == "light" else dark)
    assert [int(step) for step, _ in found] == list(range(1, STEPS + 1))
    lightness = [luminance(colour) for _, colour in found]
    assert lightness == sorted(lightness, reverse=scheme == "light")
    assert ink in (light if scheme == "light" else dark)
    for _, colour in found:
        assert contrast(colour, ink) >= 4.5


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)
