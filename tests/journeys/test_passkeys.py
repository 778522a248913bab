"""A passkey, made and used in a browser with an authenticator of its own; nothing on the way is inline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

SECRET = "a-long-new-secret-7"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def page(browser: Browser, site: Any) -> Iterator[Page]:
    """Under the name of this machine: passkeys belong to names, and 127.0.0.1 is none."""
    context = browser.new_context(base_url=f"http://localhost:{site.port}")
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert not said


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devices


def sign_up(page: Page, name: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("Username").fill(name)
    for field in page.locator("input[type=password]").all():
        field.fill(SECRET)
    page.locator("main form button").last.click()
    page.wait_for_url("**/submissions/")


def test_a_passkey_is_made_and_signs_in_without_a_password(page: Page, authenticator: CDPSession) -> None:
    sign_up(page, "keyholder")
    page.goto("/account/second-factor/webauthn/add/")
    assert "/account/reauthenticate/" in page.url, "a session left open is not enough"
    page.locator("input[type=password]").fill(SECRET)
    page.locator("main form button").last.click()
    page.wait_for_url("**/webauthn/add/")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")

    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/submissions/")
    page.goto("/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("keyholder")

    page.goto("/account/second-factor/webauthn/")
    expect(page.locator("main")).to_contain_text("My laptop")
    expect(page.locator("main")).to_contain_text("Passkey")


def test_a_password_alone_does_not_do_where_there_is_a_passkey(page: Page, authenticator: CDPSession) -> None:
    """The account of the test before, whose key lies in that test's authenticator."""
    page.goto("/account/login/")
    page.get_by_label("Username").fill("keyholder")
    page.locator("input[type=password]").fill(SECRET)
    page.locator("main form button").first.click()
    page.wait_for_url("**/second-factor/authenticate/**")
    page.goto("/account/")
    assert "/second-factor/authenticate/" in page.url


def test_where_passkeys_cannot_work_the_page_says_what_to_do(browser: Browser, site: Any) -> None:
    context = browser.new_context(base_url=site.address)
    page = context.new_page()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("#messages")).to_contain_text("Open the site by its name")
    context.close()
