"""Ratings that others have published, as studies of this platform.

    READERS["pandalm_votes"](folder) -> ImportedStudy      or the path of the file itself

Ratings are kept as they are; what has no place is counted in `left_out`. UnusableRatingsError says what is
wrong with a file, on which line, and what to do.
"""

from __future__ import annotations

from raters.domain.importing.registry import READERS
from raters.domain.importing.study import (
    ImportedAnswer,
    ImportedItem,
    ImportedRater,
    ImportedRating,
    ImportedStudy,
    Reader,
    UnusableRatingsError,
)

__all__ = [
    "READERS",
    "ImportedAnswer",
    "ImportedItem",
    "ImportedRater",
    "ImportedRating",
    "ImportedStudy",
    "Reader",
    "UnusableRatingsError",
]
