"""Filters, overviews, plans and what is told of few cases."""

from __future__ import annotations

import numpy as np
import pytest

from leaderboard.domain.aggregation import macro_average, means
from leaderboard.domain.moments import task_moments
from leaderboard.domain.order import half_widths, items_to_separate, places, ranges_of
from leaderboard.domain.overview import groups, is_thin, mean_cell, shown, warning
from leaderboard.domain.planning import planned, rounded
from leaderboard.domain.significance import significance_matrix
from leaderboard.domain.slicing import existing, facets_of, fitted, ordered, taken, weights_of
from leaderboard.domain.table import Cell, Column, Row, Slice


def column(key: str, category: str = "", **facets: str | tuple[str, ...]) -> Column:
    values = {name: value if isinstance(value, tuple) else (value,) for name, value in facets.items()}
    return Column(key, key.upper(), "accuracy", category=category, facets=values)


COLUMNS = (
    column("a", "x", language="en", specialty=("Cardiology", "Neurology")),
    column("b", "x", language="es", specialty="Cardiology"),
    column("c", "y", language="en"),
)


def row(system: str, origin: str = "run", **fields: object) -> Row:
    return Row(
        key=f"{origin}-{system}", system=system, kind="model", mode="", origin=origin, cells={}, **fields
    )  # type: ignore[arg-type]


def test_values_of_a_facet_are_any_and_facets_are_all() -> None:
    facets = facets_of(COLUMNS, ["language", "specialty"])
    assert facets["specialty"] == ("Cardiology", "Neurology")
    assert facets["task"] == ("a", "b", "c")
    chosen = existing(
        (("specialty", ("Neurology", "Cardiology", "x")), ("nothing", ("y",)), ("language", ("en",))), facets
    )
    assert chosen == (("language", ("en",)), ("specialty", ("Cardiology", "Neurology")))
    assert [each.key for each in taken(COLUMNS, chosen)] == ["a"]


def test_what_a_board_does_not_have_is_left_out_of_the_slice() -> None:
    wanted = Slice(columns=("b", "z", "b"), weights=(("z", 2.0), ("a", 3.0)), sort="-z")
    found = fitted(wanted, COLUMNS, ())
    assert (found.columns, found.weights, found.sort) == (("b",), (("a", 3.0),), "rank")
    assert weights_of(COLUMNS, found) == (3.0, 1.0, 1.0)
    assert weights_of(COLUMNS, Slice(weights=(("a", 1.0),))) is None


def test_rows_without_a_value_stand_last_whichever_way_it_is_sorted() -> None:
    rows = [row("none"), row("low", average=0.1, place=2), row("high", average=0.9, place=1)]
    assert [each.system for each in ordered(rows, "average")] == ["high", "low", "none"]
    assert [each.system for each in ordered(rows, "-average")] == ["low", "high", "none"]
    assert [each.system for each in ordered(rows, "place")] == ["high", "low", "none"]
    assert [each.system for each in ordered(rows, "-place")] == ["low", "high", "none"]


def test_by_rank_runs_stand_in_bands_and_reported_rows_after_them_by_place() -> None:
    rows = [
        row("r2", "reported", place=2), row("r1", "reported", place=1),
        row("b", band=2), row("z", band=1), row("a", band=1), row("none"),
    ]  # fmt: skip
    found = ordered(rows, "rank")
    assert [each.system for each in found] == ["a", "z", "b", "none", "r1", "r2"]
    assert [each.system for each in found if each.starts_band] == ["b", "none", "r1"]


def test_a_wide_board_is_shown_by_category_and_a_narrow_one_by_task() -> None:
    wide = tuple(column(f"t{n}", "x" if n % 2 else "y", family="x" if n % 2 else "y") for n in range(13))
    found = groups(wide, "family")
    assert [(group.column.key, len(group.members)) for group in found] == [("family:y", 7), ("family:x", 6)]
    assert shown(Slice(), wide, found) == tuple(group.column for group in found)
    assert groups(wide[:12], "family") == ()
    assert groups(tuple(column(f"t{n}", "x") for n in range(20))) == ()
    picked = shown(Slice(columns=("t3", "family:x")), wide, found)
    assert [each.key for each in picked] == ["family:x", "t3"]


def test_the_mean_of_a_category_needs_every_task_of_it() -> None:
    cells = {"a": Cell(0.5, n=10), "b": Cell(0.7, n=20, unparsed=2)}
    assert mean_cell(cells, COLUMNS[:2]) == Cell(pytest.approx(0.6), n=30, unparsed=2)
    assert mean_cell(cells, COLUMNS).value is None
    assert mean_cell(cells, COLUMNS).note == "2/3"


def test_few_cases_are_said_with_their_number() -> None:
    assert warning(0.5, 29) == "too few cases: n = 29"
    assert warning(0.5, 30) == ""
    assert warning(None, 3) == ""
    assert not is_thin(None)  # a printed figure says nothing of its n


def moments(seed: int, size: int = 200, systems: int = 6) -> object:
    scores = (
        np.random.default_rng(seed).uniform(size=(systems, size)) < np.linspace(0.5, 0.7, systems)[:, None]
    )
    values = scores.mean(axis=1)
    return task_moments(range(systems), values.tolist(), scores - values[:, None])


def test_category_means_are_the_averages_of_a_board_of_that_category() -> None:
    tasks = [moments(1), moments(2, 50), moments(3, 90, systems=4)]
    found, board = means(tasks), macro_average(tasks)  # type: ignore[arg-type]
    assert tuple(found) == board.systems == (0, 1, 2, 3)
    for at, name in enumerate(board.systems):
        assert found[name] == pytest.approx((board.values[at], board.low[at], board.high[at]))


def test_equal_averages_share_the_best_place() -> None:
    assert places(np.array([0.3, 0.5, 0.5, 0.1])) == [3, 1, 1, 4]
    assert places(np.array([0.301, 0.302, 0.5]), 2) == [2, 2, 1]


def test_the_interval_of_a_pair_and_its_p_say_the_same() -> None:
    board = macro_average([moments(4)])  # type: ignore[list-item]
    matrix = significance_matrix(board.values, board.covariance, board.pair_df, seed=1)
    apart = np.abs(matrix.difference) > half_widths(matrix)
    np.fill_diagonal(apart, False)
    assert (apart == (matrix.p < 0.05)).all()


def test_a_plan_names_what_would_separate_a_pair_and_rounds_it() -> None:
    board = macro_average([moments(5)])  # type: ignore[list-item]
    matrix = significance_matrix(board.values, board.covariance, board.pair_df, seed=1)
    critical = ranges_of(matrix).critical_value
    exact = items_to_separate(
        float(matrix.difference[0, 1]),
        float(matrix.standard_error[0, 1]) ** 2 * 200,
        200,
        critical_value=critical,
    )
    assert exact is not None
    plan = planned(matrix, 0, 1, 200, unit="items")
    assert plan.n == rounded(exact, 2)
    assert plan.text == f"about {plan.n:,} more items would separate them (80 % power)"
    same = planned(significance_matrix(np.array([0.5, 0.5]), np.eye(2), 9.0, seed=1), 0, 1, 10, unit="items")
    assert (same.n, same.separated) == (None, False)
    far = planned(
        significance_matrix(np.array([0.9, 0.1]), np.eye(2) * 1e-6, 99.0, seed=1), 0, 1, 10, unit="items"
    )
    assert far.text == "separated already"


@pytest.mark.parametrize(
    ("n", "digits", "told"), [(1234, 2, 1200), (1250, 1, 1000), (7, 2, 7), (0, 2, 1), (99, 1, 100)]
)
def test_numbers_of_a_plan_are_told_roughly(n: int, digits: int, told: int) -> None:
    assert rounded(n, digits) == told
