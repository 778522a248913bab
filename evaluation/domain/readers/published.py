"""What is publicly known about the tasks of collections whose files describe themselves only in part."""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "specs" / "published"


@cache
def catalogue(name: str) -> dict[str, Any]:
    """The table in evaluation/specs/published/<name>.toml."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def slug_of(name: str) -> str:
    """A task's or file's published name as a slug; one without Latin letters or digits gets a stable one."""
    slug = "-".join(re.findall("[a-z0-9]+", name.lower()))[:80].strip("-")
    return slug or "task-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
