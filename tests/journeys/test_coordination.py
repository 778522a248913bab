"""A coordinator's way from a title to an open study, in a real browser."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def items_file(tmp_path: Path) -> Path:
    lines = [
        {
            "key": f"q{n}",
            "case": {"question": f"What about {n}?"},
            "answers": {"Ash": f"Rest, {n}.", "Elm": f"Drink, {n}. As GPT-4 I cannot say more."},
        }
        for n in range(20)
    ]
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_a_study_is_made_filled_weighed_and_opened(coordinator: Page, items_file: Path) -> None:
    page, name = coordinator, f"Résumé of {secrets.token_hex(3)}"
    page.goto("/studies/new/")
    page.get_by_label("Title").fill(name)
    address = name.lower().replace("é", "e").replace(" ", "-")
    expect(page.get_by_label("Address")).to_have_value(address)
    page.locator("input[name=rubric][value=medpalm-lay]").check()
    page.get_by_role("button", name="Make the draft").click()
    page.wait_for_url(f"**/studies/{address}/items/")

    bad = items_file.with_name("bad.jsonl")
    bad.write_text(items_file.read_text(encoding="utf-8") + '\n{"key": "q1"}', encoding="utf-8")
    page.set_input_files("#id_file", bad)
    page.get_by_role("button", name="Check and add").click()
    expect(page.locator("#verdict")).to_contain_text("line 21")
    page.set_input_files("#id_file", items_file)
    page.get_by_role("button", name="Check and add").click()
    expect(page.locator(".messages")).to_contain_text("20 items added")
    page.get_by_role("link", name="q3", exact=True).click()
    page.get_by_role("link", name="Elm", exact=True).click()
    expect(page.locator(".preview")).to_contain_text("[name removed]")
    expect(page.locator(".preview")).not_to_contain_text("GPT-4")
    assert page.locator(".preview input:enabled, .preview button:enabled").count() == 0

    page.get_by_role("link", name="People", exact=True).click()
    page.get_by_role("textbox", name="Raters").fill("rater1\nrater2\nnobody-at-all")
    page.get_by_role("button", name="Invite").click()
    expect(page.locator(".messages")).to_contain_text("No rater is known by: nobody-at-all")

    page.get_by_role("link", name="Design", exact=True).click()
    expect(page.locator("#meaning")).to_contain_text("raters and systems can be put on one scale")
    page.get_by_label("Overlap, %").fill("0")
    expect(page.locator("#meaning")).to_contain_text("Widen the overlap")
    page.get_by_label("Overlap, %").fill("150")
    expect(page.locator("#meaning")).to_contain_text("cannot be used")
    page.get_by_label("Overlap, %").fill("50")
    expect(page.locator("#meaning")).to_contain_text("50 % of what is rated")
    page.get_by_role("button", name="Save the design").click()
    expect(page.get_by_label("Overlap, %")).to_have_value("50")
    page.get_by_label("Consent text").fill("You **may** leave.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#consent-preview")).to_contain_text("You may leave.")
    page.get_by_role("button", name="Save the text").click()

    page.get_by_role("link", name="Dry run", exact=True).click()
    page.get_by_role("button", name="Play the dry run").click()
    expect(page.locator(".chart svg").first).to_be_visible()
    page.get_by_role("link", name="On to opening the study").click()
    expect(page.locator(".check-short")).to_contain_text("the target precision is missed")
    page.get_by_label("Why open although the target precision is missed").fill("A pilot of the form.")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Open anyway").click()
    expect(page.locator(".messages")).to_contain_text(re.compile("The study is open: [0-9]+ screens"))


def test_nothing_is_wider_than_the_window(coordinator: Page) -> None:
    page, study = coordinator, "/studies/sample-medpalm-clinician/"
    pages = ["", "items/", "items/1/", "people/", "design/", "dry-run/"]
    for address in [*(study + each for each in pages), "/studies/new/", "/rubrics/", "/rubrics/medval/"]:
        page.goto(address)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, address
