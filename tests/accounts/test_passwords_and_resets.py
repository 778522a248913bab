"""Passwords are long and not common, changed only with the old one, and nobody learns who has an account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.with_mail import CountingHasher
from tests.signed_in import signed_in

pytestmark = pytest.mark.django_db

UNCOMMON = "quietly-seven-otters"


def sign_up(password: str, name: str = "newcomer") -> Any:
    sent = {"username": name, "password1": password, "password2": password}
    return Client().post("/account/signup/", sent)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short-secret", ""),
        ("eleven-long", "at least 12 characters"),
        ("qwertyuiop123", "too common"),
        ("123456789123456", "too common"),
        ("newcomer1234", "too similar"),
        ("   spaced   out   secret 🦦", ""),
        ("x" * 400 + "-otter", ""),
    ],
)
def test_what_a_password_may_be(db: None, password: str, said: str) -> None:
    answer = sign_up(password)
    assert (answer.status_code == 302) == (not said)
    assert said in answer.content.decode()


def test_a_long_password_is_read_to_its_end(db: None) -> None:
    assert sign_up("x" * 400 + "-otter").status_code == 302
    cut = Client().post("/account/login/", {"login": "newcomer", "password": "x" * 400 + "-ottex"})
    assert cut.status_code == 200
    whole = Client().post("/account/login/", {"login": "newcomer", "password": "x" * 400 + "-otter"})
    assert whole.status_code == 302


def test_a_change_asks_for_the_present_password(lab: Any) -> None:
    client = signed_in(lab)
    sent = {"oldpassword": "not-the-present-one", "password1": UNCOMMON, "password2": UNCOMMON}
    client.post("/account/password/change/", sent)
    lab.refresh_from_db()
    assert not lab.check_password(UNCOMMON)
    client.post("/account/password/change/", sent | {"oldpassword": "lab-long-password"})
    lab.refresh_from_db()
    assert lab.check_password(UNCOMMON)


def failed(name: str) -> str:
    answer = Client().post("/account/login/", {"login": name, "password": "not-the-password"})
    return re.sub(r'value="[^"]*"|nonce-\S+', "", answer.content.decode())


def test_a_failed_sign_in_does_not_say_whether_there_is_such_an_account(lab: Any) -> None:
    assert failed("lab") == failed("nobody-of-this-name")


def test_a_failed_sign_in_does_the_same_work_for_whoever_is_not_there(lab: Any, settings: Any) -> None:
    """The slow hash is computed either way: the time it takes tells nothing."""
    settings.PASSWORD_HASHERS = ["tests.accounts.with_mail.CountingHasher"]
    CountingHasher.computed = 0
    failed("nobody-of-this-name")
    assert CountingHasher.computed >= 1


def test_a_reset_answers_alike_for_who_has_an_account_and_who_has_none(lab: Any, settings: Any) -> None:
    settings.ROOT_URLCONF, settings.EMAIL_HOST = "tests.accounts.with_mail", "mail.example.org"
    lab.email = "lab@example.org"
    lab.save()
    told = []
    for address in ("lab@example.org", "nobody@example.org"):
        answer = Client().post("/account/password/reset/", {"email": address}, follow=True)
        told.append((answer.redirect_chain, answer.content))
    assert told[0] == told[1]
    links = [re.findall(r"/account/password/reset/key/\S+", message.body) for message in mail.outbox]
    assert [(message.to, len(found)) for message, found in zip(mail.outbox, links, strict=True)] == [
        (["lab@example.org"], 1),
        (["nobody@example.org"], 0),
    ]

    client = Client()
    form = client.get(links[0][0], follow=True)
    where = form.redirect_chain[-1][0]
    done = client.post(where, {"password1": UNCOMMON, "password2": UNCOMMON})
    assert done.status_code == 302, done.content.decode()
    lab.refresh_from_db()
    assert lab.check_password(UNCOMMON)
    again = Client().get(links[0][0], follow=True).content.decode()
    assert 'name="password1"' not in again, "the link works once"


def test_a_sign_in_makes_a_new_session(lab: Any, client: Client) -> None:
    client.get("/account/login/")
    session = client.session
    session["before"] = "kept"
    session.save()
    client.cookies["sessionid"] = session.session_key
    before = session.session_key
    client.post("/account/login/", {"login": "lab", "password": "lab-long-password"})
    assert client.cookies["sessionid"].value not in {"", before}


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(lab: Any, client: Client) -> None:
    client.post("/account/login/", {"login": "lab", "password": "lab-long-password"})
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
