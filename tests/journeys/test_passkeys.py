"""A passkey, made and used in a browser with a virtual authenticator; nothing inline, so the policy stays strict."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def page(browser: Browser, site: Any) -> Any:
    context = browser.new_context(base_url=site.address.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield page
    context.close()


def test_a_passkey_is_made_and_signs_in_without_a_password(page: Page, site: Any) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto("/account/signup/")
    page.get_by_label("Username").fill("keyholder")
    for field in page.locator("input[type=password]").all():
        field.fill("a-long-new-secret-7")
    page.locator("main form button").last.click()
    page.goto("/account/second-factor/webauthn/add/")
    page.locator("input[type=password]").fill("a-long-new-secret-7")
    page.locator("main form button").last.click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.locator("main")).to_contain_text("recovery codes", ignore_case=True)

    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="keyholder")).to_be_visible()
    assert not [text for text in said if "Content Security Policy" in text]
