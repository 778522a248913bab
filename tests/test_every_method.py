"""Every address × every method × every kind of person: who may, what is answered, and never a fault.

A new address fails here until tests/test_access.py says who may read it; one that takes a write fails until TAKES
says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from accounts import services
from accounts.models import User
from tests.test_access import (
    CLASSIFIED,
    MAY,
    POST_ONLY,
    PUBLIC,
    SECRET,
    SIGNED_IN,
    address,
    body,
    unfinished,
)

__all__ = ["unfinished"]
pytestmark = pytest.mark.django_db

WALKED: dict[str, int] = {}  # address → requests
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {302, 401, 403, 404, 405}
REFUSED_TOKEN = "a token that is refused"
ANYBODY = {"anonymous", "eve", "lab", "rival", "rater", "other rater", "coordinator", "root"}
# what takes a POST besides what is POST-only, and from whom
TAKES = {
    **{name: {"lab", "root"} for name, kind in CLASSIFIED.items() if kind == POST_ONLY},
    "evaluation:submit": ANYBODY - {"anonymous"},
    "evaluation:submit_model": ANYBODY - {"anonymous"},
    "api-submissions": ANYBODY - {"anonymous"},
    "accounts:create_token": ANYBODY - {"anonymous"},
    "accounts:revoke_token": ANYBODY - {"anonymous"},
    "accounts:language": ANYBODY,
    "leaderboard:flag": ANYBODY - {"anonymous"},
    "leaderboard:hide": {"root"},
    "leaderboard:show": {"root"},
    "leaderboard:resolve": {"root"},
    "evaluation:rescore": {"root"},
}


@pytest.fixture
def everybody(lab: Any, rival: Any, eve: Any, root_admin: Any) -> dict[str, Client]:
    """By session: every kind of person. By token: those with something to read. And whoever was switched off."""
    people = {"eve": eve, "lab": lab, "rival": rival, "root": root_admin}
    for name, roles in {"rater": ["rater"], "other rater": ["rater"], "coordinator": ["coordinator"]}.items():
        people[name] = User.objects.create(username=name, roles=roles)
    gone = User.objects.create(username="gone", roles=["submitter", "administrator"], is_superuser=True)
    clients = {"anonymous": Client(raise_request_exception=False)}
    for name, person in {**people, "switched off": gone}.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(person)
    for name in ("lab", "rival", "root"):
        clients[f"{name}'s token"] = by_token(people[name])
    clients["switched off's token"] = by_token(gone)
    clients["a wrong token"] = Client(
        raise_request_exception=False, headers={"Authorization": "Token csl_wrong"}
    )
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return clients


def by_token(person: User) -> Client:
    token = services.create_token(person, "walk")
    return Client(raise_request_exception=False, headers={"Authorization": f"Token {token}"})


def who(person: str, name: str) -> str:
    """As whom a client is taken: a token counts on the API alone, and of nobody who was switched off."""
    if person in {"a wrong token", "switched off's token"} and is_api(name):
        return REFUSED_TOKEN
    if person.endswith("'s token") and is_api(name):
        person = person.removesuffix("'s token")
    return person if person in ANYBODY else "anonymous"


def is_api(name: str) -> bool:
    """Where tokens are read; the guide is a page."""
    return (name.startswith("api-") and name != "api-guide") or name == "schema"


def may_read(person: str, name: str) -> bool:
    kind = CLASSIFIED[name]
    if kind in {PUBLIC, SIGNED_IN}:
        return kind == PUBLIC or person != "anonymous"
    return person in MAY[kind]


def test_what_takes_a_write_is_classified() -> None:
    assert set(TAKES) <= set(CLASSIFIED)


@pytest.mark.parametrize("name", sorted(CLASSIFIED))
def test_who_may_do_what(name: str, everybody: dict[str, Client], unfinished: Any) -> None:
    where, walked = address(name, unfinished), 0
    # whoever may write comes last: what they change must not decide what others are answered
    for person in sorted(everybody, key=lambda each: who(each, name) in TAKES.get(name, ())):
        for method in METHODS:
            response = everybody[person].generic(method, where)
            walked += 1
            check(name, who(person, name), method, response, f"{method} {where} as {person}")
            assert SECRET.encode() not in body(response), (person, method)
    WALKED[name] = walked


def check(name: str, person: str, method: str, response: Any, told: str) -> None:
    assert response.status_code < 500, (told, response.status_code)
    assert response.status_code in answers(name, person, method), (told, response.status_code)


def answers(name: str, person: str, method: str) -> set[int]:
    """The statuses that are right. A token that is none is told so on the API, also where nobody needs one."""
    if person == REFUSED_TOKEN:
        return {401, 405} | ({204} if method == "OPTIONS" else set())
    if method in {"GET", "HEAD"}:
        return {200} if may_read(person, name) else REFUSED
    if method == "OPTIONS":
        return REFUSED | ({200, 204} if is_api(name) else set())
    if method == "POST" and person in TAKES.get(name, ()):
        return {200, 201, 400, 409, 413, 415, 422, *REFUSED}
    return REFUSED


def standing_elsewhere() -> list[str]:
    """Addresses of Django's administration and of the sign-in library that need no argument."""
    found = []

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                if pattern.name:
                    found.append(prefix + pattern.name)
            else:
                walk(pattern.url_patterns, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)

    walk(get_resolver().url_patterns, "")
    return sorted({name for name in found if name.startswith(("admin:", "account_", "mfa_"))})


def test_the_administration_and_the_sign_in_pages_never_fault_and_stay_closed(
    everybody: dict[str, Client], record_figure: Callable[..., None]
) -> None:
    walked = 0
    for name in standing_elsewhere():
        for arguments in ([], ["1"], ["1", "1"], ["auth"]):
            try:
                where = reverse(name, args=arguments)
            except Exception:
                continue
            break
        else:
            raise AssertionError(f"no arguments fit {name}")
        for person, client in everybody.items():
            for method in METHODS:
                response = client.generic(method, where)
                walked += 1
                assert response.status_code < 500, (method, where, person)
                inside = name.startswith("admin:") and name not in {"admin:login", "admin:jsi18n"}
                if inside and person != "root":
                    assert response.status_code in REFUSED, (method, where, person, response.status_code)
                if name == "account_logout" and method == "POST" and who(person, name) != "anonymous":
                    client.force_login(User.objects.get(username=person))
    WALKED["administration and sign-in"] = walked
    if len(WALKED) == len(CLASSIFIED) + 1:  # the whole file was run
        total = f"{sum(WALKED.values()):,} requests to {len(WALKED) - 1} addresses and the administration"
        record_figure("address × method × person, pages and API", total, "every one as classified", True)


@pytest.mark.parametrize("name", sorted(TAKES))
def test_a_write_that_another_site_causes_is_refused(name: str, root_admin: Any, unfinished: Any) -> None:
    """The browser sends the cookie along; without the token of our own form it opens nothing."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(root_admin)
    assert (
        client.post(address(name, unfinished), {"reason": "Because of that.", "language": "es"}).status_code
        == 403
    )
    unfinished.run.refresh_from_db()
    assert unfinished.run.state == "queued"
