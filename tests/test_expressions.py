"""No regular expression of the source can be made to take more than the square of a text's length."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.expressions import SLOW, attacks, exponent, expressions

ROOT = Path(__file__).resolve().parents[1]
PROCESSOR_SECONDS = 400


def _bounded() -> None:
    """An expression that never ends is ended by the system, however busy the machine is."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))


def test_every_expression_of_the_source_reads_hostile_text_in_bounded_time(
    record_figure: Callable[[str, str, str, bool], None],
) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "consilium.settings",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "expressions.py")],
        env=environment, cwd=ROOT, capture_output=True, text=True, preexec_fn=_bounded,
    )  # fmt: skip
    assert done.returncode == 0, f"ended by the system after {PROCESSOR_SECONDS} s of work: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["slow"] == []
    assert told["expressions"] > 300
    record_figure(
        "regular expressions against hostile text",
        f"{told['expressions']} read",
        "none worse than quadratic",
        True,
    )


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(\w+\s?)+:", r"a*a*a*b", r"(.*)-(.*)-(.*)-x"])
def test_what_despairs_is_found(pattern: str) -> None:
    compiled = re.compile(pattern)
    assert max(exponent(compiled, piece) for piece in attacks(pattern, compiled.flags)) > SLOW


@pytest.mark.parametrize("pattern", [r"[a-z]+@[a-z]+", r"\s+$", r"<[^>]*>", r"(?:ab)*c"])
def test_what_is_at_most_quadratic_is_not(pattern: str) -> None:
    compiled = re.compile(pattern)
    worst = [min(exponent(compiled, piece) for _ in range(3)) for piece in attacks(pattern, compiled.flags)]
    assert max(worst) <= SLOW


def test_literals_are_read_wherever_they_stand() -> None:
    found = expressions()
    assert any(place.startswith("raters/domain/masking.py") for place in found)
    assert any(place.startswith("workers/backends/endpoint/") for place in found)
