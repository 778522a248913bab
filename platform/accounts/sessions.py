"""Who is asking, in one statement: the session, and with it the person it most likely belongs to.

Whose session it is stands in the session itself, so it is known only once that was read. Each process
remembers whose a session was when it last saw it and has that person read along. Nothing rests on it: the
session says who is meant, and Django itself decides wherever something is other than expected.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import middleware
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.statements import first_row_read

MOST_REMEMBERED = 50_000

_owners: dict[str, int] = {}  # session key → whose it was


class SessionStore(db.SessionStore):
    """Django's sessions in the database; `owner` is the person read along, if any."""

    owner: User | None = None

    def load(self) -> dict[str, Any]:
        key = self.session_key
        row = first_row_read(_load(), {"key": key, "now": timezone.now(), "owner": _owners.get(key or "")})
        if row is None:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(row[0])
        self.owner = User.from_db("default", _columns(), row[1:]) if row[1] is not None else None
        _remember(key or "", found.get(auth.SESSION_KEY))
        return found


class AuthenticationMiddleware(middleware.AuthenticationMiddleware):
    """Django's, with the person who was read along where the session is theirs and still valid."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _cached(request))  # type: ignore[assignment]


def _cached(request: Any) -> User | AnonymousUser:
    if not hasattr(request, "_cached_user"):  # where Django keeps it too
        request._cached_user = _proven_owner(request.session) or auth.get_user(request)
    person: User | AnonymousUser = request._cached_user
    return person


def _proven_owner(session: Any) -> User | None:
    """The person read along, if Django would find the same: their session, able to sign in, and their
    password unchanged since."""
    path = session.get(auth.BACKEND_SESSION_KEY)  # reads the session
    person = getattr(session, "owner", None)
    if person is None or session.get(auth.SESSION_KEY) != str(person.pk):
        return None
    backend = _backend(path)
    if backend is None or not backend.user_can_authenticate(person):
        return None
    proof = session.get(auth.HASH_SESSION_KEY)
    return person if proof and constant_time_compare(proof, person.get_session_auth_hash()) else None


def _backend(path: str | None) -> ModelBackend | None:
    if path not in settings.AUTHENTICATION_BACKENDS:
        return None
    backend = auth.load_backend(path)
    return backend if isinstance(backend, ModelBackend) else None


def _remember(key: str, owner: Any) -> None:
    if len(_owners) >= MOST_REMEMBERED:
        _owners.clear()
    if isinstance(owner, str) and owner.isdecimal():
        _owners[key] = int(owner)


@lru_cache(maxsize=1)
def _columns() -> tuple[str, ...]:
    return tuple(field.attname for field in User._meta.concrete_fields)


@lru_cache(maxsize=1)
def _load() -> str:
    table = User._meta.db_table
    columns = ", ".join(f'owner."{field.column}"' for field in User._meta.concrete_fields)
    return (
        f"SELECT session.session_data, {columns} FROM django_session session "  # noqa: S608 - names of ours
        f'LEFT JOIN "{table}" owner ON owner.id = %(owner)s::bigint '
        "WHERE session.session_key = %(key)s AND session.expire_date > %(now)s"
    )
