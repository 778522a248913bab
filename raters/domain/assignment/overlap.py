"""Which items more raters see, and which systems each item shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from raters.domain.assignment.eligibility import Flags
from raters.domain.assignment.specification import Content, Design

Turns = Sequence[Sequence[Content]]


def members(content: Content) -> tuple[int, ...]:
    """The systems a content shows, each once, in rising order."""
    return tuple(sorted({system for sequence in content for system in sequence}))


def overlap_places(design: Design, allowed: Flags, turns: Turns) -> tuple[Flags, Flags]:
    """(n,) flags of the places in the overlap, and of those that could be.

    `allowed` (R, n, S) is by place. A systematic choice takes every so manieth of the places with enough
    raters; places are ordered by class, so each class gives its share. Whoever could not is out for good.
    """
    number = allowed.shape[1]
    enough = np.array([_most_raters(allowed[:, n], turns) >= design.overlap_raters for n in range(number)])
    capable = np.flatnonzero(enough)
    wanted = min(round(design.overlap_share * number), len(capable))
    flags = np.zeros(number, dtype=np.bool_)
    if wanted:
        flags[capable[((np.arange(wanted) + 0.5) * len(capable) / wanted).astype(np.int64)]] = True
    return flags, enough


def dealt_turns(turns: Turns, overlap: Flags) -> list[Sequence[Content]]:
    """What the item at each place shows. The overlap and the rest take turns apart, so both are balanced."""
    taken = [0, 0]
    dealt = []
    for flag in overlap.tolist():
        dealt.append(turns[taken[flag] % len(turns)])
        taken[flag] += 1
    return dealt


def _most_raters(allowed: Flags, turns: Turns) -> int:
    """Raters (R, S) who may rate every system that any turn could show together."""
    blocks = {members(content) for turn in turns for content in turn}
    if allowed.all() or not allowed.any():
        return int(allowed[:, 0].sum())
    return min(int(allowed[:, list(block)].all(axis=1).sum()) for block in blocks)
