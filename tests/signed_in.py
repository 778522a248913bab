"""Somebody's browser, without pictures: Django's test client, signed in."""

from __future__ import annotations

from typing import Any

from django.test import Client


def signed_in(person: Any) -> Client:
    """That of a person, or of nobody in particular for None."""
    client = Client()
    if person is not None:
        client.force_login(person)
    return client
