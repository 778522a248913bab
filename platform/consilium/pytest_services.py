"""Tests keep their state, and so their embedded services, apart from the site's."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# set before the settings are read, which pytest-django does before any conftest is loaded
os.environ.setdefault("CONSILIUM_STATE", str(ROOT / ".consilium" / "test"))
os.environ.setdefault("DEBUG", "true")
