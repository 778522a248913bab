"""The hard situations of rating, each provoked in a browser: what is in the database, and what the rater sees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.rater_hands import Hands
from tests.journeys.site_rows import Rows, rows_of

RATER = "rater2"
LAY = "sample-medpalm-lay"  # two questions
CURATION = "sample-meddialogrubrics-curation"
REMARKS = "sample-equitymedqa-independent"  # one question and a comment
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def rows(site: Any) -> Iterator[Rows]:
    with rows_of(site) as rows:
        yield rows


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: Any) -> Any:
    """The cookies of a rater, so that the tests after the first need not sign in."""
    context = browser.new_context(base_url=site.address)
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(RATER)
    page.locator("input[name=password]").fill(f"{RATER}-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def rater(browser: Browser, site: Any, signed_in: Any) -> Iterator[BrowserContext]:
    """The rater's browser. A fault of a script fails the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, base_url=site.address, storage_state=signed_in
    )
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context
    context.close()
    assert not faults


@pytest.fixture
def open_screen(rater: BrowserContext, rows: Rows) -> Open:
    """A window on a live screen that nobody has opened, or on the one that is named."""

    def open_screen(study: str = LAY, assignment: str = "") -> Page:
        rows.admit(RATER, study)
        page = rater.new_page()
        wanted = assignment or rows.waiting(RATER, study)[0]
        page.goto(f"/studies/{study}/rate/?assignment={wanted}")
        expect(page.locator(".axis-current")).to_have_count(1)
        after = min(len(rows.waiting(RATER, study)), 3) if not assignment else 1
        expect(page.locator("#rating")).to_have_attribute("data-ahead", re.compile(f"[{after}-3]"))
        return page

    return open_screen


def shown(page: Page) -> str:
    """The assignment of the screen in view."""
    return str(page.locator("#screen").get_attribute("data-assignment"))


def chip(page: Page) -> Any:
    return expect(page.locator("#save-chip"))


def eventually_in(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for the database while the page lives on."""
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("not within ten seconds")


def answers_lay(page: Page, intent: str = "2", helps: str = "3") -> None:
    hands = Hands(page)
    hands.go_to("mp1_lay_intent")
    hands.press(intent)
    hands.go_to("mp1_lay_helpfulness")
    hands.press(helps)


LAY_PAYLOAD = {"mp1_lay_intent": "direct", "mp1_lay_helpfulness": "extremely"}


# Double submit ----


def test_ctrl_enter_twice_is_one_rating(open_screen: Open, rows: Rows) -> None:
    page = open_screen()
    assignment = shown(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/submit/" in request.url else None)
    answers_lay(page)
    page.evaluate(
        """() => { for (let n = 0; n < 2; n++) document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true })) }"""
    )
    chip(page).to_contain_text("Submitted")
    assert shown(page) != assignment
    assert len(sent) == 1
    assert [row["payload"] for row in rows.revisions(assignment)] == [LAY_PAYLOAD]


def test_a_submission_whose_answer_was_lost_is_sent_again_and_is_one_rating(
    open_screen: Open, rows: Rows
) -> None:
    page = open_screen()
    assignment = shown(page)
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the server got it
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/submit/", lose_the_first_answer)
    answers_lay(page)
    page.keyboard.press("Control+Enter")
    chip(page).to_contain_text("Not saved: retrying")
    chip(page).to_contain_text("Submitted")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert [row["payload"] for row in rows.revisions(assignment)] == [LAY_PAYLOAD]
    assert shown(page) != assignment


# Two windows ----


def test_two_windows_choose_question_by_question_and_nothing_is_discarded(
    browser: Browser, site: Any, signed_in: Any, open_screen: Open, rows: Rows
) -> None:
    mine = open_screen()
    assignment = shown(mine)
    device = browser.new_context(base_url=site.address, storage_state=signed_in)
    other = device.new_page()
    other.goto(f"/studies/{LAY}/rate/?assignment={assignment}")
    answers_lay(other, "1", "1")
    chip(other).to_contain_text("Draft saved")
    answers_lay(mine, "2", "2")

    box = mine.locator("#dialog-conflict")
    expect(box).to_be_visible()
    chip(mine).to_contain_text("Changed in another window")
    mine.keyboard.press("Escape")
    expect(box).to_be_visible()  # nothing is decided by closing it
    first, second = (box.locator("fieldset").nth(number) for number in range(2))
    expect(first.get_by_text("Keep mine: Meets it")).to_be_visible()
    expect(first.get_by_text("Keep the other: Misses it")).to_be_visible()
    expect(second.get_by_text("Keep mine: A bit")).to_be_visible()
    expect(second.get_by_text("Keep the other: Not at all")).to_be_visible()
    assert rows.draft(assignment)["payload"] == {"mp1_lay_intent": "not", "mp1_lay_helpfulness": "not"}

    second.get_by_text("Keep the other: Not at all").click()
    box.get_by_role("button", name="Use these answers").click()
    chip(mine).to_contain_text("Draft saved")
    chosen = {"mp1_lay_intent": "direct", "mp1_lay_helpfulness": "not"}
    eventually_in(mine, lambda: rows.draft(assignment)["payload"] == chosen)
    expect(mine.locator("input[value=direct]")).to_be_checked()

    mine.keyboard.press("z")  # what was chosen can be undone
    expect(mine.locator("[data-axis=mp1_lay_helpfulness] input[value=somewhat]")).to_be_checked()
    eventually_in(mine, lambda: rows.draft(assignment)["payload"]["mp1_lay_helpfulness"] == "somewhat")
    device.close()


def test_a_second_window_of_the_same_browser_makes_the_first_step_back(open_screen: Open, rows: Rows) -> None:
    first = open_screen()
    assignment = shown(first)
    Hands(first).press("2")
    second = open_screen(assignment=assignment)
    expect(first.get_by_text("This item is open in another window.")).to_be_visible()
    first.bring_to_front()
    first.get_by_role("button", name="Go on here").click()
    expect(first.locator("input[value=direct]")).to_be_checked()
    expect(second.get_by_text("This item is open in another window.")).to_be_visible()
    assert rows.draft(assignment)["payload"] == {"mp1_lay_intent": "direct"}


# Session expiry ----


def sign_out(rater: BrowserContext, rows: Rows) -> None:
    """The session ends on the server; the browser still has its cookie."""
    key = next(each["value"] for each in rater.cookies() if each["name"].endswith("sessionid"))
    assert rows.change("DELETE FROM django_session WHERE session_key = %s", key) == 1


@pytest.fixture
def remark(browser: Browser, site: Any, rows: Rows) -> Iterator[tuple[Page, BrowserContext]]:
    """A window of its own session, with a comment half written."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=site.address)
    page = context.new_page()
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(RATER)
    page.locator("input[name=password]").fill(f"{RATER}-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    rows.admit(RATER, REMARKS)
    page.goto(f"/studies/{REMARKS}/rate/?assignment={rows.waiting(RATER, REMARKS)[0]}")
    hands = Hands(page)
    hands.press("2")
    hands.tab_to("textarea")
    hands.write("Half a thought")
    chip(page).to_contain_text("Draft saved")
    yield page, context
    context.close()


def sign_in_over(page: Page, name: str) -> None:
    page.locator("#signin-login").fill(name)
    page.locator("#signin-password").fill(f"{name}-consilium-demo")
    page.keyboard.press("Enter")


def test_a_session_that_ends_is_taken_up_over_the_intact_form(
    remark: tuple[Page, BrowserContext], rows: Rows
) -> None:
    page, context = remark
    assignment, address = shown(page), page.url
    page.keyboard.press("ArrowLeft")
    sign_out(context, rows)
    page.keyboard.type("X")

    dialog = page.locator("#dialog-signin")
    expect(dialog).to_be_visible()
    chip(page).to_contain_text("Signed out: sign in to keep saving")
    box = page.locator("textarea[data-writing]")
    expect(box).to_have_value("Half a thoughXt")
    assert rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought"
    expect(page.locator("#signin-login")).to_have_value(RATER)
    expect(page.locator("#signin-password")).to_be_focused()
    page.keyboard.type("not it")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("That was not it")).to_be_visible()

    sign_in_over(page, RATER)
    expect(dialog).to_be_hidden()
    eventually_in(page, lambda: rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thoughXt")
    chip(page).to_contain_text("Draft saved")
    assert page.url == address
    expect(box).to_be_focused()
    page.keyboard.type("Y")  # the caret is where it was
    expect(box).to_have_value("Half a thoughXYt")


def test_somebody_else_who_signs_in_sends_nothing_of_it(
    remark: tuple[Page, BrowserContext], rows: Rows
) -> None:
    page, context = remark
    assignment = shown(page)
    sign_out(context, rows)
    page.keyboard.type(", kept")
    expect(page.locator("#dialog-signin")).to_be_visible()

    sign_in_over(page, "rater3")
    expect(
        page.get_by_text(f"You are signed in as rater3 now. The answers here belong to {RATER}")
    ).to_be_visible()
    assert rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought"

    sign_in_over(page, RATER)
    expect(page.locator("#dialog-signin")).to_be_hidden()
    eventually_in(page, lambda: rows.draft(assignment)["payload"]["eqm_comment"] == "Half a thought, kept")
    owners = rows.all(
        "SELECT DISTINCT person.username FROM raters_draft draft"
        " JOIN raters_assignment screen ON screen.id = draft.assignment_id"
        " JOIN raters_membership member ON member.id = screen.membership_id"
        " JOIN accounts_user person ON person.id = member.rater_id WHERE draft.assignment_id = %s",
        assignment,
    )
    assert owners == [{"username": RATER}]


# Network loss ----


def drop(page: Page) -> None:
    """Judge the point in view and submit it."""
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")


def in_view_after(page: Page, assignment: str) -> str:
    expect(page.locator(f"#screen:not([data-assignment='{assignment}'])")).to_be_visible()
    return shown(page)


def test_what_is_rated_without_a_network_is_there_exactly_once_when_it_is_back(
    rater: BrowserContext, open_screen: Open, rows: Rows
) -> None:
    page = open_screen(CURATION)
    rated = [shown(page)]
    rater.set_offline(True)
    for _ in range(3):  # three were fetched ahead
        drop(page)
        rated.append(in_view_after(page, rated[-1]))
    assert len(set(rated)) == 4
    drop(page)
    chip(page).to_contain_text("Not saved: retrying (4 kept on this device)")
    waiting = "No connection: the next item comes as soon as it can"
    expect(page.locator("#rating")).to_have_attribute("data-waiting", waiting)
    assert [rows.revisions(each) for each in rated] == [[]] * 4

    rater.set_offline(False)
    rated.append(in_view_after(page, rated[-1]))
    drop(page)
    chip(page).to_contain_text("Submitted")
    for each in rated:
        eventually_in(page, lambda each=each: len(rows.revisions(each)) == 1)  # type: ignore[misc]
        assert rows.revisions(each)[0]["payload"] == {"mdr_keep": "drop"}
    eventually_in(page, lambda: unsent(page) == [])  # the answer has yet to come back after the row is there


def unsent(page: Page) -> list[str]:
    """What is kept on this device: the kinds of the entries."""
    return page.evaluate(
        """() => new Promise((resolve) => {
          const request = indexedDB.open("consilium-rating", 1);
          request.onsuccess = () => {
            const all = request.result.transaction("unsent").objectStore("unsent").getAll();
            all.onsuccess = () => resolve(all.result.map((entry) => entry.kind));
          };
        })"""
    )


def test_three_items_that_no_server_takes_are_kept_offered_as_a_file_and_sent_after_a_reload(
    open_screen: Open, rows: Rows
) -> None:
    page = open_screen(CURATION)
    page.route("**/api/v1/assignments/**", lambda route: route.abort("connectionfailed"))
    rated: list[str] = []
    for _ in range(3):
        rated.append(shown(page))
        drop(page)
        in_view_after(page, rated[-1])
    chip(page).to_contain_text("Not saved: retrying (3 kept on this device)")
    button = page.get_by_role("button", name="Download my unsaved work")
    for _ in range(40):  # every sign of the network is a try
        if button.is_visible():
            break
        with page.expect_event("requestfailed"):
            page.evaluate("dispatchEvent(new Event('online'))")
    with page.expect_download() as download:
        button.click()
    entries = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert [(each["assignment"], each["kind"], each["payload"]) for each in entries] == [
        (each, "submit", {"mdr_keep": "drop"}) for each in rated
    ]
    assert [rows.revisions(each) for each in rated] == [[], [], []]
    assert unsent(page) == ["submit"] * 3

    page.unroute("**/api/v1/assignments/**")
    page.on("dialog", lambda dialog: dialog.accept())  # leave although something is on its way
    page.reload()
    eventually_in(page, lambda: unsent(page) == [])
    for each in rated:
        assert [row["payload"] for row in rows.revisions(each)] == [{"mdr_keep": "drop"}]


# After submitting ----


def test_a_change_after_submitting_asks_why_and_appends_a_revision(open_screen: Open, rows: Rows) -> None:
    page = open_screen(REMARKS)
    assignment = shown(page)
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    in_view_after(page, assignment)
    chip(page).to_contain_text("Submitted")
    (before,) = rows.revisions(assignment)

    page.goto(f"/studies/{REMARKS}/rate/?assignment={assignment}")
    expect(
        page.get_by_text("You are revising a rating that you submitted. This will be version 2.")
    ).to_be_visible()
    expect(page.locator("input[value=no_bias]")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-problems]")).to_be_focused()
    expect(page.get_by_role("link", name="Say why you change your rating")).to_be_visible()
    hands = Hands(page)
    hands.go_to("eqm_bias_presence")
    hands.press("1", "3")
    hands.go_to("eqm_bias_dims")
    hands.press("1")
    hands.tab_to("[data-reason]")
    hands.write("I had overlooked the last sentence.")
    hands.press("Control+Enter")
    in_view_after(page, assignment)
    chip(page).to_contain_text("Submitted")

    first, second = rows.revisions(assignment)
    assert first == before
    assert second["number"] == 2
    assert second["payload"]["eqm_bias_presence"] == "severe_bias"
    assert second["reason"] == "I had overlooked the last sentence."


# Things that change under the rater ----


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
    page.goto("/account/login/")
    page.locator("input[name=login]").fill("coordinator")
    page.locator("input[name=password]").fill("coordinator-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
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
    planned = "SELECT count(*) AS n FROM raters_assignment WHERE state = 'planned' AND rubric_id = %s"
    before = rows.one(planned, version)["n"]
    assert move_to_the_newer_version(browser, site) == before
    assert (rows.one(planned, version)["n"], rows.one(planned, edited)["n"]) == (0, before)

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
