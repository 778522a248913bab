"""A board of three systems, one of them in two modes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import File

from evaluation.services import submissions
from workers import tasks


@pytest.fixture
def ranked(lab: Any, tiny: Any, answers_to: Callable[..., bytes]) -> list[Any]:
    """A board of three systems, one of them in two modes."""
    handed_in = [
        ("Alpha", answers_to(wrong=("c0",)), ""),
        ("Beta", answers_to(wrong=("v0", "v1")), ""),
        ("Gamma & co", answers_to(), ""),
        ("Gamma & co", answers_to(unreadable=("v1",)), "cot"),
    ]
    found = []
    for system, content, mode in handed_in:
        file = File(io.BytesIO(content), name="p.jsonl")
        found.append(submissions.submit(lab, tiny, system, mode, "p.jsonl", file)[0])
        tasks.serve_queue()
    return found
