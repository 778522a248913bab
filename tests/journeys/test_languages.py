"""Another language, chosen at the foot of a page: it stays over pages and over signing in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.signing_in import sign_in

CHOICES = [
    ("es", "Clasificaciones", "Cerrar sesión", "Enviar predicciones"),
    ("zh-hans", "榜单", "退出", "提交预测"),
]


@pytest.mark.parametrize(("code", "boards", "way_out", "submit"), CHOICES)
def test_a_language_is_chosen_and_stays(
    page: Page, code: str, boards: str, way_out: str, submit: str
) -> None:
    html = page.locator("html")
    page.goto("/boards/sample/?split=public")
    expect(html).to_have_attribute("lang", "en")
    page.locator(f".languages button[value={code}]").click()
    page.wait_for_url("**/boards/sample/?split=public")
    expect(html).to_have_attribute("lang", code)
    expect(page.locator("#menu a").first).to_have_text(boards)
    expect(page.locator(f".languages button[value={code}]")).to_have_attribute("aria-current", "true")
    page.goto("/queue/")
    expect(html).to_have_attribute("lang", code)
    sign_in(page, "submitter")
    page.locator(f".languages button[value={code}]").click()  # of the account from here on
    expect(html).to_have_attribute("lang", code)
    expect(page.locator("#menu button").last).to_have_text(way_out)
    page.goto("/benchmarks/sample/")
    expect(page.get_by_role("link", name=submit).first).to_be_visible()
    page.context.clear_cookies(name="language")
    page.goto("/queue/")
    expect(html).to_have_attribute("lang", code)
    page.locator(".languages button[value=en]").click()
    expect(html).to_have_attribute("lang", "en")


def test_a_longer_language_fits_a_phone(page: Page) -> None:
    page.goto("/")
    page.locator(".languages button[value=es]").click()
    for where in (
        "/",
        "/boards/sample/",
        "/methods/",
        "/studies/",
        "/account/login/",
        "/account/signup/",
        "/api/",
        "/queue/",
    ):
        page.goto(where)
        spill = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert spill <= 1, where
