"""Pages in a language that is written from right to left: mirrored, and no wider than the window."""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from playwright.sync_api import Browser, Page, Route

from tests.emptying import empty_database
from tests.journeys.conftest import browser  # noqa: F401  a fixture
from tests.languages import made_catalogues, small_site

HEBREW = "he"
LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד", strict=True))
KEPT = re.compile(r"(%\(\w+\)[sdgf]|%%|%[sdn]|\{\w+\}|<[^>]+>|&\w+;)")
WIDTHS = (1440, 360)
WIDEST_SPILL = 1
PAGES = [
    ("nobody", "/"), ("nobody", "/boards/deep/"), ("nobody", "/boards/deep/charts/"), ("nobody", "/boards/deep/tasks/choice/"),
    ("nobody", "/boards/deep/significance/"), ("nobody", "/methods/"), ("nobody", "/account/login/"), ("nobody", "/benchmarks/deep/"),
    ("submitter", "/submit/"), ("submitter", "/submissions/"), ("submitter", "/account/"), ("rater", "/studies/"),
    ("rater", "/studies/sample-medval/"), ("rater", "/studies/sample-medpalm-clinician/rate/"), ("rater", "/studies/sample-medval/rate/"),
    ("coordinator", "/studies/sample-medval/"), ("coordinator", "/studies/sample-medval/design/"),
    ("coordinator", "/studies/sample-medval/people/"), ("coordinator", "/studies/sample-medval/items/"), ("administrator", "/moderation/"),
]  # fmt: skip


def mirrored(text: str) -> str:
    """The text in Hebrew letters, as long as it was; what is filled in stays."""
    parts = KEPT.split(text)
    return "".join(
        part if n % 2 else "".join(LETTERS.get(sign, sign) for sign in part.lower())
        for n, part in enumerate(parts)
    )


@pytest.fixture(scope="module")
def rendered(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], bytes]:
    """Every page as its person gets it; made before the browser starts, which keeps Django from the database."""
    folder = tmp_path_factory.mktemp("locale")
    made_catalogues.make(folder, HEBREW, mirrored)
    spoken = override_settings(LOCALE_PATHS=[folder], LANGUAGES=[*settings.LANGUAGES, (HEBREW, "עברית")])
    with django_db_blocker.unblock(), spoken, override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        people = small_site.made(tmp_path_factory.mktemp("deep"))
        clients = {"nobody": Client()} | {kind: Client() for kind in people}
        for kind, person in people.items():
            clients[kind].force_login(person)
        for study in ("sample-medval", "sample-medpalm-clinician"):
            clients["rater"].post(f"/studies/{study}/consent/", {"version": 1})
        found = {}
        for who, where in PAGES:
            response = clients[who].get(where, headers={"Accept-Language": HEBREW})
            assert response.status_code == 200, (who, where)
            found[who, where] = response.content
        empty_database()
    return found


@pytest.fixture(scope="module", params=WIDTHS)
def sheet(request: pytest.FixtureRequest, rendered: Any, browser: Browser) -> Iterator[Page]:  # noqa: F811
    context = browser.new_context(viewport={"width": request.param, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(120_000)
    yield page
    context.close()


def answered(route: Route, page: bytes) -> None:
    path = urlsplit(route.request.url).path
    if path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        route.fulfill(body=Path(found).read_bytes(), content_type=kind) if found else route.abort()
    else:
        route.fulfill(body=page, content_type="text/html; charset=utf-8")


def shown(sheet: Page, page: bytes, where: str) -> None:
    sheet.unroute("**/*")
    sheet.route("**/*", lambda route: answered(route, page))
    sheet.goto(f"http://pages.example{where}")


@pytest.mark.django_db
def test_every_page_says_how_it_is_written(rendered: dict[tuple[str, str], bytes]) -> None:
    assert all(b'lang="he" dir="rtl"' in page for page in rendered.values())
    assert set(rendered) == set(PAGES)


@pytest.mark.parametrize(("who", "where"), PAGES)
def test_a_page_is_mirrored_and_no_wider_than_the_window(
    who: str, where: str, rendered: dict[tuple[str, str], bytes], sheet: Page
) -> None:
    shown(sheet, rendered[who, where], where)
    if folder := os.environ.get("CONSILIUM_PICTURES"):
        width = sheet.viewport_size["width"] if sheet.viewport_size else 0
        sheet.screenshot(
            path=f"{folder}/{who}-{width}-{where.strip('/').replace('/', '_') or 'home'}.png", full_page=True
        )
    spill = sheet.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert spill <= WIDEST_SPILL
    assert sheet.evaluate("getComputedStyle(document.body).direction") == "rtl"
    brand = sheet.locator(".brand")
    if brand.count() and brand.first.is_visible():
        box = brand.first.bounding_box()
        width = sheet.evaluate("document.documentElement.clientWidth")
        assert box is not None and box["x"] + box["width"] / 2 > width / 2, (
            "the name of the site stands at the right"
        )


def test_texts_of_people_and_models_find_their_own_direction(
    rendered: dict[tuple[str, str], bytes], sheet: Page
) -> None:
    """An English question on a Hebrew page reads from the left, as a Hebrew one on an English page would not."""
    where = "/studies/sample-medpalm-clinician/rate/"
    page = rendered["rater", where]
    text = re.search(rb'<div class="text"[^>]*dir="auto">', page)
    assert text
    hebrew = "האם זה בטוח?".encode()
    shown(sheet, page.replace(text[0], text[0] + b"<p dir=auto id=mirror>" + hebrew + b"</p>", 1), where)
    ways = sheet.locator('[dir="auto"]').evaluate_all(
        "all => all.map((each) => getComputedStyle(each).direction)"
    )
    assert {"ltr", "rtl"} == set(ways)
