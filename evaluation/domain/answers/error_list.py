"""Lists of errors, a physician's or a judge's, written as "Error 1: …": how many, of which categories.

Categories are named inside the text, with slips of the pen; the nearest name counts if it is near enough.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

CATEGORIES = (
    "fabricated_claim",
    "misleading_justification",
    "detail_misidentification",
    "false_comparison",
    "incorrect_recommendation",
    "missing_claim",
    "missing_comparison",
    "missing_context",
    "overstating_intensity",
    "understating_intensity",
    "other",
)
NO_ERRORS = frozenset({"", "none", "no", "nil", "n/a", "na", "no error", "no errors", "none found"})
# of letters; two categories that differ in one word are 0.88 alike, so the nearest wins, never the first
NEAR_ENOUGH = 0.85

NUMBERED = re.compile(r"\berror\s*#?\s*\d+\s*[:.)\-–]+", re.IGNORECASE)
OTHER = re.compile(r"\W*other\s*(?:[:.;,()\[\]–-]|$)|[(\[]\s*other\s*[)\]]", re.IGNORECASE)


@dataclass(frozen=True)
class Errors:
    """`texts` as written, without their numbers; `categories` in the order declared; `unnamed` errors name
    no category that could be read."""

    texts: tuple[str, ...]
    categories: tuple[str, ...]
    unnamed: int


def errors_in(assessment: str) -> Errors:
    """The errors of one assessment. Text without numbers is one error, unless it says that there is none."""
    before, *numbered = NUMBERED.split(assessment)
    texts = [text.strip() for text in (before, *numbered) if not says_none(text)]
    found = [category_of(text) for text in texts]
    named = tuple(category for category in CATEGORIES if category in found)
    return Errors(tuple(texts), named, found.count(None))


def says_none(text: str) -> bool:
    return " ".join(text.lower().split()).strip(" .;:,-–") in NO_ERRORS


def category_of(text: str) -> str | None:
    """The category that the text names, spelt more or less so; None where it names none."""
    words = re.findall("[a-z]+", text.lower())
    spelt = f" {' '.join(words)} "
    for category in CATEGORIES[:-1]:  # spelt right, which is as near as can be
        if f" {category.replace('_', ' ')} " in spelt:
            return category
    near = [(_nearness(category, words), category) for category in CATEGORIES[:-1]]
    nearness, category = max(near, key=lambda one: one[0])
    if nearness >= NEAR_ENOUGH:
        return category
    return "other" if OTHER.match(text.strip()) or OTHER.search(text, 1) else None


def _nearness(category: str, words: list[str]) -> float:
    """Likeness, 0 to 1, of the category's two words and the two neighbours in the text most like them."""
    name = category.replace("_", " ")
    pairs = (f"{first} {second}" for first, second in pairwise(words))
    return max((SequenceMatcher(None, name, pair, autojunk=False).ratio() for pair in pairs), default=0.0)
