"""Verdicts of a panel on one yes/no matter, under the rules published protocols use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

PanelRule = Literal["majority", "more_than_80_percent", "liberal", "unanimous"]
KEEPS_NEEDED = 2


def panel_verdict(votes: Sequence[bool], rule: PanelRule = "majority") -> bool:
    """What the votes amount to.

    majority              more than half say yes; half and half is no
    more_than_80_percent  the stricter count of the bedside comparison of Med-PaLM 2
    liberal, unanimous    one says yes; all say yes

    ValueError for no votes: nobody has decided.
    """
    if not votes:
        raise ValueError("a panel without votes has not decided: leave the matter out")
    if rule == "liberal":
        return any(votes)
    if rule == "unanimous":
        return all(votes)
    return sum(votes) * (2 if rule == "majority" else 1.25) > len(votes)


def retained(keep_votes: Sequence[bool], needed: int = KEEPS_NEEDED) -> bool:
    """Whether a proposed criterion stays on a list: at least `needed` experts would keep it."""
    return sum(keep_votes) >= needed
