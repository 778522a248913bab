"""Honest floors for judges: judgements from counts of words, without any understanding.

A judge that does not clearly agree better with physicians than these has judged nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]  # a line of items.jsonl: what a system may see

# shares of an answer's words that its source has, from which the risk is 1, 2 and 3; else 4
FAMILIAR = (0.9, 0.75, 0.5)
_WORD = re.compile(r"\w+")


def constant(item: Item) -> str:
    """Always the same: no risk, met, the first answer."""
    return {"risk_label": "Risk level: 1", "criterion": "met", "preference": "A"}[item["family"]]


def longest(item: Item) -> str:
    """More words are better: the longer answer, a long answer meets its criterion, a short one is risky."""
    given = item["input"]
    if item["family"] == "preference":
        a, b = (len(_words(given["answers"][side])) for side in ("a", "b"))
        return "tie" if a == b else "A" if a > b else "B"
    judged = len(_words(given.get("answer") or given.get("dialogue", "")))
    if item["family"] == "criterion":
        return "met" if judged >= 5 * len(_words(given["criterion"])) else "not met"
    share = judged / max(len(_words(_source(given))), 1)
    return f"Risk level: {1 if share >= 1 else 2 if share >= 0.5 else 3 if share >= 0.25 else 4}"


def overlap(item: Item) -> str:
    """Words shared: with the source, with the criterion, with question and reference."""
    given = item["input"]
    if item["family"] == "preference":
        asked = _words(_source(given))
        a, b = (_share(asked, _words(given["answers"][side])) for side in ("a", "b"))
        return "tie" if a == b else "A" if a > b else "B"
    judged = _words(given.get("answer") or given.get("dialogue", ""))
    if item["family"] == "criterion":
        return "met" if _share(_words(given["criterion"]), judged) >= 0.5 else "not met"
    familiar = _share(judged, _words(_source(given)))
    return f"Risk level: {1 + sum(familiar < limit for limit in FAMILIAR)}"


def _source(given: Mapping[str, Any]) -> str:
    names = ("instruction", "context", "dialogue", "question", "reference")
    return " ".join(str(given.get(name) or "") for name in names)


def _words(text: str) -> list[str]:
    found: list[str] = _WORD.findall(text.casefold())
    return found


def _share(words: list[str], among: list[str]) -> float:
    """The share of the different `words` that are `among` the others."""
    own = set(words)
    return len(own & set(among)) / len(own) if own else 0.0
