"""Where it is required, an administrator without a second factor can do nothing but set one up."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(root_admin: Any, settings: Any) -> Client:
    settings.REQUIRE_SECOND_FACTOR = True
    client = Client()
    client.force_login(root_admin)
    return client


def test_every_page_leads_to_where_it_is_set_up(root: Client) -> None:
    for page in ("/", "/admin/", "/admin/acts/", "/moderation/", "/account/"):
        answer = root.get(page)
        assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/"), page
    shown = root.get("/account/second-factor/").content.decode()
    assert "Administrators need a second factor" in shown


def test_nothing_is_done_without_it(root: Client) -> None:
    assert root.post("/account/tokens/", {"name": "x"}).status_code == 403
    assert root.get("/api/v1/submissions/").status_code == 403


@pytest.mark.parametrize("kind", ["totp", "webauthn"])
def test_with_one_the_site_is_open(root: Client, root_admin: Any, kind: str) -> None:
    Authenticator.objects.create(user=root_admin, type=kind, data={"secret": "x", "name": "x"})
    assert root.get("/moderation/").status_code == 200
    assert root.get("/admin/acts/").status_code == 200


def test_recovery_codes_alone_are_none(root: Client, root_admin: Any) -> None:
    Authenticator.objects.create(user=root_admin, type="recovery_codes", data={"seed": "x"})
    assert root.get("/moderation/").status_code == 302


def test_others_are_not_asked_for_it(settings: Any, lab: Any, client: Client) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.get("/").status_code == 200
    client.force_login(lab)
    assert client.get("/submissions/").status_code == 200


@pytest.mark.parametrize(
    ("given", "required"),
    [
        ({"CONSILIUM_HTTPS": "true"}, "True"),
        ({"CONSILIUM_HTTPS": "true", "DEBUG": "true"}, "False"),
        ({}, "False"),
        ({"REQUIRE_SECOND_FACTOR": "true"}, "True"),
        ({"CONSILIUM_HTTPS": "true", "REQUIRE_SECOND_FACTOR": "false"}, "False"),
    ],
)
def test_a_site_that_is_reached_by_https_requires_it_unless_told_otherwise(
    given: dict[str, str], required: str
) -> None:
    names = ("DEBUG", "CONSILIUM_HTTPS", "REQUIRE_SECOND_FACTOR")
    clean = {name: value for name, value in os.environ.items() if name not in names}
    said = subprocess.run(
        [sys.executable, "-c", "from consilium import settings; print(settings.REQUIRE_SECOND_FACTOR)"],
        env=clean | given | {"PYTHONPATH": "platform"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == required
