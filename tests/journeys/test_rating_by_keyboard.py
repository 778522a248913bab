"""Every protocol rated by keyboard alone, from the consent to the stored rating: training first, then a live item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from raters.domain.quality import agreement_with_expected
from raters.domain.rubric import read_rubric
from raters.domain.sample_studies import sample_studies
from tests.journeys.rater_hands import Hands
from tests.journeys.site_rows import Rows

RATER = "rater1"
STUDIES = [f"sample-{sample.slug}".replace("_", "-") for sample in sample_studies()]


@pytest.fixture(scope="module")
def desk(browser: Browser, site: Any) -> Iterator[Page]:
    """A rater signed in by keyboard; a fault of a script or a refusal of the content policy fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.address)
    page = context.new_page()
    hands = Hands(page)
    page.goto("/account/login/")
    hands.tab_to("input[name=login]")
    hands.write(RATER)
    hands.tab_to("input[name=password]")
    hands.write(f"{RATER}-consilium-demo")
    hands.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    yield page
    context.close()


def open_first_screen(hands: Hands, study: str) -> None:
    """From the study's page, over its consent, to the first screen."""
    hands.page.goto(f"/studies/{study}/")
    hands.tab_to("form[action$='/consent/'] button")
    hands.press("Enter")
    hands.page.wait_for_url("**/rate/**")
    expect(hands.page.locator(".axis-current")).to_have_count(1)


def some_answer(hands: Hands, axis: dict[str, Any]) -> Any:
    """An answer of a live item that a question takes."""
    options = [option["value"] for option in axis.get("options", [])]
    match axis["type"]:
        case "binary" | "nominal" | "ordinal" | "pairwise":
            return options[1]
        case "multi_select":
            return options[:2]
        case "interval":
            return int(axis["low"]) + 4
        case "number":
            return 1
        case "rank":
            return [2, *(n + 1 for n in range(hands.screen()["n_answers"]) if n != 1)]
        case "text":
            return "Typed, é and 漢 included."
        case "checklist":
            return checked(hands, axis)
        case _:
            return [marked(hands, axis)]


def checked(hands: Hands, axis: dict[str, Any]) -> dict[str, Any]:
    """Met and not met in turn, the last turn as evidence where the rubric wants some."""
    state = hands.screen()
    pin = {"turn": state["n_turns"]} if axis.get("evidence") else {}
    criteria = [each["id"] for each in state["criteria"]]
    return {
        each: {"met": "not_met"} if number % 2 else {"met": "met", **pin}
        for number, each in enumerate(criteria)
    }


def marked(hands: Hands, axis: dict[str, Any]) -> dict[str, Any]:
    """The first two words of the answer, as the most severe fault of the second kind."""
    text = hands.page.locator(".markable[data-side=output]").text_content() or ""
    end = text.index(" ", text.index(" ") + 1)
    return {
        "side": "output", "start": 0, "end": end, "text": text[:end],
        "category": axis["options"][1]["value"], "severity": axis["severities"][-1]["value"],
    }  # fmt: skip


def rate(hands: Hands, wanted: dict[str, Any]) -> dict[str, Any]:
    """Answer every question in sight, as `wanted` or else somehow; the payload that was meant."""
    axes = {axis["id"]: axis for axis in hands.screen()["axes"]}
    meant: dict[str, Any] = {}
    answered: set[tuple[str, str]] = set()
    while left := [field for field in hands.fields() if field not in answered]:
        axis, part = left[0]
        value = wanted.get(axis)
        value = value.get(part) if part and value is not None else value
        value = some_answer(hands, axes[axis]) if value is None else value
        hands.answer(axes[axis], part, value)
        answered.add((axis, part))
        meant = {**meant, axis: {**meant.get(axis, {}), part: value} if part else value}
    return meant


def submit(hands: Hands) -> None:
    """Submit and wait for the answer; where answers rarely go together, both stay as they are."""
    with hands.page.expect_response(lambda answer: answer.url.endswith("/submit/")) as answered:
        hands.submit()
        while hands.page.locator("#dialog-check[open]").is_visible():
            hands.press("Enter")
    assert answered.value.status == 200


def expected_of(rows: Rows, assignment: str) -> dict[str, Any]:
    """What is right of a training item, as its answers stand on this screen."""
    found = rows.one(
        "SELECT item.expected, screen.order, rubric.toml FROM raters_assignment screen"
        " JOIN raters_studyitem item ON item.id = screen.item_id"
        " JOIN raters_rubricversion rubric ON rubric.id = screen.rubric_id WHERE screen.id = %s",
        assignment,
    )
    rubric, payload = read_rubric(found["toml"]), found["expected"]["payload"]
    lines = agreement_with_expected(rubric, {}, payload, found["order"])
    return {line.axis: as_marked(line.expected) for line in lines}


def as_marked(value: Any) -> Any:
    """Passages are marked by words: the full stop behind the last one falls off."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return value
    kept = [each["text"].rstrip(".") for each in value]
    return [
        {**each, "text": text, "end": each["start"] + len(text)}
        for each, text in zip(value, kept, strict=True)
    ]


def train(hands: Hands, rows: Rows) -> None:
    """Answer the training items as they were meant, read how they were meant, go on."""
    while hands.screen()["kind"] == "training":
        assignment = hands.screen()["assignment"]
        meant = rate(hands, expected_of(rows, assignment))
        submit(hands)
        feedback = hands.page.locator("[data-feedback]")
        expect(feedback).to_be_focused()
        expect(feedback.get_by_text("Different")).to_have_count(0)
        (revision,) = rows.revisions(assignment)
        assert revision["payload"] == meant
        hands.tab_to("[data-do=go-on]")
        hands.press("Enter")
        expect(hands.page.locator(f"#screen[data-assignment='{assignment}']")).to_have_count(0)


@pytest.mark.parametrize("study", STUDIES)
def test_a_protocol_is_rated_from_start_to_submit_by_keyboard_alone(
    desk: Page, rows: Rows, study: str
) -> None:
    hands = Hands(desk)
    open_first_screen(hands, study)
    assert hands.screen()["kind"] == "training"
    train(hands, rows)

    assignment = hands.screen()["assignment"]
    assert hands.screen()["kind"] == "live"
    meant = rate(hands, {})
    submit(hands)
    expect(desk.locator("#save-chip")).to_contain_text("Submitted")
    expect(desk.locator(f"#screen[data-assignment='{assignment}']")).to_have_count(0)
    expect(desk.locator("#screen:focus-within, [data-end]:focus-within")).to_have_count(1)

    (revision,) = rows.revisions(assignment)
    assert revision["number"] == 1
    assert revision["payload"] == meant
    assert rows.screen(assignment)["state"] == "submitted"
