"""A rubric, an assignment or a study changes under an open screen: it is said, and the work is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.rater_hands import Hands
from tests.journeys.rating_screen import (
    LAY,
    LAY_PAYLOAD,
    REMARKS,
    Open,
    answers_lay,
    chip,
    eventually_in,
    in_view_after,
    shown,
)
from tests.journeys.signing_in import sign_in
from tests.journeys.site_rows import Rows


@pytest.fixture
def edited(site: Any) -> Iterator[int]:
    """A newer version of the lay form, with other guidelines: its row's id."""
    code = (
        "from raters.domain.rubric import shipped; from raters.services.rubrics import publish;"
        "toml = shipped()['medpalm_lay']; old = toml.split('guidelines = \"\"\"')[1].split('\"\"\"')[0];"
        "print(publish(toml.replace(old, old + '\\nRead every answer twice.\\n'), None, 'medpalm-lay')[0].pk)"
    )
    yield int(site.manage("shell", "-v", "0", "-c", code))


def move_to_the_newer_version(browser: Browser, site: Any) -> int:
    """As the coordinator does it, in a browser of theirs; how many screens moved."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.address)
    page = context.new_page()
    sign_in(page, "coordinator")
    page.goto(f"/studies/{LAY}/")
    expect(page.get_by_text("A newer version of this rubric exists.")).to_be_visible()
    page.get_by_role("link", name="nobody has opened yet").click()
    expect(page.locator("main")).to_contain_text("Every question stays as it is.")
    expect(page.locator("main")).to_contain_text("the guidelines")
    page.get_by_role("button", name=re.compile("Move [0-9]+ screen")).click()
    expect(page.locator(".messages")).to_contain_text("Version 2 from now on")
    expect(page.locator("#closing")).to_contain_text(
        "coordinator moved the study from version 1 of its rubric to 2"
    )
    moved = re.search(r"(\d+) screens? that nobody", page.locator(".messages").inner_text())
    context.close()
    assert moved
    return int(moved[1])


def test_an_open_screen_stays_on_its_version_and_the_change_is_said_once(
    browser: Browser, site: Any, open_screen: Open, rows: Rows, edited: int
) -> None:
    page = open_screen(LAY)
    note = page.get_by_text("The guidelines changed since your last item.")
    assignment = shown(page)
    version = rows.screen(assignment)["rubric_id"]
    assert version != edited
    ahead = int(page.locator("#rating").get_attribute("data-ahead") or 0)
    planned = (
        "SELECT count(*) AS n FROM raters_assignment JOIN raters_study ON raters_study.id = study_id"
        f" WHERE slug = '{LAY}' AND raters_assignment.state = 'planned' AND first_opened_at IS NULL"
        " AND raters_assignment.rubric_id = %s"
    )
    before = rows.one(planned, version)["n"]
    moved = move_to_the_newer_version(browser, site)
    assert 0 < moved <= before, "what was fetched ahead meanwhile is not planned any more"
    assert (rows.one(planned, version)["n"], rows.one(planned, edited)["n"]) == (0, moved)

    versions = []
    said = []
    for _ in range(1 + ahead + 2):
        assignment = shown(page)
        versions.append(Hands(page).screen()["rubric_version"])
        said.append(note.is_visible())
        if said[-1]:
            page.get_by_text("What changed").click()
            expect(page.locator("ins")).to_contain_text(["Read", "every", "answer", "twice"])
            page.get_by_role("button", name="Understood").click()
            expect(note).to_be_hidden()
        answers_lay(page)
        page.keyboard.press("Control+Enter")
        in_view_after(page, assignment)
        eventually_in(page, lambda here=assignment: bool(rows.revisions(here)))  # type: ignore[misc]
        assert [row["payload"] for row in rows.revisions(assignment)] == [LAY_PAYLOAD]
        assert rows.screen(assignment)["rubric_id"] == (edited if versions[-1] == 2 else version)
    assert ahead == 3, "what was fetched ahead is shown as it was fetched"
    assert versions == [1, 1, 1, 1, 2, 2]
    assert said == [False, False, False, False, True, False]


def test_a_screen_that_was_given_to_somebody_else_is_kept_as_an_extra_rating(
    open_screen: Open, rows: Rows
) -> None:
    page = open_screen(REMARKS)
    assignment = shown(page)
    page.keyboard.press("1")
    chip(page).to_contain_text("Draft saved")
    rows.change("UPDATE raters_assignment SET state = 'void', lease_until = NULL WHERE id = %s", assignment)
    page.keyboard.press("Control+Enter")
    chip(page).to_contain_text("Submitted")
    assert [row["payload"] for row in rows.revisions(assignment)] == [{"eqm_bias_presence": "no_bias"}]
    found = rows.screen(assignment)
    assert (found["state"], found["kind"]) == ("submitted", "extra")


@pytest.fixture
def locking(rows: Rows) -> Iterator[Callable[[], None]]:
    """Lock the study, for as long as the test lasts."""
    state = "UPDATE raters_study SET state = %s WHERE slug = %s"
    yield lambda: (rows.change(state, "locked", REMARKS), None)[1]
    rows.change(state, "open", REMARKS)


def test_a_study_that_is_locked_meanwhile_says_so_and_the_text_stays(
    remark: tuple[Page, BrowserContext], rows: Rows, locking: Callable[[], None]
) -> None:
    page, _ = remark
    assignment = shown(page)
    locking()
    page.keyboard.type(", and more")
    chip(page).to_contain_text("This study is closed: no ratings are taken any more.")
    expect(page.locator("textarea[data-writing]")).to_have_value("Half a thought, and more")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my unsaved work").click()
    (entry,) = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert entry["payload"]["eqm_comment"] == "Half a thought, and more"
    assert entry["refused"]["status"] == 423
    assert rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought"
    assert rows.revisions(assignment) == []
