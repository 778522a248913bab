"""The rubrics that come with the platform: published protocols in words of our own, as TOML to start from."""

from __future__ import annotations

from pathlib import Path

SPECS = Path(__file__).parents[2] / "specs"


def shipped() -> dict[str, str]:
    """Slug → TOML text, by slug."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("*.toml"))}
