"""Emptying the database of a test process after a module that filled it for all of its tests."""

from __future__ import annotations

from django.core.management import call_command


def empty_database() -> None:
    """Numbers go on: what is kept in memory by a row's number must not meet another row of that number."""
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True, reset_sequences=False)
