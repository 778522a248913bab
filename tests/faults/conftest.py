"""A benchmark to be killed in the middle of, and an endpoint that answers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.hard_site import hard_site as making_hard_site
from tests.faults.model_run import ITEMS, SLUG, Endpoint

SPEC = f"""
slug = "{SLUG}"
name = "Gated"
description = "Invented cases, to be killed in the middle of."
licence = "CC0-1.0"
[[files]]
reader = "items"
paths = ["items.jsonl"]
[[tasks]]
slug = "choice"
name = "Choice"
family = "multiple_choice"
metric = "accuracy"
"""


@pytest.fixture(scope="session")
def benchmark(site: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    site.manage("load_benchmark", str(gated(tmp_path_factory.mktemp("gated"))))


def gated(folder: Path) -> Path:
    """The folder, with the benchmark in it."""
    (folder / "benchmark.toml").write_text(SPEC, encoding="utf-8")
    options = dict(zip("ABCD", ("rest", "water", "a walk", "sleep"), strict=True))
    with (folder / "items.jsonl").open("w", encoding="utf-8") as file:
        for case in range(ITEMS):
            shown = {"question": f"Case {case}: what does the invented patient need?", "options": options}
            item = {
                "task": "choice", "id": f"case-{case}", "split": "private", "input": shown,
                "gold": {"letters": ["ABCD"[case % 4]]},
            }  # fmt: skip
            file.write(json.dumps(item) + "\n")
    return folder


@pytest.fixture(scope="module")
def client(site: Any, benchmark: None) -> Iterator[httpx.Client]:
    with site.client() as client:
        yield client


@pytest.fixture
def endpoint(tmp_path: Path, eventually: Callable[..., None]) -> Iterator[Endpoint]:
    endpoint = Endpoint(tmp_path)
    eventually(endpoint.answers, 60)
    yield endpoint
    endpoint.kill()


@pytest.fixture(scope="session")
def hard_site() -> Iterator[Any]:
    """A site whose clock can be set and whose disk can be filled; skipped where neither can be had."""
    with making_hard_site() as site:
        yield site
