"""Criteria judged by pointer and by keys, pinned to the turns that show them."""

from __future__ import annotations

from typing import Any

from raters.domain.rubric.case import Case, Criterion, ShownAnswer, Turn

TURNS = tuple(Turn(speaker=("Patient", "Doctor")[n % 2], text=f"Turn number {n + 1}.") for n in range(14))
CRITERIA = (
    Criterion(id="site", text="Asks where it hurts.", must_ask=True, group="Pain"),
    Criterion(id="smoking", text="Asks about smoking.", must_ask=True, group="Risks"),
    Criterion(id="onset", text="Asks when it began.", must_ask=True, group="Pain"),
    Criterion(id="family", text="Asks about the family.", group="Risks"),
)


def consultation(criteria: tuple[Criterion, ...] = CRITERIA, **more: Any) -> dict[str, Any]:
    case = Case(question="Chest pain.", criteria=criteria)
    return {"rubric": "meddialogrubrics", "case": case, "answers": (ShownAnswer(dialogue=TURNS),), **more}


def given(opened: Any) -> Any:
    return opened.payload().get("mdr_item_met")


def first(opened: Any) -> None:
    """Go to the first criterion by key."""
    opened.page.locator("fieldset.axis").focus()
    opened.press("ArrowDown")


def test_keys_judge_and_pin_the_whole_list_and_the_server_takes_it(show: Any) -> None:
    opened = show(**consultation())
    first(opened)
    opened.press("m", "e", "2", "j", "n", "j", "e", "1", "0", "j", "0")
    # groups stand together, so the third in the case is the second on the screen
    assert given(opened) == {
        "site": {"met": "met", "turn": 2},
        "onset": {"met": "not_met"},
        "smoking": {"met": "met", "turn": 10},
        "family": {"met": "cannot_judge"},
    }
    assert not opened.shown.check(opened.payload()).problems


def test_a_number_that_could_grow_waits_for_enter(show: Any) -> None:
    opened = show(**consultation())
    first(opened)
    opened.press("e", "1")
    assert given(opened) is None
    opened.press("Enter")
    assert given(opened) == {"site": {"met": "met", "turn": 1}}


def test_a_turn_that_does_not_exist_is_not_taken(show: Any) -> None:
    opened = show(**consultation())
    first(opened)
    opened.press("e", "9", "e")
    opened.page.locator("[data-turn-number]").fill("15")
    assert given(opened)["site"]["turn"] == 9
    assert opened.said() == "Turns run from 1 to 14"


def test_a_click_on_a_turn_or_on_the_map_pins_it(show: Any) -> None:
    opened = show(**consultation())
    first(opened)
    opened.press("e")
    opened.page.locator(".turn[data-turn='4']").click()
    opened.press("j", "e")
    opened.page.get_by_role("navigation", name="Turns").get_by_role("button", name="Turn 12").click()
    assert given(opened) == {"site": {"met": "met", "turn": 4}, "onset": {"met": "met", "turn": 12}}
    shows = opened.page.locator(".turn[data-turn='4'] .turn-pins")
    assert shows.text_content() == "shows 1"
    assert opened.page.get_by_role("button", name="Turn 4, shows 1").count() == 1


def test_escape_ends_pinning_and_nothing_is_pinned(show: Any) -> None:
    opened = show(**consultation())
    first(opened)
    opened.press("e", "Escape")
    assert opened.page.evaluate("document.activeElement.dataset.criterion") == "site"
    opened.page.locator(".turn[data-turn='4']").click()
    assert given(opened) is None


def test_the_pin_leads_to_its_turn_and_can_be_taken_off(show: Any) -> None:
    opened = show(**consultation(payload={"mdr_item_met": {"site": {"met": "met", "turn": 9}}}))
    opened.page.get_by_role("link", name="Evidence: turn 9").click()
    assert opened.page.evaluate("document.activeElement.dataset.turn") == "9"
    opened.page.get_by_role("button", name="Take the pin off turn 9").click()
    assert given(opened) == {"site": {"met": "met"}}
    assert opened.page.locator("[data-lacks]:visible").count() == 1


def test_a_must_ask_criterion_without_its_pin_is_open_still(show: Any) -> None:
    payload = {"mdr_item_met": {each.id: {"met": "not_met"} for each in CRITERIA} | {"site": {"met": "met"}}}
    opened = show(**consultation(payload=payload))
    opened.page.get_by_role("button", name="Next open one").click()
    assert opened.page.evaluate("document.activeElement.dataset.criterion") == "site"
    assert [problem.part for problem in opened.shown.check(payload).problems] == ["site"]


def test_a_change_of_mind_takes_the_pin_along(show: Any) -> None:
    opened = show(**consultation(payload={"mdr_item_met": {"site": {"met": "met", "turn": 9}}}))
    first(opened)
    opened.press("n")
    assert given(opened) == {"site": {"met": "not_met"}}
    opened.press("z")
    assert given(opened) == {"site": {"met": "met", "turn": 9}}
    opened.press("Backspace")
    assert given(opened) is None


def test_radio_buttons_and_notes_work_without_keys(show: Any) -> None:
    opened = show(**consultation())
    criterion = opened.page.get_by_role("group", name="Asks about the family.")
    criterion.get_by_label("Cannot judge").check()
    criterion.get_by_placeholder("Note").fill("no family")
    assert given(opened) == {"family": {"met": "cannot_judge", "note": "no family"}}


def test_on_a_phone_the_consultation_comes_forward_to_be_pinned(show: Any) -> None:
    opened = show(**consultation(), width=360, touch=True)
    opened.page.evaluate("document.getElementById('screen').dataset.tab = 'rate'")
    criterion = opened.page.get_by_role("group", name="Asks when it began.")
    criterion.get_by_role("button", name="Pin turn").tap()
    opened.page.get_by_role("button", name="Pin turn 6", exact=True).tap()
    assert given(opened) == {"onset": {"met": "met", "turn": 6}}
    assert criterion.is_visible()
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 360


def test_forty_eight_criteria_are_counted_and_walked_to_the_last(show: Any) -> None:
    many = tuple(Criterion(id=f"c{n}", text=f"Criterion {n}.", must_ask=n < 20) for n in range(48))
    opened = show(**consultation(many))
    first(opened)
    for _ in many:
        opened.press("n", "ArrowDown")
    assert given(opened) == {each.id: {"met": "not_met"} for each in many}
    assert opened.page.get_by_text("48 of 48 judged").is_visible()
    opened.press("o")
    assert opened.said() == "Every criterion is judged"


def test_points_are_hidden_and_faults_are_named(show: Any) -> None:
    criteria = (
        Criterion(id="good", text="Names a safe drug.", points=7),
        Criterion(id="bad", text="Recommends antibiotics.", points=-6),
    )
    case = Case(dialogue=TURNS[:1], criteria=criteria)
    opened = show(rubric="healthbench", case=case, answers=(ShownAnswer(text="Rest."),))
    texts = opened.page.locator(".criterion").all_inner_texts()
    assert not any("7" in text or "6" in text for text in texts)
    assert ["Fault" in text for text in texts] == [False, True]
    opened.page.get_by_role("radio", name="Met: fault present").check()
    assert opened.payload() == {"hb_criterion_met": {"bad": {"met": "met"}}}
    assert opened.page.get_by_role("button", name="Pin turn").count() == 0  # this rubric asks for no evidence


def test_a_locked_checklist_leads_to_its_turns_and_changes_nothing(show: Any) -> None:
    payload = {"mdr_item_met": {"site": {"met": "met", "turn": 9}}}
    opened = show(**consultation(payload=payload, locked=True))
    first(opened)
    opened.press("n", "e", "Backspace", "0")
    assert opened.payload() == payload
    opened.page.get_by_role("link", name="Evidence: turn 9").click()
    assert opened.page.evaluate("document.activeElement.dataset.turn") == "9"
