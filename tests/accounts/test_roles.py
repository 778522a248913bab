"""Roles given in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_page(client: Client, root_admin: Any) -> Client:
    client.force_login(root_admin)
    return client


def save(client: Client, person: Any, roles: str, **fields: str) -> Any:
    """Send the person's form as the administration shows it, with these roles."""
    form = {
        "username": person.username, "roles": roles, "is_active": "on",
        "date_joined_0": "2025-01-01", "date_joined_1": "00:00:00", **fields,
    }  # fmt: skip
    answer = client.post(f"/admin/accounts/user/{person.pk}/change/", form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    person.refresh_from_db()
    return person


def test_the_role_of_an_administrator_opens_the_administration(admin_page: Client, eve: Any) -> None:
    saved = save(admin_page, eve, "submitter,administrator")
    assert (saved.is_staff, saved.is_superuser) == (True, True)
    hers = Client()
    hers.force_login(saved)
    assert hers.get("/admin/accounts/user/").status_code == 200


def test_losing_the_role_closes_it_again(admin_page: Client, eve: Any) -> None:
    save(admin_page, eve, "administrator")
    saved = save(admin_page, eve, "submitter", is_staff="on", is_superuser="on")
    assert (saved.is_staff, saved.is_superuser) == (False, False)


def test_other_roles_leave_the_flags_of_a_person_alone(admin_page: Client, lab: Any) -> None:
    assert not save(admin_page, lab, "submitter,rater").is_staff
    kept = save(
        admin_page, lab, "submitter", is_staff="on", is_superuser="on"
    )  # as createsuperuser makes one
    assert (kept.is_staff, kept.is_superuser) == (True, True)
