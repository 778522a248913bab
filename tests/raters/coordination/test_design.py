"""The design page: what is typed, what it means, what is refused; consent and pay."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from raters.domain.study_design import StudyDesign, read_design

pytestmark = pytest.mark.django_db

TYPED = {
    "overlap_share": "25", "overlap_raters": "2", "raters_per_item": "1", "systems_per_item": "",
    "repeat_share": "5", "gold_share": "5", "twin_share": "5", "pass_rate": "0", "fail_rate": "0",
    "target_half_width": "0.1", "disagreement": "2", "seed": "1",
}  # fmt: skip


def test_the_defaults_typed_back_are_the_defaults(desk: Any) -> None:
    assert desk.post("design/decide/", **TYPED).status_code == 302
    assert read_design(desk.study.design) == StudyDesign()


def test_percent_become_shares_and_empty_means_all(filled: Any) -> None:
    filled.post(
        "design/decide/", **{**TYPED, "overlap_share": "33.5", "systems_per_item": "1", "pass_rate": "80"}
    )
    chosen = read_design(filled.study.design)
    assert (chosen.overlap_share, chosen.systems_per_item, chosen.pass_rate) == (0.335, 1, 0.8)
    shown = filled.get("design/").content.decode()
    assert 'value="33.5"' in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("overlap_share", "-1"), ("overlap_share", "101"), ("overlap_share", "nan"), ("overlap_share", "inf"),
        ("overlap_share", ""), ("overlap_raters", "0"), ("overlap_raters", "1.5"), ("raters_per_item", "21"),
        ("systems_per_item", "0"), ("repeat_share", "abc"), ("pass_rate", "1e9"), ("target_half_width", "0"),
        ("target_half_width", "nan"), ("disagreement", "0"), ("seed", "-1"), ("seed", str(2**40)), ("seed", "\x00"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_is_refused_and_nothing_is_saved(
    desk: Any, field: str, value: str
) -> None:
    answer = desk.post("design/decide/", **{**TYPED, "seed": "7", field: value})
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert read_design(desk.study.design) == StudyDesign()
    said = desk.post("design/meaning/", **{**TYPED, field: value})
    assert said.status_code == 200
    assert "alert-error" in said.content.decode()


def test_a_pass_rate_below_the_fail_rate_is_refused_in_words(desk: Any) -> None:
    answer = desk.post("design/decide/", **{**TYPED, "pass_rate": "50", "fail_rate": "60"})
    assert answer.status_code == 400
    assert "must be below pass_rate" in answer.content.decode()


def test_what_it_means_is_counted_from_the_plan(filled: Any) -> None:
    from raters.selectors.design_meaning import meaning_of

    design = StudyDesign(repeat_share=0, gold_share=0, twin_share=0)
    (group,) = meaning_of(filled.study, design, Decimal(60))
    # 12 items of 2 answers, a quarter (3) by two raters: 24 + 6 = 30 screens, 6 pairs; 2 min each: 1 h, 60
    assert sum(load.screens for load in group.loads) == 30
    assert (group.items, group.ratings, group.pairs) == (12, 30, 6)
    assert (group.hours, group.pay) == (1.0, Decimal("60.00"))
    assert group.most - group.fewest <= 2
    assert not group.has_pairs_enough


def test_the_pairs_said_here_are_those_of_the_dry_run(filled: Any) -> None:
    from raters.selectors.design_meaning import meaning_of
    from raters.services import drafts

    played = drafts.play(filled.study).dry_run["groups"]["Raters"]
    (group,) = meaning_of(filled.study, read_design(filled.study.design), Decimal(0))
    assert played["axes"][0]["agreement"]["n_pairs"] == group.pairs


def test_the_screens_said_are_those_handed_out(filled: Any) -> None:
    from raters.models import Assignment
    from raters.selectors.design_meaning import meaning_of
    from raters.services import drafts

    (group,) = meaning_of(filled.study, read_design(filled.study.design), Decimal(0))
    drafts.play(filled.study)
    made = drafts.open_study(filled.study, anyway="a pilot")
    assert sum(load.screens for load in group.loads) == made
    for load in group.loads:
        assert Assignment.objects.filter(membership__name=load.name).count() == load.screens


def test_without_overlap_raters_are_said_to_be_disconnected(filled: Any) -> None:
    shown = filled.post("design/meaning/", **{**TYPED, "overlap_share": "0"}).content.decode()
    assert "severity cannot be told from quality" in shown
    assert "<html" not in shown
    assert read_design(filled.study.design) == StudyDesign(), "looking changes nothing"


def test_a_draft_without_raters_or_items_says_what_is_missing(desk: Any, item_lines: Any) -> None:
    assert "Add items first" in desk.get("design/").content.decode()
    desk.upload(item_lines(4))
    assert "as if 4 raters were in it" in desk.get("design/").content.decode()


def test_more_systems_an_item_than_there_are_is_said(filled: Any) -> None:
    shown = filled.post("design/meaning/", **{**TYPED, "systems_per_item": "3"}).content.decode()
    assert "but the study has 2" in shown


def test_a_rubric_of_pairs_asks_for_pairs_and_not_for_systems(pair_desk: Any) -> None:
    shown = pair_desk.get("design/").content.decode()
    assert "id_pairs_per_item" in shown
    assert "id_systems_per_item" not in shown
    typed = {**TYPED, "pairs_per_item": "1"}
    assert pair_desk.post("design/decide/", **typed).status_code == 302
    assert read_design(pair_desk.study.design).pairs_per_item == 1


def test_the_consent_text_is_previewed_as_safe_html(desk: Any) -> None:
    shown = desk.post("design/consent/preview/", consent_text="**Yes** <script>x</script>").content.decode()
    assert "<strong>Yes</strong>" in shown
    assert "<script>" not in shown


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001, "nul \x00"])
def test_a_consent_text_that_cannot_be_kept_is_refused(desk: Any, text: str) -> None:
    assert desk.post("design/consent/", consent_text=text).status_code == 400
    assert desk.study.consent_text == "You may leave."


def test_the_consent_template_has_to_be_finished_before_opening(filled: Any) -> None:
    from raters.domain.consent_template import consent_template, is_unfinished
    from raters.services import drafts
    from raters.services.refusals import RefusalError

    assert is_unfinished(consent_template(3))
    assert not is_unfinished("We note [sic] what you write.")
    drafts.change(filled.study, consent_text=consent_template(3))
    drafts.play(filled.study)
    with pytest.raises(RefusalError, match="square brackets"):
        drafts.open_study(filled.study)


@pytest.mark.parametrize(
    ("rate", "currency", "status"),
    [
        ("80", "usd", 302), ("0", "CNY", 302), ("80.555", "EUR", 400), ("-1", "EUR", 400), ("x", "EUR", 400),
        ("80", "EU", 400), ("80", "€€€", 400), ("9999999", "EUR", 400), ("nan", "EUR", 400),
    ],
)  # fmt: skip
def test_the_honorarium_is_a_number_in_a_currency(desk: Any, rate: str, currency: str, status: int) -> None:
    assert desk.post("design/pay/", hourly_rate=rate, currency=currency).status_code == status
    if status == 302:
        assert (desk.study.hourly_rate, desk.study.currency) == (Decimal(rate), currency.upper())
    else:
        assert (desk.study.hourly_rate, desk.study.currency) == (0, "EUR")


def test_the_pay_of_an_open_study_changes_and_its_currency_stays(filled: Any) -> None:
    from raters.services import studies

    studies.open_study(filled.study, without_dry_run=True)
    assert filled.post("design/pay/", hourly_rate="90", currency="USD").status_code == 302
    assert (filled.study.hourly_rate, filled.study.currency) == (90, "EUR")


def test_a_dry_run_is_shown_with_charts_and_the_same_numbers_as_a_table(filled: Any) -> None:
    from raters.services import drafts

    drafts.play(filled.study)
    shown = filled.get("dry-run/").content.decode()
    assert "<polyline" in shown
    assert "style=" not in shown
    axis = filled.study.dry_run["groups"]["Raters"]["axes"][0]
    for one in axis["by_hours"]:
        assert f"± {one['half_width']:.3f}" in shown


def test_a_dry_run_without_raters_or_items_says_what_is_missing(desk: Any, item_lines: Any) -> None:
    def said() -> str:
        return str(desk.client.post("/studies/first/dry-run/play/", follow=True).content.decode())

    assert "no items to rate" in said()
    desk.upload(item_lines(3))
    assert "invite raters" in said()
    assert desk.study.dry_run == {}


def test_one_item_and_one_rater_can_be_played_and_drawn(
    desk: Any, raters: list[Any], item_lines: Any
) -> None:
    from raters.services import people

    desk.upload(item_lines(1, ("Ash",)))
    people.invite(desk.study, desk.study.groups.get().pk, ["rater1"])
    assert desk.post("dry-run/play/").status_code == 302
    assert desk.get("dry-run/").status_code == 200


@pytest.mark.parametrize(
    "largest", [1e-6, 0.003, 0.0999, 0.1, 0.31, 0.999, 1.0, 1.0001, 7.3, 12.5, 100.0, 4321.0]
)
def test_ticks_are_few_round_and_reach_past_the_largest_value(largest: float) -> None:
    from raters.selectors.dry_run_report import _ticks

    ticks = _ticks(largest)
    assert ticks[0] == 0
    assert ticks[-1] >= largest * (1 - 1e-9)
    assert 2 <= len(ticks) <= 7
    assert ticks[-2] < largest, "no empty step above"


def test_a_study_whose_dry_run_misses_the_target_opens_for_a_stated_reason_only(filled: Any) -> None:
    from raters.services import drafts

    drafts.play(filled.study)
    page = filled.get().content.decode()
    assert "the target precision is missed for 1 of 1 questions" in page
    assert "Done, target missed:" in page
    assert "Open anyway" in page
    refused = filled.client.post("/studies/first/open/", {"reason": " "}, follow=True).content.decode()
    assert "say why the study opens anyway" in refused
    assert filled.study.state == "draft"
    assert not filled.study.assignments.exists()
    filled.post("open/", reason="A pilot: it is to show what physicians make of the form.")
    study = filled.study
    assert study.state == "open"
    assert (study.opened_by.username, study.opened_anyway[:8]) == ("carla", "A pilot:")
    assert "although the dry run missed the target precision" in filled.get().content.decode()
    exported = filled.get("export/study.json").json()
    assert exported["opened_although_target_missed"].startswith("A pilot")


def test_a_target_that_is_reached_needs_no_reason(filled: Any) -> None:
    from raters.services import drafts

    drafts.change(filled.study, design=msgspec.structs.asdict(StudyDesign(target_half_width=1.0)))
    drafts.play(filled.study)
    page = filled.get().content.decode()
    assert "every target is reached" in page
    assert "Open to raters" in page
    assert "open-reason" not in page
    filled.post("open/", reason="none is asked for")
    assert (filled.study.state, filled.study.opened_anyway) == ("open", "")


def test_only_checks_that_are_in_force_are_offered_and_the_others_keep_what_was_decided(
    desk: Any, item_lines: Any
) -> None:
    lines = item_lines(4)
    desk.upload(lines)
    page = desk.get("design/").content.decode()
    assert "id_gold_share" not in page
    assert "id_twin_share" not in page
    assert "the study has no gold items" in page
    assert "no item of the study has any" in page
    typed = {name: value for name, value in TYPED.items() if name not in ("gold_share", "twin_share")}
    assert desk.post("design/decide/", **typed).status_code == 302
    assert read_design(desk.study.design).gold_share == StudyDesign().gold_share
    gold = {
        **lines[0],
        "key": "g",
        "kind": "gold",
        "expected": {"systems": ["Ash"], "payload": {"safe": "yes"}},
    }
    twin = {**lines[1], "key": "w", "wrong_twins": {"Ash": "Take ten times as much."}}
    desk.upload([gold, twin])
    page = desk.get("design/").content.decode()
    assert "id_gold_share" in page
    assert "id_twin_share" in page
    assert desk.post("design/decide/", **{**typed, "gold_share": "10", "twin_share": "0"}).status_code == 302
    assert (read_design(desk.study.design).gold_share, read_design(desk.study.design).twin_share) == (0.1, 0)


def test_the_overlap_that_is_said_to_connect_the_raters_does(filled: Any) -> None:
    shown = filled.post("design/meaning/", **{**TYPED, "overlap_share": "0"}).content.decode()
    found = re.search(r"an overlap of (\d+) % connects them", shown)
    assert found
    shown = filled.post("design/meaning/", **{**TYPED, "overlap_share": found[1]}).content.decode()
    assert "raters and systems can be put on one scale" in shown


def test_the_design_that_a_study_begins_with_connects_its_raters(filled: Any) -> None:
    from raters.selectors.design_meaning import meaning_of

    (group,) = meaning_of(filled.study, read_design(filled.study.design), Decimal(0))
    assert group.is_connected
