"""A server that misbehaves on demand, which only who allows it may ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workers.endpoint.faulty_server import (
    FaultyServer,
    running,
)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    yield from running()
