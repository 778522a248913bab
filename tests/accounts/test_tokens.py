"""Tokens on the account page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts import services

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, lab: Any) -> Client:
    client.force_login(lab)
    return client


def shown(answer: Any) -> list[str]:
    return re.findall(r"csl_[\w-]{40,}", answer.content.decode())


def test_a_new_token_is_shown_once_and_works(page: Client, lab: Any) -> None:
    made = page.post("/account/tokens/", {"name": "laptop"})
    assert (made.status_code, made.headers["Location"]) == (302, "/account/")
    first = page.get("/account/")
    assert "no-store" in first.headers["Cache-Control"]
    [token] = shown(first)
    assert services.owner_of_token(token) == lab
    assert shown(page.get("/account/")) == []


def test_reloading_the_page_of_a_new_token_makes_no_second_one(page: Client, lab: Any) -> None:
    page.post("/account/tokens/", {"name": "laptop"}, follow=True)
    page.get("/account/")
    page.get("/account/")
    assert lab.api_tokens.count() == 1


def test_a_head_request_does_not_use_the_one_showing_up(page: Client) -> None:
    page.post("/account/tokens/", {"name": "laptop"})
    page.head("/account/")
    assert len(shown(page.get("/account/"))) == 1


def test_a_token_without_a_name_is_not_made(page: Client, lab: Any) -> None:
    answer = page.post("/account/tokens/", {"name": " "})
    assert "This field is required" in answer.content.decode()
    assert not lab.api_tokens.exists()
