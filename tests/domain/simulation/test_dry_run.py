"""What a dry run reports, warns of and refuses."""

import json

import numpy as np
import pytest
from scipy.special import expit

from raters.domain.assignment import Design, Item, Rater, plan_study
from raters.domain.rubric.rubric import Axis, Option, Rubric, ShownIf
from raters.domain.simulation import Assumptions, AxisKind, Traits, axis_kinds, dry_run
from raters.domain.simulation.bradley_terry import strengths
from raters.domain.simulation.cautions import cautions
from raters.domain.simulation.clustered import answer_signs, clustering
from raters.domain.simulation.sheet import read_plan

LEVEL = AxisKind(axis="level", kind="ordinal", categories=4)
PAIR = AxisKind(axis="better", kind="pairwise")


def planned(raters, items, systems, people=None, **design):
    return plan_study(
        Design(**design),
        people or [Rater(id=f"r{n}") for n in range(raters)],
        [Item(id=f"i{n}") for n in range(items)],
        [f"s{n}" for n in range(systems)],
    )


def codes(found):
    return {warned.code for warned in found.warnings}


def test_a_report_is_json_and_the_same_for_the_same_seed():
    plan = planned(6, 60, 3)
    kinds = [LEVEL, AxisKind(axis="safe", kind="binary"), AxisKind(axis="points", kind="interval")]
    told = Assumptions(target_half_width={"level": 0.4}, raters={"r1": Traits(severity=0.5)})
    one, two = (dry_run(plan, kinds, told, 40, seed=9).as_dict() for _ in range(2))
    assert json.dumps(one, allow_nan=False) == json.dumps(two, allow_nan=False)
    assert one != dry_run(plan, kinds, told, 40, seed=10).as_dict()
    assert [axis["axis"] for axis in one["axes"]] == ["level", "safe", "points"]


def test_axes_of_one_kind_are_played_once_and_told_apart_by_name_and_target():
    plan = planned(6, 60, 2)
    kinds = [LEVEL, AxisKind(axis="twin", kind="ordinal", categories=4, label="Twin")]
    found = dry_run(plan, kinds, Assumptions(target_half_width={"twin": 0.5}), 40)
    first, second = found.axes
    assert first.half_width == second.half_width
    assert first.needed is None and second.needed.target == 0.5


def test_hours_count_screens():
    """60 items · 1.25 assignments = 75 blocks of 6 answers: two screens of at most 5, 4 minutes each, make
    75 · 8 / 60 = 10 hours; shown one by one 75 · 6 · 4 / 60 = 30."""
    plan = planned(6, 60, 6)
    assert dry_run(plan, [], Assumptions(minutes=4), 20).hours == pytest.approx(10.0)
    alone = Assumptions(minutes=4, answers_per_screen=1)
    assert dry_run(plan, [], alone, 20).hours == pytest.approx(30.0)


def test_a_target_is_met_by_the_hours_it_names():
    plan = planned(12, 120, 2)
    wish = dry_run(plan, [LEVEL], Assumptions(severity_sd=0.1), 100).axes[0].half_width * 0.8
    needed = (
        dry_run(plan, [LEVEL], Assumptions(severity_sd=0.1, target_half_width={"level": wish}), 100)
        .axes[0]
        .needed
    )
    bigger = planned(12, round(120 * needed.hours / (150 * 3 / 60)), 2)
    reached = dry_run(bigger, [LEVEL], Assumptions(severity_sd=0.1), 100).axes[0].half_width
    assert reached == pytest.approx(wish, rel=0.1)


def test_a_target_that_hours_cannot_reach_asks_for_raters():
    told = Assumptions(severity_sd=1.0, target_half_width={"level": 0.05})
    needed = dry_run(planned(8, 80, 2), [LEVEL], told, 40).axes[0].needed
    assert needed.hours is None
    assert "invite more raters" in needed.reason


def test_few_raters_few_pairs_and_one_who_does_most_are_warned_of():
    """Three raters, nobody twice, and the first with half of all work by capacity."""
    people = [Rater(id="r0", capacity=2.0), Rater(id="r1"), Rater(id="r2")]
    found = dry_run(planned(3, 40, 2, people, overlap_share=0.0), [LEVEL], Assumptions(), 20)
    wanted = {"these_raters_only", "few_planned_pairs", "one_rater_dominates", "disconnected"}
    assert wanted <= codes(found)
    axis = found.axes[0]
    assert axis.agreement.value is None and "overlap" in axis.agreement.reason
    assert axis.severity is None and axis.severity_reason


def test_long_and_large_blocks_are_warned_of():
    found = dry_run(planned(6, 60, 8), [], Assumptions(minutes=6, answers_per_screen=1), 20)
    # 8 screens of 6 minutes are 48 minutes without a break
    assert {"block_too_long", "block_too_large", "nothing_playable"} == codes(found)


def test_a_sound_plan_has_no_warning():
    found = dry_run(planned(8, 80, 4), [LEVEL], Assumptions(), 20)
    assert found.warnings == ()


def test_systems_nobody_compares_and_places_not_filled_are_warned_of():
    plan = planned(6, 60, 4, systems_per_item=1)
    assert "systems_disconnected" in {w.code for w in cautions(plan, read_plan(plan, Assumptions()), 100)}
    people = [Rater(id=f"r{n}", at_most=2) for n in range(6)]
    short = planned(6, 60, 2, people)
    assert "unfilled" in {w.code for w in cautions(short, read_plan(short, Assumptions()), 100)}


def test_pairs_without_leaning_bias_or_difference_end_even():
    told = Assumptions(quality_step=0.0, position_bias=0.0, position_bias_sd=0.0)
    axis = dry_run(planned(8, 120, 3, task="pairwise"), [PAIR], told, 100).axes[0]
    assert all(system.truth == pytest.approx(0.5) for system in axis.systems)
    assert all(contrast.truth == pytest.approx(0.0, abs=1e-9) for contrast in axis.contrasts)
    assert all(contrast.power < 0.12 for contrast in axis.contrasts)
    assert axis.contrast_unit == "logits" and axis.severity is None


def test_a_side_bias_that_is_balanced_leaves_win_rates_where_they_were():
    plan = planned(8, 120, 2, task="pairwise")
    fair, biased = (
        dry_run(plan, [PAIR], Assumptions(position_bias=b, quality_step=0.0), 100).axes[0] for b in (0.0, 1.0)
    )
    assert fair.systems[0].truth == pytest.approx(biased.systems[0].truth)
    assert biased.systems[0].coverage >= 0.9


def test_the_answers_of_pairs_can_be_rated_too():
    plan = planned(8, 60, 3, task="pairwise")
    found = dry_run(plan, [PAIR, LEVEL], Assumptions(), 20)
    assert [axis.kind for axis in found.axes] == ["pairwise", "ordinal"]
    assert found.axes[1].severity is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repetitions": 5}, "at least 20"),
        ({"kinds": [LEVEL, LEVEL]}, "named twice"),
        ({"kinds": [PAIR]}, "pairwise"),
        ({"told": Assumptions(qualities={"gone": 1.0})}, "gone"),
        ({"told": Assumptions(raters={"nobody": Traits()})}, "nobody"),
    ],
)
def test_what_cannot_be_played_is_refused_with_a_reason(change, message):
    with pytest.raises(ValueError, match=message):
        dry_run(
            planned(6, 30, 2),
            change.get("kinds", [LEVEL]),
            change.get("told", Assumptions()),
            change.get("repetitions", 20),
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"noise": 0.0},
        {"severity_sd": -1.0},
        {"tie_share": 1.0},
        {"minutes": 0.0},
        {"position_bias": float("nan")},
        {"target_half_width": {"level": 0.0}},
        {"raters": {"r0": Traits(noise=0.0)}},
    ],
)
def test_impossible_assumptions_are_refused(wrong):
    with pytest.raises(ValueError):
        Assumptions(**wrong)


def test_a_plan_without_assignments_is_refused():
    plan = planned(2, 3, 1, [Rater(id="r0", at_most=0), Rater(id="r1", at_most=0)])
    with pytest.raises(ValueError, match="no assignment"):
        dry_run(plan, [LEVEL], Assumptions(), 20)


def test_shares_of_a_pilot_come_back():
    """80 % safe: without differences of quality the mean of each system is 0.8."""
    kind = AxisKind(axis="safe", kind="binary", shares=(0.2, 0.8))
    axis = dry_run(planned(8, 200, 2), [kind], Assumptions(quality_step=0.0, position_bias=0.0), 50).axes[0]
    assert all(system.truth == pytest.approx(0.8, abs=0.005) for system in axis.systems)


def test_strengths_of_two_systems_are_the_log_odds():
    """30 wins against 10: log 3 = 1.0986, less the faint prior; the variance of the contrast is
    1 / (40 · 3/4 · 1/4) = 0.1333."""
    theta, inverse = strengths(np.array([[[0.0, 30.0], [10.0, 0.0]]]))
    assert theta[0, 0] - theta[0, 1] == pytest.approx(np.log(3), abs=0.002)
    assert inverse[0, 0, 0] + inverse[0, 1, 1] - 2 * inverse[0, 0, 1] == pytest.approx(0.1333, abs=0.001)


def test_strengths_solve_the_score_equations():
    rng = np.random.default_rng(4)
    wins = rng.integers(1, 20, (5, 4, 4)).astype(float) * (1 - np.eye(4))
    theta, _ = strengths(wins)
    chance = expit(theta[:, :, None] - theta[:, None, :])
    expected = ((wins + wins.transpose(0, 2, 1)) * chance).sum(axis=2)
    assert np.abs(wins.sum(axis=2) - expected - 0.01 * theta).max() < 1e-6


def test_a_two_way_variance_by_hand():
    """Ratings 1, 2, 3, 6 by raters A A B B of items x y x y: mean 3, deviations -2, -1, 0, 3, over n = 4:
    by rater (-3, 3)/4: 2 · 18/16 = 2.25; by item (-2, 2)/4: 2 · 8/16 = 1; by cell 14/16 · 4/3 = 1.1667.
    2.25 + 1 - 1.1667 = 2.0833 is less than 2.25, which stands."""
    plan = planned(2, 2, 1, raters_per_item=2, overlap_raters=2)
    rows = read_plan(plan, Assumptions()).answers
    values = np.array([1.0, 2.0, 3.0, 6.0])
    order = np.lexsort((rows.item, rows.rater))
    influence = np.empty((1, 4))
    influence[0, order] = values - values.mean()
    found = clustering(rows, 1, answer_signs(rows.system, 1), False).covariances(influence)
    assert found.rater[0, 0, 0] == pytest.approx(2.25)
    assert found.item[0, 0, 0] == pytest.approx(1.0)
    assert found.cell[0, 0, 0] == pytest.approx(14 / 16 * 4 / 3)
    assert found.variances()[0, 0, 0] == pytest.approx(2.25)


def options(*values):
    return tuple(Option(value=value, label=value) for value in values)


def axis(name, kind, **more):
    return Axis(id=name, label=name, question=name, type=kind, **more)


def rubric(*axes, **more):
    base = {"id": "r", "title": "", "description": "", "unit": "answer", "source": "", "guidelines": ""}
    return Rubric(**(base | more), axes=axes)


def test_every_axis_is_played_or_left_out_with_a_reason():
    found = axis_kinds(
        rubric(
            axis("risk", "ordinal", options=options("1", "2", "3", "4")),
            axis("safe", "binary", options=options("no", "yes")),
            axis("scale", "interval", low=0.0, high=100.0, step=1.0),
            axis("count", "number"),
            axis("errors", "spans", options=options("a", "b")),
            axis("met", "checklist"),
            axis("why", "text"),
            axis("harm", "nominal", options=options("a", "b"), shown_if=ShownIf(axis="safe", values=("no",))),
            axis("one", "ordinal", options=options("only")),
        )
    )
    kinds = {kind.axis: kind for kind in found.kinds}
    assert list(kinds) == ["risk", "safe", "scale", "count", "errors", "met", "harm"]
    assert kinds["risk"].values == (1.0, 2.0, 3.0, 4.0)
    assert len(kinds["scale"].values) == 101
    assert "always asked" in kinds["harm"].reading and "any span" in kinds["errors"].reading
    assert set(found.left_out) == {"why", "one"}


def test_of_a_pair_only_what_tells_the_two_apart_is_played():
    found = axis_kinds(
        rubric(
            axis("better", "pairwise", options=options("first", "tie", "second")),
            axis("same", "binary", options=options("no", "yes")),
            axis("each", "binary", options=options("no", "yes"), per="answer"),
            unit="pair",
            answers=2,
        )
    )
    assert [(kind.axis, kind.kind) for kind in found.kinds] == [("better", "pairwise"), ("each", "binary")]
    assert "as a whole" in found.left_out["same"]
