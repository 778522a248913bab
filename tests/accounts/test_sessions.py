"""A session that has ended, and coming back from signing in."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

SOMEWHERE = uuid.UUID(int=7)


def way_back(address: str) -> tuple[str, str]:
    """The sign-in page and where it leads."""
    parts = urlsplit(address)
    return parts.path, parse_qs(parts.query)["next"][0]


@pytest.mark.parametrize(
    ("method", "address", "open_page"),
    [
        ("post", "/submit/", "/submit/?benchmark=tiny"),
        ("get", "/submissions/?page=2", "/submissions/?page=2"),
    ],
)
def test_htmx_is_sent_to_the_sign_in_page_instead_of_getting_it_into_the_page(
    client: Client, method: str, address: str, open_page: str
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{open_page}"}
    answer = getattr(client, method)(address, headers=headers)
    assert answer.status_code == 200
    assert answer.content == b""
    assert way_back(answer.headers["HX-Redirect"]) == ("/account/login/", open_page)


def test_htmx_of_a_page_elsewhere_cannot_choose_where_signing_in_leads(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "https://elsewhere.example/submissions/"}
    answer = client.get("/submissions/", headers=headers)
    assert way_back(answer.headers["HX-Redirect"]) == ("/account/login/", "/submissions/")


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        (f"/submissions/{SOMEWHERE}/cancel/", f"/submissions/{SOMEWHERE}/"),
        (f"/submissions/{SOMEWHERE}/retry/", f"/submissions/{SOMEWHERE}/"),
        ("/account/tokens/", "/account/"),
        ("/account/tokens/3/revoke/", "/account/"),
        ("/submit/", "/submit/"),
    ],
)
def test_a_post_without_a_session_leads_back_to_a_page_that_can_be_read(
    client: Client, address: str, leads_to: str
) -> None:
    answer = client.post(address)
    assert answer.status_code == 302
    assert way_back(answer.headers["Location"]) == ("/account/login/", leads_to)


def test_a_person_who_was_signed_out_comes_back_to_the_page_asked_for(client: Client, lab: Any) -> None:
    asked = client.get("/submissions/?page=1").headers["Location"]
    answer = client.post(
        asked, {"login": "lab", "password": "lab-long-password", "next": "/submissions/?page=1"}
    )
    assert answer.headers["Location"] == "/submissions/?page=1"
