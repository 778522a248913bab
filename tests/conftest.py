"""The people and things every test needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def published_data() -> Path:
    """The folder of real public benchmark files (CONSILIUM_DATA); absent on most machines."""
    folder = Path(os.environ.get("CONSILIUM_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"published benchmark data not found at {folder}; set CONSILIUM_DATA to its folder")
    return folder
