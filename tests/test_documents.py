"""What the documents say is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaluation.domain.loading import shipped
from evaluation.domain.metrics import METRICS
from evaluation.domain.specification import read_specification

ROOT = Path(__file__).resolve().parents[1]
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_has_its_place_in_the_methods(name: str) -> None:
    family, _, rule = name.rpartition(".")
    assert f"`{rule}`" in METHODS
    assert not family or f"`{family}.`" in METHODS


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:evaluation|raters|leaderboard)/[a-z_/.]+)`", METHODS)))
)
def test_every_module_the_methods_name_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_readme_names_both_commands_and_counts_the_formats_right() -> None:
    assert "make demo" in README
    assert "make test" in README
    published = sum(not read_specification(path).synthetic for path in shipped().values())  # samples are ours
    assert f"{published} published formats are shipped" in README
