"""Text for a table that somebody will open in a spreadsheet."""

from __future__ import annotations

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would carry out (CSV injection, CWE-1236)."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
