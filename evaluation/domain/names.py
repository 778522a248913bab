"""When two system names are the same name."""

from __future__ import annotations

import unicodedata


def name_key(name: str) -> str:
    """One key for all spellings a reader would take for the same: case, width, composition and blanks aside.

    Computed here and stored, because a database's own idea of case differs from its indexes' outside ASCII.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
