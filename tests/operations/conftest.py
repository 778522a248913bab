"""The lines a site would write, as it would write them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from telemetry.log_lines import JsonLine


class Lines:
    """What was logged since the test began, formatted for real."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.handler = logging.StreamHandler(self._stream)
        self.handler.setFormatter(JsonLine())

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def all(self, logger: str = "") -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.text.split("\n") if line]
        return [line for line in lines if line["logger"].startswith(logger)]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, lines = logging.getLogger(), Lines()
    root.addHandler(lines.handler)
    yield lines
    root.removeHandler(lines.handler)
