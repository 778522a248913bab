"""Authenticator apps and recovery codes: asked for at sign-in, sealed in the database, the admin behind them."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

pytestmark = pytest.mark.django_db

SIGN_IN, PASSWORD = "/account/login/", "lab-long-password"
ACTIVATE = "/account/second-factor/totp/activate/"


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client) -> Any:
    return client.post(SIGN_IN, {"login": "lab", "password": PASSWORD})


@pytest.fixture
def secret(lab: Any) -> str:
    """Lab's authenticator app, set up as a person would."""
    client = Client()
    sign_in(client)
    asked = client.get(ACTIVATE)
    assert asked["Location"].startswith("/account/reauthenticate/"), "a session left open is not enough"
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(ACTIVATE).content.decode()
    found = re.search(r'value="([A-Z2-7]{16,})"', page)
    assert found, page
    answer = client.post(ACTIVATE, {"code": code_of(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def test_without_a_second_factor_a_password_is_enough(lab: Any) -> None:
    assert sign_in(Client())["Location"] != "/account/2fa/authenticate/"


def test_an_app_is_asked_for_after_the_password(secret: str) -> None:
    client = Client()
    asked = sign_in(client)
    assert asked.status_code == 302
    assert client.get("/account/").status_code == 302, "the password alone opens nothing"
    wrong = client.post(asked["Location"], {"code": "000000"})
    assert wrong.status_code == 200
    assert client.get("/account/").status_code == 302
    right = client.post(asked["Location"], {"code": code_of(secret)})
    assert right.status_code == 302, right.content.decode()
    assert client.get("/account/").status_code == 200


def test_a_recovery_code_opens_once(secret: str, lab: Any) -> None:
    codes = Authenticator.objects.get(user=lab, type="recovery_codes").wrap().get_unused_codes()
    first = Client()
    first.post(sign_in(first)["Location"], {"code": codes[0]})
    assert first.get("/account/").status_code == 200
    second = Client()
    second.post(sign_in(second)["Location"], {"code": codes[0]})
    assert second.get("/account/").status_code == 302


def test_secrets_lie_sealed_in_the_database(secret: str, lab: Any) -> None:
    kept = str(list(Authenticator.objects.filter(user=lab).values_list("data", flat=True)))
    assert secret not in kept
    codes = Authenticator.objects.get(user=lab, type="recovery_codes").wrap().generate_codes()
    assert not any(code in kept for code in codes)


def test_many_wrong_codes_are_throttled(secret: str) -> None:
    client = Client()
    asked = sign_in(client)
    said = [client.post(asked["Location"], {"code": f"{n:06}"}).content.decode() for n in range(12)]
    assert "too many" in said[-1].lower()


def test_the_admin_has_no_way_in_of_its_own(root_admin: Any, client: Client) -> None:
    asked = client.get("/admin/login/?next=/admin/")
    assert asked.status_code == 302
    assert asked["Location"].startswith(SIGN_IN)
    posted = client.post("/admin/login/", {"username": "root_admin", "password": "wrong"})
    assert posted.status_code == 302


def test_the_pages_of_second_factors_stand_under_the_account(secret: str) -> None:
    client = Client()
    asked = sign_in(client)
    client.post(asked["Location"], {"code": code_of(secret)})
    page = client.get("/account/second-factor/").content.decode()
    assert "Authenticator" in page
    assert 'aria-current="page"' in page
    assert "<script>" not in page
