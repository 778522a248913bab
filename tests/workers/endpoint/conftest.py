"""A server that misbehaves on demand, on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    running,
)
from workers.backends.endpoint import limits as endpoint_limits


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A local server that the administrator allows; tries follow each other at once."""
    settings.ENDPOINT_ALLOWED_HOSTS = ["127.0.0.1"]
    monkeypatch.setattr(endpoint_limits, "BACKOFF_SECONDS", 0.001)
    yield from running()
