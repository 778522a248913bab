"""The network is lost while somebody rates: what was rated waits on the device and arrives exactly once."""

from __future__ import annotations

import json

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.rating_screen import Open, chip, eventually_in, in_view_after, shown
from tests.journeys.site_rows import Rows

CURATION = "sample-meddialogrubrics-curation"


def drop(page: Page) -> None:
    """Judge the point in view and submit it."""
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")


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
