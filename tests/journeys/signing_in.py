"""Signing in to the demo by keyboard."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page


def sign_in(page: Page, name: str) -> None:
    """On the sign-in page and on to where it leads."""
    page.goto("/account/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(f"{name}-consilium-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def cookies_of(browser: Browser, address: str, name: str) -> Any:
    """The state of a browser in which somebody has signed in, for contexts that need not do it again."""
    context = browser.new_context(base_url=address)
    sign_in(context.new_page(), name)
    state = context.storage_state()
    context.close()
    return state
