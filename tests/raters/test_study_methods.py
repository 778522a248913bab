"""Every address of the studies × every method × every kind of person: nothing unexpected is answered, nothing faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import services
from accounts.models import User
from tests.raters.test_study_access import ADDRESSES, PEOPLE, Place, address, database, is_refused, place

__all__ = ["place"]
pytestmark = pytest.mark.django_db

WALKED: dict[str, int] = {}  # address → requests
UNEXPECTED = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def others(place: Place) -> dict[str, Client]:
    """Whoever was switched off while signed in, and programs: a token opens the API and no page."""
    gone = User.objects.create(username="gone", roles=["rater", "coordinator", "administrator"])
    switched_off = Client(raise_request_exception=False)
    switched_off.force_login(gone)
    token = services.create_token(gone, "walk")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    mine = services.create_token(User.objects.get(username="ann"), "walk")
    return {
        "switched off": switched_off,
        "switched off, by token": _by(token),
        "a wrong token": _by("csl_wrong"),
        "rater, by token": _by(mine),
    }


def _by(token: str) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Token {token}"})


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_no_method_does_what_it_should_not(name: str, place: Place, others: dict[str, Client]) -> None:
    may, where, walked = ADDRESSES[name], address(name, place), 0
    everybody = {**place.clients, **others}
    before = database()
    for person, client in everybody.items():
        for method in UNEXPECTED:
            if person in may.write and method.lower() == may.method:
                continue  # tests/raters/test_study_access.py
            if person == "rater, by token" and "rater" in may.write and name.startswith("api-"):
                continue
            response = client.generic(method, where)
            walked += 1
            # without a body the API says so before it looks for anything: of a write that somebody may do
            is_empty = (
                response.status_code == 400 and method.lower() == may.method and name.startswith("api-")
            )
            assert is_empty or is_refused(response), (person, method, response.status_code)
        told = client.options(where)
        walked += 1
        assert told.status_code < 500, (person, told.status_code)
        assert is_refused(told) or name.startswith("api-"), (person, told.status_code)
    assert database() == before, "something was changed by a method that nobody should have"

    for person, client in everybody.items():
        status, head = client.get(where).status_code, client.head(where).status_code
        walked += 2
        assert head == status < 500, (person, status, head)
        if person in others and not (person == "rater, by token" and name.startswith("api-")):
            signed_out = place.clients["nobody"].get(where).status_code
            assert status in {signed_out, 401}, (person, status, signed_out)
    assert set(PEOPLE) <= set(everybody)
    WALKED[name] = walked


def test_a_token_opens_no_page_of_a_study(
    place: Place, others: dict[str, Any], record_figure: Callable[..., None]
) -> None:
    assert others["rater, by token"].get("/studies/first/rate/").status_code == 302
    assert others["rater, by token"].get("/api/v1/studies/").status_code == 200
    if len(WALKED) == len(ADDRESSES):  # the whole file was run
        total = f"{sum(WALKED.values()):,} requests to {len(WALKED)} addresses"
        record_figure("address × method × person, studies", total, "every one as classified", True)
