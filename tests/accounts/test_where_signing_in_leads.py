"""Where people are after they have signed in: at what they came for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.people import person

pytestmark = pytest.mark.django_db


def where(client: Client, name: str, **typed: str) -> Any:
    sent = {"login": name, "password": f"{name}-long-password", **typed}
    return client.post("/account/login/", sent).headers["Location"]


@pytest.mark.parametrize(
    ("roles", "begins"),
    [
        (["submitter"], "/submissions/"),
        (["rater"], "/studies/"),
        (["submitter", "rater"], "/studies/"),  # signed up, then confirmed as a physician
        (["coordinator"], "/studies/"),
        (["administrator"], "/submissions/"),
    ],
)
def test_everybody_begins_at_their_own_work(client: Client, roles: list[str], begins: str) -> None:
    person("somebody", roles)
    assert where(client, "somebody") == begins


def test_who_was_on_the_way_to_a_page_gets_there(client: Client) -> None:
    person("somebody", ["rater"])
    assert where(client, "somebody", next="/boards/sample/") == "/boards/sample/"
