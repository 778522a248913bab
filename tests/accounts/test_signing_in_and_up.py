"""Signing in is limited, and signing up makes a submitter."""

from __future__ import annotations

from typing import Any

from django.test import Client


def test_wrong_passwords_are_throttled(client: Client, lab: Any) -> None:
    wrong = {"login": "lab", "password": "not it"}
    hosts = [f"localhost:{8000 + n}" for n in range(8)]  # another port is not another name to try
    said = [client.post("/account/login/", wrong, headers={"host": host}) for host in hosts]
    assert "too many" in said[-1].content.decode().lower()
    right = client.post("/account/login/", {"login": "lab", "password": "lab-long-password"})
    assert right.status_code == 200, "locked for a while even with the right password"


def test_a_sign_up_makes_a_submitter_and_nothing_more(client: Client, db: None) -> None:
    from accounts.models import User

    answer = client.post(
        "/account/signup/",
        {"username": "newcomer", "password1": "a-long-new-secret", "password2": "a-long-new-secret",
         "roles": "administrator", "is_staff": "on", "is_superuser": "on"},
    )  # fmt: skip
    assert answer.status_code == 302
    newcomer = User.objects.get(username="newcomer")
    assert newcomer.roles == ["submitter"]
    assert not newcomer.is_staff
    assert newcomer.password.startswith("argon2")
