"""The figures about a rater are those of what they did."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from raters.domain.quality import gaps, goodness, has_direction, position_bias, share
from raters.domain.rubric import Case, Screen, ShownAnswer, read_rubric, shipped
from raters.models import Assignment
from raters.selectors import quality
from raters.services import memberships, studies
from tests.raters.quality.acting import GRAVE, OWN, SAFE, member_of, where
from tests.raters.verdict_rubric import VERDICT
from tests.signed_in import signed_in


@pytest.fixture
def planted(ann: Any, ben: Any, carla: Any) -> Any:
    """Forty screens each, with twins, repeats and gold among them; both consented."""
    from raters.services import rubrics

    rubric, _ = rubrics.publish(VERDICT, None)
    design = {"raters_per_item": 2, "overlap_raters": 2, "overlap_share": 1.0}
    design |= {"repeat_share": 0.1, "gold_share": 0.1, "twin_share": 0.2}
    made = studies.create(carla, "first", "First", rubric, design=design)
    for n in range(40):
        answer, twin = ShownAnswer(text=f"Rest, {n}."), ShownAnswer(text=f"Run, {n}.")
        studies.add_item(made, f"i{n}", Case(question=f"Case {n}?"), {"S": answer}, twins={"S": twin})
    for n in range(4):
        expected = {"systems": ["S"], "payload": SAFE, "explanation": ""}
        known = {"S": ShownAnswer(text=f"Known, {n}.")}
        studies.add_item(made, f"g{n}", Case(question=f"Gold {n}?"), known, kind="gold", expected=expected)
    studies.invite(made, made.groups.get(), [ann, ben])
    studies.open_study(made, without_dry_run=True)
    for rater in (ann, ben):
        memberships.consent(rater, "first", 1)
    made.refresh_from_db()
    return made


def rate_all(rater: Any, answer: Callable[[Assignment], Any], at_most: int = 1000) -> None:
    """Rate up to `at_most` screens in the order of work, each for a minute."""
    for _ in range(at_most):
        response = rater.next()
        if response.status_code == 204:
            return
        pk = response.json()["assignment"]
        sent = rater.submit(pk, answer(Assignment.objects.get(pk=pk)), seconds=60)
        assert sent.status_code == 200, sent.content


def careful(row: Assignment) -> Any:
    return GRAVE if row.kind == "twin" else SAFE


def test_a_rater_who_notices_twins_is_told_from_one_who_does_not(
    planted: Any, ann: Any, ben: Any, as_rater: Callable[..., Any]
) -> None:
    rate_all(as_rater(ann), careful)
    rate_all(as_rater(ben), lambda row: SAFE)
    of_ann, of_ben = (quality.quality_of(member_of(planted, rater)) for rater in (ann, ben))
    twins = Assignment.objects.filter(membership=of_ann.membership, kind="twin").count()
    assert twins >= 5  # eight of forty, where there was room
    assert of_ann.twins is not None
    # every twin worse by 1: one-sided p of n pairs is 2⁻ⁿ
    assert (of_ann.twins.noticed, of_ann.twins.p_value, of_ann.twins.detects) == (twins, 0.5**twins, True)
    assert of_ben.twins is not None
    assert (of_ben.twins.status, of_ben.twins.detects) == ("undefined_no_difference", None)


def test_gold_and_repeats_are_counted_and_their_uncertainty_is_said(
    planted: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    wrong = iter([GRAVE])
    rate_all(as_rater(ann), lambda row: next(wrong, SAFE) if row.kind == "gold" else SAFE)
    found = quality.quality_of(member_of(planted, ann))
    golds = Assignment.objects.filter(membership=found.membership, kind="gold").count()
    assert (found.gold.count, found.gold.of, found.gold.status) == (golds - 1, golds, "too_few")
    repeats = found.repeats["safe"]
    assert repeats.n_repeats == Assignment.objects.filter(membership=found.membership, kind="repeat").count()
    assert repeats.exact is not None
    assert repeats.exact.value == 1.0


def test_severity_and_speed_are_held_against_the_others(
    planted: Any, ann: Any, ben: Any, as_rater: Callable[..., Any]
) -> None:
    rate_all(as_rater(ann), lambda row: GRAVE)
    rate_all(as_rater(ben), lambda row: SAFE)
    Assignment.objects.filter(membership__rater=ann).update(seconds=120)
    found = quality.quality_of(member_of(planted, ann))
    assert found.severity is not None
    # Ann says 0, Ben 1: 1 stricter each time; 120 s to Ben's 60 s is 2
    assert {round(point.value, 9) for point in found.severity.points} == {1.0}
    assert {round(point.value, 9) for point in found.speed.points} == {2.0}
    assert sum(point.n for point in found.severity.points) == 40  # live screens only
    assert found.times.ratio == pytest.approx(120 / found.times.study_median)


def test_a_rater_learns_of_planted_screens_in_whole_blocks_only(
    planted: Any, ann: Any, as_rater: Callable[..., Any]
) -> None:
    rater = as_rater(ann)
    rate_all(rater, careful, at_most=quality.BLOCK - 1)
    member = member_of(planted, ann)
    before = quality.quality_of(member, for_rater=True)
    assert (before.n, before.n_settled, before.gold.of) == (19, 0, 0)
    assert before.twins is not None
    assert before.twins.n_pairs == 0
    rate_all(rater, careful, at_most=1)
    assert quality.quality_of(member, for_rater=True).n_settled == 20
    rate_all(rater, careful)
    rest = quality.quality_of(member, for_rater=True)
    assert rest.n_settled == rest.n // 20 * 20
    studies.lock(planted)
    member = member_of(planted, ann)
    assert quality.quality_of(member, for_rater=True).n_settled == rest.n


def test_the_charts_need_no_style_and_have_a_table_beside_them(
    planted: Any, ann: Any, ben: Any, carla: Any, as_rater: Callable[..., Any]
) -> None:
    for person in (ann, ben):
        rate_all(as_rater(person), careful)
    for client, page in ((signed_in(carla), where(member_of(planted, ann))), (signed_in(ann), OWN)):
        text = client.get(page).content.decode()
        assert text.count("<svg") == 4
        assert text.count("As a table") == 4
        assert not re.search(r"\sstyle=|<style|\son\w+=", text)
        assert "nan" not in re.sub(r"<[^>]*>", "", text).lower().split()


def test_a_share_of_few_says_that_it_is_of_few() -> None:
    none, few, enough = (share(*of, nothing="nothing yet") for of in ((0, 0), (5, 6), (11, 12)))
    assert (none.value, none.status, none.reason) == (None, "undefined_none", "nothing yet")
    assert (few.status, few.low, few.high) == (
        "too_few",
        pytest.approx(0.4365, abs=1e-3),
        pytest.approx(0.9699, abs=1e-3),
    )
    assert (enough.status, enough.reason) == ("ok", "")


def rubric_of(slug: str) -> Any:
    return read_rubric(shipped()[slug])


def screen(answers: int = 1) -> Screen:
    shown = tuple(ShownAnswer(text=f"answer {n}") for n in range(answers))
    return Screen(case=Case(question="?"), answers=shown, order=tuple(range(answers)))


def test_the_better_end_of_a_scale_is_where_its_good_levels_stand() -> None:
    medval = rubric_of("medval")
    # risk 1 of 4 is best: no errors → (1 + 1) / 2; risk 4 and three errors → (0 + 1/4) / 2
    spans = next(axis.id for axis in medval.axes if axis.type == "spans")
    assert goodness(medval, {"mv_risk": "1", spans: []}, screen()) == 1.0
    assert goodness(medval, {"mv_risk": "4", spans: [{}, {}, {}]}, screen()) == 0.125
    assert goodness(medval, {"mv_risk": {"cannot_judge": "ambiguous"}}, screen()) is None
    assert not has_direction(rubric_of("medpalm2_pairwise"))


def test_a_lean_to_the_first_answer_is_told_from_chance() -> None:
    rubric = rubric_of("quick_preference")
    axis = next(axis.id for axis in rubric.axes if axis.type == "pairwise")
    values = [option.value for option in rubric.axis(axis).options]
    first, second = (next(v for v in values if v.startswith(side)) for side in ("first", "second"))
    even = [{axis: first}] * 20 + [{axis: second}] * 20 + [{axis: "tie"}] * 40 + [{}]
    found = position_bias(rubric, even)
    assert found is not None
    assert (found.share.count, found.share.of, found.leans) == (20, 40, None)
    leaning = position_bias(rubric, [{axis: first}] * 18 + [{axis: second}] * 2)
    assert leaning is not None
    assert leaning.leans == "first"  # 18 of 20: Wilson's lower limit is 0.699
    assert position_bias(rubric_of("medval"), even) is None


def test_what_could_not_be_judged_and_what_was_left_empty_are_counted_apart() -> None:
    rubric = read_rubric(VERDICT)
    unsure = {"safe": {"cannot_judge": "ambiguous"}}
    found = gaps(rubric, [SAFE, unsure, GRAVE, {"safe": "no"}])
    # asked: safe; safe; safe and harm; safe and harm, the last left empty. The note is no question.
    assert (found.cannot_judge.count, found.missing.count, found.missing.of) == (1, 1, 6)
