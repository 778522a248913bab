"""The calculation of docs/scale.md: every figure in it is measured, assumed, or follows as it says."""

from __future__ import annotations

import re
import sys
from math import ceil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "bench"))

from measured import cost_model  # noqa: E402 - after its folder is on the path
from measured.exponents import Growing  # noqa: E402

SCALE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
NO_FIGURES = ("S3", "304")  # a service and a status


def test_every_figure_follows_from_those_before_it_as_the_formula_beside_it_says() -> None:
    known = cost_model.known_in(SCALE)
    assert len(cost_model.following(SCALE)) > 20
    for each in cost_model.following(SCALE):
        known[each.name] = eval(each.formula, {"__builtins__": {}, "ceil": ceil}, known)
        assert each.written == cost_model.shown(known[each.name]), f"{each.name} = {each.formula}"


def test_no_figure_stands_outside_the_tables() -> None:
    prose = "\n".join(line for line in SCALE.splitlines() if not line.startswith(("|", "<!--")))
    prose = re.sub(r"`[^`]*`", "", prose)
    for allowed in NO_FIGURES:
        prose = prose.replace(allowed, "")
    assert not re.findall(r"\S*\d\S*", prose)


def test_everything_assumed_is_needed_and_every_name_is_told_once() -> None:
    formulas = " ".join(each.formula for each in cost_model.following(SCALE))
    used = set(re.findall(r"[a-z_]+", formulas))
    assumed = [name for name, *_ in cost_model.rows(SCALE, cost_model.ASSUMED)]
    assert set(assumed) <= used
    tables = (cost_model.LOAD, cost_model.GROWTH, cost_model.ASSUMED, cost_model.FOLLOWS)
    names = [row[0] for table in tables for row in cost_model.rows(SCALE, table)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:bench|tests|workers|platform|evaluation)/[\w/]+\.py)`", SCALE)))
)
def test_what_it_refers_to_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_what_grows_with_the_square_has_exponent_two_and_what_does_not_grow_has_none() -> None:
    sizes = (10, 20, 40, 80)
    square = Growing("a", "a", "items", "ms", sizes, [3.0 * size**2 for size in sizes])
    assert square.slope == pytest.approx((2.0, 0.0), abs=1e-9)
    assert square.each == 1000 * 3 * 80
    flat, error = Growing("b", "b", "items", "ms", sizes, [5.0, 5.5, 4.6, 5.1]).slope
    assert abs(flat) < 2 * error < 0.2


def test_figures_measured_anew_stand_in_the_document_with_what_follows_from_them() -> None:
    first = cost_model.rows(SCALE, cost_model.GROWTH)
    doubled = [_grown(row) for row in first]
    text = cost_model.with_growth(SCALE, doubled)
    before, after = cost_model.known_in(SCALE), cost_model.known_in(text)
    assert all(after[row[0]] == pytest.approx(2 * before[row[0]], rel=0.01) for row in first)
    told = {each.name: cost_model.number(each.written) for each in cost_model.following(text)}
    was = {each.name: cost_model.number(each.written) for each in cost_model.following(SCALE)}
    assert told["scoring_hours"] == pytest.approx(2 * was["scoring_hours"], rel=0.02)
    assert cost_model.with_growth(text, doubled) == text


def _grown(row: list[str]) -> Growing:
    """The same measurement, had everything cost twice as much."""
    key, what, against, sizes, _, each, _ = row
    low, high = (int(size.replace(",", "")) for size in sizes.split(" to "))
    middle = [low, 2 * low, 4 * low, high]
    unit = next(large for large, small in cost_model.SMALLER.items() if each.endswith(f" {small}"))
    costs = [2 * cost_model.number(each) * size / 1000 for size in middle]
    return Growing(key, what, against, unit, middle, costs)


@pytest.mark.parametrize("formula", ["__import__('os')", "readers.real", "nobody", "'a' * 3", "ceil(1, 2)"])
def test_a_formula_is_arithmetic_and_nothing_else(formula: str) -> None:
    with pytest.raises(ValueError, match="no arithmetic"):
        cost_model.evaluated(formula, {"readers": 1.0})
