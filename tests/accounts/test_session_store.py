"""Who is asking: the session and its person are read together, and Django's rules hold as before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.models import User

PASSWORD = "a long and quiet password"


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia", "mia@example.org", PASSWORD)


@pytest.fixture
def signed_in(mia: User) -> Client:
    client = Client()
    assert client.login(username="mia", password=PASSWORD)
    return client


def name(client: Client) -> str | None:
    """Whom the site takes the client for; asked twice, since the first time nobody is read along."""
    found = {_asked(client) for _ in range(2)}
    assert len(found) == 1
    return found.pop()


def _asked(client: Client) -> str | None:
    person = client.get("/account/session/").wsgi_request.user
    return person.get_username() if person.is_authenticated else None


def test_a_person_is_known_by_their_session(signed_in: Client) -> None:
    assert name(signed_in) == "mia"
    assert name(Client()) is None


def test_the_person_read_along_is_the_one_the_orm_reads(signed_in: Client, mia: User) -> None:
    name(signed_in)
    store = sessions.SessionStore(signed_in.cookies["sessionid"].value)
    assert store[SESSION_KEY] == str(mia.pk)
    assert store.owner is not None
    stored = User.objects.get(pk=mia.pk)
    for field in User._meta.concrete_fields:
        assert getattr(store.owner, field.attname) == getattr(stored, field.attname), field.name
    assert not store.owner.get_deferred_fields()
    assert not store.owner._state.adding


def test_a_changed_password_ends_the_session(signed_in: Client, mia: User) -> None:
    assert name(signed_in) == "mia"
    mia.set_password("another long password")
    mia.save()
    assert name(signed_in) is None


def test_who_is_switched_off_or_deleted_is_signed_out(signed_in: Client, mia: User) -> None:
    assert name(signed_in) == "mia"
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert name(signed_in) is None
    User.objects.filter(pk=mia.pk).update(is_active=True)
    assert name(signed_in) == "mia"
    User.objects.filter(pk=mia.pk).delete()
    assert name(signed_in) is None


def test_a_session_ends_at_its_time(signed_in: Client) -> None:
    assert name(signed_in) == "mia"
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert name(signed_in) is None


def test_a_session_of_a_backend_that_is_used_no_more_is_nobodys(signed_in: Client, settings: Any) -> None:
    assert name(signed_in) == "mia"
    settings.AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
    assert name(signed_in) is None


def test_whoever_was_remembered_wrongly_is_not_let_in(signed_in: Client, mia: User) -> None:
    eve = User.objects.create_user("eve", "eve@example.org", PASSWORD)
    assert name(signed_in) == "mia"
    sessions._owners[signed_in.cookies["sessionid"].value] = eve.pk
    assert _asked(signed_in) == "mia"
    assert sessions._owners[signed_in.cookies["sessionid"].value] == mia.pk


def test_whoever_signs_in_next_is_not_taken_for_the_one_before(signed_in: Client) -> None:
    User.objects.create_user("eve", "eve@example.org", PASSWORD)
    assert name(signed_in) == "mia"
    assert signed_in.login(username="eve", password=PASSWORD)
    assert name(signed_in) == "eve"
    signed_in.logout()
    assert name(signed_in) is None


def test_a_session_with_an_older_secret_key_goes_on(signed_in: Client, settings: Any) -> None:
    assert name(signed_in) == "mia"
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the key that is used from now on, long enough to be one"
    assert name(signed_in) == "mia"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_REMEMBERED", 3)
    sessions._owners.clear()
    for number in range(10):
        sessions._remember(f"key {number}", str(number))
    assert 0 < len(sessions._owners) <= 3
    assert sessions._owners["key 9"] == 9


def test_the_database_has_planned_the_statement(signed_in: Client) -> None:
    name(signed_in)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%session_data%%'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_between_two_requests_costs_nobody_a_page(client: Client) -> None:
    User.objects.create_user("mia", "mia@example.org", PASSWORD)
    assert client.login(username="mia", password=PASSWORD)
    assert name(client) == "mia"
    connection.health_check_enabled = True
    pid = connection.connection.info.backend_pid
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            assert cursor.fetchone()[0]
    finally:
        other.close()
    connection.health_check_done = False  # as at the start of every request
    store = sessions.SessionStore(client.cookies["sessionid"].value)
    assert SESSION_KEY in store
    assert connection.connection.info.backend_pid != pid
